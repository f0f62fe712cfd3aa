use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use serde_json::Value;

use super::camera::{self, Camera, Setup};
use super::correlation::{self, Border};
use super::{atmosphere, otf};
use crate::image::apply_without_random;
use crate::settings::{Derived, parameters, perturb_datum_with, perturber_settings};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Blurs as a lens out of focus does.
    ///
    /// This is NRTK's `DefocusPerturber` over pyBSM, whose blur spot is Gaussian. As in the original black lies beyond
    /// the border, so that images get a dark frame.
    ///
    /// Without a camera setting (`f`, `D`, `p_x`, `p_y`, `altitude`, `ground_range`) the image is only blurred: a
    /// pixel is as wide as a sample of the point spread function. With any of them a camera is simulated: the image,
    /// whose pixels cover `img_gsd` metres of ground, is blurred and resampled, and has another size afterwards.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::Defocus;
    ///
    /// let mut image = Array3::<u8>::zeros((15, 15, 1));
    /// image[[7, 7, 0]] = 255;
    /// let blurred = Defocus::builder().w_x(4e-4).w_y(2e-4).build()?.apply(&image)?;
    /// assert!(blurred[[7, 10, 0]] > blurred[[10, 7, 0]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Defocus, DefocusBuilder {
        /// Width of the blur spot across where it has fallen to 1/e, in radians; 8e-6 by default.
        w_x: Option<f64> = None, omit "Option::is_none";
        /// Width of the blur spot down where it has fallen to 1/e, in radians; 8e-6 by default.
        w_y: Option<f64> = None, omit "Option::is_none";
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

impl Defocus {
    fn setup(&self) -> Setup {
        let Self { d, f, p_x, p_y, altitude, ground_range, .. } = *self;
        Setup { d, f, p_x, p_y, altitude, ground_range }
    }

    fn check(&self) -> Result<(), Error> {
        let name = "Defocus";
        self.setup().check(name)?;
        self.w_x.map_or(Ok(()), |width| camera::not_negative(name, "w_x", width))?;
        self.w_y.map_or(Ok(()), |width| camera::not_negative(name, "w_y", width))?;
        self.img_gsd.map_or(Ok(()), |gsd| camera::positive(name, "img_gsd", gsd))
    }

    fn camera(&self) -> Result<Camera, Error> {
        let name = "Defocus";
        let sampling = self.setup().sampling(name, self.img_gsd, 4.0)?;
        Ok(Camera { name, sampling, compat: self.compat })
    }

    fn spread(&self, camera: &Camera) -> Array2<f64> {
        let pixel = self.setup().pixel();
        let widths = [self.w_x.unwrap_or(pixel), self.w_y.unwrap_or(pixel)];
        camera.kernel(
            self.setup().aperture() / atmosphere::SHORTEST,
            |_| 1.0,
            |frequencies| otf::defocus(frequencies, widths),
        )
    }

    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let camera = self.camera()?;
        camera.image(image, self.kernel.get(|| self.spread(&camera)), |image, kernel| {
            correlation::convolved(image, kernel, Border::Black)
        })
    }
}

apply_without_random!(Defocus);

impl Perturber for Defocus {
    fn name(&self) -> &'static str {
        "Defocus"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    fn is_identity(&self) -> bool {
        [self.w_x, self.w_y] == [Some(0.0); 2] && !self.compat && !self.setup().is_given()
    }

    perturb_datum_with!("Defocus", "img_gsd");
}
