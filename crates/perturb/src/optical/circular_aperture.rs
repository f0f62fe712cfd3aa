use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use serde_json::Value;

use super::camera::{self, Camera, Setup};
use super::{atmosphere, otf};
use crate::image::apply_without_random;
use crate::settings::{Derived, parameters, perturb_datum_with, perturber_settings, within};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Blurs as a circular aperture does by diffraction.
    ///
    /// This is NRTK's `CircularAperturePerturber` over pyBSM; the transfer function is that of an aperture with a
    /// circular obscuration (O'Neill 1956), averaged over wavelengths.
    ///
    /// Without a camera setting (`f`, `p_x`, `p_y`, `altitude`, `ground_range`) the image is only blurred: a pixel
    /// is as wide as a sample of the point spread function. With any of them a camera is simulated: the image, whose
    /// pixels cover `img_gsd` metres of ground, is blurred and resampled, and has another size afterwards.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::CircularAperture;
    ///
    /// let mut image = Array3::<u8>::zeros((15, 15, 1));
    /// image[[7, 7, 0]] = 255;
    /// let blurred = CircularAperture::builder().build()?.apply(&image)?;
    /// assert!(blurred[[7, 8, 0]] > 0 && blurred[[7, 7, 0]] < 255);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    CircularAperture, CircularApertureBuilder {
        /// Wavelengths, in metres; 0.5 and 0.66 micrometres by default, those of the default atmosphere's light if a
        /// camera setting is given.
        mtf_wavelengths: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Weights of the wavelengths; equal by default.
        mtf_weights: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Diameter of the aperture, in metres; 0.003 by default, 0.275 if a camera setting is given.
        d: Option<f64> = None, named "D", omit "Option::is_none";
        /// Share of the aperture's diameter that is obscured, from 0 up to 1; 0 by default.
        eta: f64 = 0.0;
        /// Focal length, in metres; 4 if another camera setting is given.
        f: Option<f64> = None, omit "Option::is_none";
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

impl CircularAperture {
    fn setup(&self) -> Setup {
        let Self { f, p_x, p_y, altitude, ground_range, .. } = *self;
        Setup { d: None, f, p_x, p_y, altitude, ground_range }
    }

    fn check(&self) -> Result<(), Error> {
        let name = "CircularAperture";
        self.setup().check(name)?;
        camera::wavelengths(name, &self.mtf_wavelengths, &self.mtf_weights)?;
        self.d.map_or(Ok(()), |d| camera::positive(name, "D", d))?;
        within(name, "eta", self.eta, 0.0..=0.999, "a number from 0 to 0.999")?;
        self.img_gsd.map_or(Ok(()), |gsd| camera::positive(name, "img_gsd", gsd))
    }

    fn camera(&self) -> Result<Camera, Error> {
        let name = "CircularAperture";
        Ok(Camera { name, sampling: self.setup().sampling(name, self.img_gsd, 4.0)?, compat: self.compat })
    }

    fn spread(&self, camera: &Camera) -> Array2<f64> {
        let (wavelengths, weights) =
            atmosphere::light(&self.mtf_wavelengths, &self.mtf_weights, camera.sampling.is_some());
        let d = self.d.unwrap_or(if camera.sampling.is_some() { 0.275 } else { 0.003 });
        let cutoff = d / camera::shortest(&wavelengths);
        let terms = otf::terms(&wavelengths, &weights, |wavelength| wavelength);
        let radial =
            |frequency| otf::mean(&terms, |&wavelength| otf::aperture(frequency, wavelength, d, self.eta));
        camera.kernel(cutoff, radial, |_| 1.0)
    }

    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let camera = self.camera()?;
        camera.image(image, self.kernel.get(|| self.spread(&camera)), camera::mirrored)
    }
}

apply_without_random!(CircularAperture);

impl Perturber for CircularAperture {
    fn name(&self) -> &'static str {
        "CircularAperture"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    perturb_datum_with!("CircularAperture", "img_gsd");
}
