use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use serde_json::Value;

use super::camera::{self, Camera, Sampling, Setup};
use super::otf::Turbulence;
use super::{atmosphere, otf};
use crate::image::apply_without_random;
use crate::settings::{Derived, parameters, perturb_datum_with, perturber_settings, within};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Blurs as turbulent air between the camera and the ground does.
    ///
    /// This is NRTK's `TurbulenceAperturePerturber` over pyBSM: the Hufnagel-Valley profile of the air, and the
    /// transfer function of a short exposure that turns into that of a long one with the speed of the air (Fried
    /// 1966), averaged over wavelengths. The aperture itself does not blur.
    ///
    /// Without a camera setting (`f`, `p_x`, `p_y`, `ground_range`) the image is only blurred: a pixel is as wide
    /// as a sample of the point spread function. With any of them a camera is simulated: the image, whose pixels cover
    /// `img_gsd` metres of ground, is blurred and resampled, and has another size afterwards.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::TurbulenceAperture;
    ///
    /// let mut image = Array3::<u8>::zeros((15, 15, 1));
    /// image[[7, 7, 0]] = 255;
    /// let air = TurbulenceAperture::builder().altitude(800.0).slant_range(1500.0).cn2_at_1m(5e-13).build()?;
    /// let blurred = air.apply(&image)?;
    /// assert!(blurred[[7, 7, 0]] < 255);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    TurbulenceAperture, TurbulenceApertureBuilder {
        /// Wavelengths, in metres; 0.5 and 0.66 micrometres by default, those of the default atmosphere's light if a
        /// camera setting is given.
        mtf_wavelengths: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Weights of the wavelengths; equal by default.
        mtf_weights: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Height of the camera above the ground, in metres; 250 by default, 9000 if a camera setting is given.
        altitude: Option<f64> = None, omit "Option::is_none";
        /// Distance to the target, in metres, at least the altitude; the altitude by default.
        slant_range: Option<f64> = None, omit "Option::is_none";
        /// Diameter of the aperture, in metres; 0.04 by default, 0.275 if a camera setting is given.
        d: Option<f64> = None, named "D", omit "Option::is_none";
        /// Wind high above the ground, in metres per second; 0 by default, 21 if a camera setting is given.
        ha_wind_speed: Option<f64> = None, omit "Option::is_none";
        /// Refractive index structure parameter near the ground, in m^(-2/3), above 0; 1.7e-14 by default.
        cn2_at_1m: f64 = 1.7e-14;
        /// Integration time, in seconds; 0.03 by default, 1 if a camera setting is given.
        int_time: Option<f64> = None, omit "Option::is_none";
        /// Stages of time delay and integration; 1 by default.
        n_tdi: f64 = 1.0;
        /// Speed of the air past the camera, in metres per second; 0 by default.
        aircraft_speed: f64 = 0.0;
        /// Focal length, in metres; 4 if another camera setting is given.
        f: Option<f64> = None, omit "Option::is_none";
        /// Width of a pixel of the camera, in metres; 8e-6 if another camera setting is given.
        p_x: Option<f64> = None, omit "Option::is_none";
        /// Height of a pixel of the camera, in metres; the width by default.
        p_y: Option<f64> = None, omit "Option::is_none";
        /// Distance to the target along the ground, in metres; its only effect is that a camera is simulated.
        ground_range: Option<f64> = None, omit "Option::is_none";
        /// Metres of ground that a pixel of the image covers; needed if the image is resampled.
        img_gsd: Option<f64> = None, omit "Option::is_none";
        /// Whether to truncate values to whole numbers as NRTK does, instead of rounding; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
    derived kernel: Derived<Array2<f64>>
}

impl TurbulenceAperture {
    fn setup(&self) -> Setup {
        let Self { f, p_x, p_y, ground_range, .. } = *self;
        Setup { d: None, f, p_x, p_y, altitude: None, ground_range }
    }

    fn check(&self) -> Result<(), Error> {
        let name = "TurbulenceAperture";
        self.setup().check(name)?;
        camera::wavelengths(name, &self.mtf_wavelengths, &self.mtf_weights)?;
        let positives = [
            ("altitude", self.altitude),
            ("slant_range", self.slant_range),
            ("D", self.d),
            ("int_time", self.int_time),
            ("img_gsd", self.img_gsd),
            ("cn2_at_1m", Some(self.cn2_at_1m)),
            ("n_tdi", Some(self.n_tdi)),
        ];
        for (parameter, value) in positives {
            value.map_or(Ok(()), |value| camera::positive(name, parameter, value))?;
        }
        camera::not_negative(name, "aircraft_speed", self.aircraft_speed)?;
        self.ha_wind_speed.map_or(Ok(()), |speed| camera::not_negative(name, "ha_wind_speed", speed))?;
        within(name, "slant_range", self.distance(), self.height().., "at least the altitude")
    }

    fn height(&self) -> f64 {
        self.altitude.unwrap_or(if self.setup().is_given() { 9000.0 } else { 250.0 })
    }

    fn distance(&self) -> f64 {
        self.slant_range.unwrap_or(self.height())
    }

    fn camera(&self) -> Result<Camera, Error> {
        let name = "TurbulenceAperture";
        let sampling = if self.setup().is_given() {
            let gsd = camera::known(name, self.img_gsd)?;
            // The original takes the angle of the image's pixel for that of the camera's.
            Some(Sampling { gsd, slant_range: self.distance(), angle: gsd / self.height() })
        } else {
            None
        };
        Ok(Camera { name, sampling, compat: self.compat })
    }

    fn spread(&self, camera: &Camera) -> Array2<f64> {
        let simulated = camera.sampling.is_some();
        let (wavelengths, weights) = atmosphere::light(&self.mtf_wavelengths, &self.mtf_weights, simulated);
        let either = |plain: f64, camera: f64| if simulated { camera } else { plain };
        let d = self.d.unwrap_or(either(0.04, 0.275));
        let air = Turbulence {
            altitude: self.height(),
            slant_range: self.distance(),
            d,
            ha_wind_speed: self.ha_wind_speed.unwrap_or(either(0.0, 21.0)),
            cn2_at_1m: self.cn2_at_1m,
            time: self.int_time.unwrap_or(either(0.03, 1.0)) * self.n_tdi,
            speed: self.aircraft_speed,
        };
        let terms = otf::terms(&wavelengths, &weights, air.by_wavelength());
        let radial = |frequency: f64| {
            let root = frequency.cbrt();
            otf::mean(&terms, |air| air.otf(root))
        };
        camera.kernel(d / camera::shortest(&wavelengths), radial, |_| 1.0)
    }

    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let camera = self.camera()?;
        camera.image(image, self.kernel.get(|| self.spread(&camera)), camera::mirrored)
    }
}

apply_without_random!(TurbulenceAperture);

impl Perturber for TurbulenceAperture {
    fn name(&self) -> &'static str {
        "TurbulenceAperture"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    perturb_datum_with!("TurbulenceAperture", "img_gsd");
}
