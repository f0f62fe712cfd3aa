use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use serde_json::Value;

use super::camera::{self, Camera, Setup};
use super::{atmosphere, otf};
use crate::image::apply_without_random;
use crate::settings::{Derived, parameters, perturb_datum_with, perturber_settings};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Blurs as random motion during the exposure does.
    ///
    /// This is NRTK's `JitterPerturber` over pyBSM.
    ///
    /// Without a camera setting (`f`, `D`, `p_x`, `p_y`, `altitude`, `ground_range`) the image is only blurred: a
    /// pixel is as wide as a sample of the point spread function. With any of them a camera is simulated: the image,
    /// whose pixels cover `img_gsd` metres of ground, is blurred and resampled, and has another size afterwards.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::Jitter;
    ///
    /// let mut image = Array3::<u8>::zeros((15, 15, 1));
    /// image[[7, 7, 0]] = 255;
    /// let blurred = Jitter::builder().s_x(2e-4).s_y(1e-4).build()?.apply(&image)?;
    /// assert!(blurred[[7, 10, 0]] > blurred[[10, 7, 0]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Jitter, JitterBuilder {
        /// Root mean square of the motion across, in radians; 0 by default.
        s_x: f64 = 0.0;
        /// Root mean square of the motion down, in radians; 0 by default.
        s_y: f64 = 0.0;
        /// Focal length, in metres; 4 if another camera setting is given.
        f: Option<f64> = None, omit "Option::is_none";
        /// Diameter of the aperture, in metres, which limits the frequencies; 0.003 by default, 0.275 if another
        /// camera setting is given.
        d: Option<f64> = None, named "D", omit "Option::is_none";
        /// Width of a pixel of the camera, in metres; 8e-6 if another camera setting is given.
        p_x: Option<f64> = None, omit "Option::is_none";
        /// Height of a pixel of the camera, in metres; the width by default.
        p_y: Option<f64> = None, omit "Option::is_none";
        /// Height of the camera above the ground, in metres; 9000 if another camera setting is given.
        altitude: Option<f64> = None, omit "Option::is_none";
        /// Distance to the target along the ground, in metres; 0 by default.
        ground_range: Option<f64> = None, omit "Option::is_none";
        /// Metres of ground that a pixel of the image covers; needed if the image is resampled.
        img_gsd: Option<f64> = None, omit "Option::is_none";
        /// Whether to truncate values to whole numbers as NRTK does, instead of rounding; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
    derived kernel: Derived<Array2<f64>>
}

impl Jitter {
    fn setup(&self) -> Setup {
        let Self { d, f, p_x, p_y, altitude, ground_range, .. } = *self;
        Setup { d, f, p_x, p_y, altitude, ground_range }
    }

    fn check(&self) -> Result<(), Error> {
        let name = "Jitter";
        self.setup().check(name)?;
        camera::not_negative(name, "s_x", self.s_x)?;
        camera::not_negative(name, "s_y", self.s_y)?;
        self.img_gsd.map_or(Ok(()), |gsd| camera::positive(name, "img_gsd", gsd))
    }

    fn camera(&self) -> Result<Camera, Error> {
        let name = "Jitter";
        let sampling = self.setup().sampling(name, self.img_gsd, 4.0)?;
        Ok(Camera { name, sampling, compat: self.compat })
    }

    fn spread(&self, camera: &Camera) -> Array2<f64> {
        let motion = [self.s_x, self.s_y];
        camera.kernel(
            self.setup().aperture() / atmosphere::SHORTEST,
            |_| 1.0,
            |frequencies| otf::jitter(frequencies, motion),
        )
    }

    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let camera = self.camera()?;
        camera.image(image, self.kernel.get(|| self.spread(&camera)), camera::mirrored)
    }
}

apply_without_random!(Jitter);

impl Perturber for Jitter {
    fn name(&self) -> &'static str {
        "Jitter"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    fn is_identity(&self) -> bool {
        [self.s_x, self.s_y] == [0.0; 2] && !self.compat && !self.setup().is_given()
    }

    perturb_datum_with!("Jitter", "img_gsd");
}
