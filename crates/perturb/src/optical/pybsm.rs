use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use numpy_rng::RandomState;
use serde_json::Value;

use super::PixelConversion;
use super::atmosphere::{self, AtmosphereRow};
use super::camera::{self, Camera, Sampling};
use super::correlation::{self, Border};
use super::otf::{self, Turbulence};
use super::radiometry::{Electrons, Sensor};
use crate::settings::{Derived, parameters, perturb_datum_with, perturber_settings, within};
use crate::values::copied;
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Shows the image as a camera above the ground would: diffraction, turbulent air, the detector, photon and read
    /// noise.
    ///
    /// This is NRTK's `PybsmPerturber` over pyBSM. The image's values are taken as reflectances, their least and
    /// greatest as those of `reflectance_range`; light and electrons are counted; what the optics blur is resampled
    /// at the camera's pixels, whose number differs from the image's; noise is drawn; and electrons become grey levels.
    /// The contrast is always stretched to the range of the image.
    ///
    /// pyBSM has a database of 94 MB for the air at other altitudes, ranges and haze models. Here its rows for the
    /// default ones are used whatever the altitude, unless `atmosphere` gives others, such as those that
    /// `pybsm.utils.load_database_atmosphere(altitude, ground_range, ihaze)` returns; or `electrons_slope` and
    /// `electrons_offset`, `mtf_wavelengths` and `mtf_weights` give what comes of them.
    ///
    /// The original draws a seed for each row from `default_rng`, and the row's noise from `NumPy`'s legacy generator
    /// with it.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Pybsm, Random};
    ///
    /// let image = Array3::from_shape_fn((24, 24, 3), |(y, x, _)| (5 * y + 5 * x) as u8);
    /// let camera = Pybsm::builder().d(0.01).f(0.06).altitude(500.0).img_gsd(0.05).build()?;
    /// // A pixel covers 5 cm of ground, one of the camera 6.7 cm.
    /// assert_eq!(camera.perturb(image.view(), &mut Random::chacha(1, 0))?.dim(), (18, 18, 3));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Pybsm, PybsmBuilder {
        /// Metres of ground that a pixel of the image covers.
        img_gsd: Option<f64> = None, omit "Option::is_none";
        /// The reflectances of the image's least and greatest value, within 0 to 1.
        reflectance_range: [f64; 2] = [0.05, 0.5];
        /// How electrons become grey levels.
        pixel_conversion_mode: PixelConversion = PixelConversion::Radiometric;
        /// Diameter of the aperture, in metres.
        d: f64 = 0.275, named "D";
        /// Focal length, in metres.
        f: f64 = 4.0;
        /// Width of a pixel, in metres.
        p_x: f64 = 8e-6;
        /// Height of a pixel, in metres; the width by default.
        p_y: Option<f64> = None, omit "Option::is_none";
        /// Wavelengths at which `optics_transmission` is given, in metres, in ascending order.
        opt_trans_wavelengths: Vec<f64> = vec![0.5e-6, 0.66e-6];
        /// Share of the light that the optics let through; 1 by default.
        optics_transmission: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Share of the aperture's diameter that is obscured, 0 to 0.999.
        eta: f64 = 0.0;
        /// Width of a detector, in metres; that of a pixel by default.
        w_x: Option<f64> = None, omit "Option::is_none";
        /// Height of a detector, in metres; the width of a pixel by default.
        w_y: Option<f64> = None, omit "Option::is_none";
        /// Integration time, in seconds.
        int_time: f64 = 1.0;
        /// Stages of time delay and integration.
        n_tdi: f64 = 1.0;
        /// Electrons per second without light.
        dark_current: f64 = 0.0;
        /// Root mean square of the electrons' number that reading adds.
        read_noise: f64 = 0.0;
        /// The most electrons that a detector holds.
        max_n: f64 = 100e6;
        /// Bits of the analogue-to-digital converter.
        bit_depth: f64 = 100.0;
        /// Root mean square of the motion across, in radians.
        s_x: f64 = 0.0;
        /// Root mean square of the motion down, in radians.
        s_y: f64 = 0.0;
        /// Wavelengths at which `qe` is given, in metres, in ascending order; those of the optics by default.
        qe_wavelengths: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Share of photons that become electrons; 1 by default.
        qe: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Height above the ground, in metres.
        altitude: f64 = 9000.0;
        /// Distance to the target along the ground, in metres.
        ground_range: f64 = 0.0;
        /// Speed of the air past the camera, in metres per second.
        aircraft_speed: f64 = 0.0;
        /// Wind high above the ground, in metres per second.
        ha_wind_speed: f64 = 21.0;
        /// Refractive index structure parameter near the ground, in m^(-2/3); 0 for still air.
        cn2_at_1m: f64 = 1.7e-14;
        /// The air, at wavelengths in ascending order; by default that of pyBSM's default scenario.
        atmosphere: Vec<AtmosphereRow> = Vec::new(), omit "Vec::is_empty";
        /// Electrons that a white ground gives more than a black one; by default as the light says.
        electrons_slope: Option<f64> = None, omit "Option::is_none";
        /// Electrons that a black ground gives; by default as the light says.
        electrons_offset: Option<f64> = None, omit "Option::is_none";
        /// Wavelengths of the transfer function, in metres; by default those of the atmosphere.
        mtf_wavelengths: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Weights of the wavelengths; by default as many as electrons come of each.
        mtf_weights: Vec<f64> = Vec::new(), omit "Vec::is_empty";
        /// Whether to truncate values to whole numbers as NRTK does, instead of rounding; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
    derived kernel: Derived<Array2<f64>>
}

const NAME: &str = "Pybsm";

impl Pybsm {
    fn check(&self) -> Result<(), Error> {
        let positives = [
            ("D", self.d),
            ("f", self.f),
            ("p_x", self.p_x),
            ("p_y", self.p_y.unwrap_or(1.0)),
            ("img_gsd", self.img_gsd.unwrap_or(1.0)),
            ("int_time", self.int_time),
            ("n_tdi", self.n_tdi),
            ("max_n", self.max_n),
            ("bit_depth", self.bit_depth),
            ("altitude", self.altitude),
            ("electrons_slope", self.electrons_slope.unwrap_or(1.0)),
        ];
        positives.iter().try_for_each(|&(parameter, value)| camera::positive(NAME, parameter, value))?;
        let others = [
            ("w_x", self.w_x.unwrap_or(0.0)),
            ("w_y", self.w_y.unwrap_or(0.0)),
            ("dark_current", self.dark_current),
            ("read_noise", self.read_noise),
            ("s_x", self.s_x),
            ("s_y", self.s_y),
            ("ground_range", self.ground_range),
            ("aircraft_speed", self.aircraft_speed),
            ("ha_wind_speed", self.ha_wind_speed),
            ("cn2_at_1m", self.cn2_at_1m),
            ("electrons_offset", self.electrons_offset.unwrap_or(0.0)),
        ];
        others.iter().try_for_each(|&(parameter, value)| camera::not_negative(NAME, parameter, value))?;
        within(NAME, "eta", self.eta, 0.0..=0.999, "a number from 0 to 0.999")?;
        let [low, high] = self.reflectance_range;
        within(NAME, "reflectance_range", low, 0.0..1.0, "two ascending numbers from 0 to 1")?;
        within(NAME, "reflectance_range", high, low.next_up()..=1.0, "two ascending numbers from 0 to 1")?;
        camera::wavelengths(NAME, &self.mtf_wavelengths, &self.mtf_weights)?;
        curve(
            "opt_trans_wavelengths",
            &self.opt_trans_wavelengths,
            "optics_transmission",
            &self.optics_transmission,
        )?;
        let (wavelengths, _) = self.efficiency();
        curve("qe_wavelengths", wavelengths, "qe", &self.qe)?;
        self.check_atmosphere()?;
        let Electrons { slope, offset } = self.electrons();
        within(
            NAME,
            "electrons_slope",
            slope,
            f64::MIN_POSITIVE..,
            "light within the band, and a number above 0",
        )?;
        within(NAME, "electrons_offset", offset, 0.0.., "a finite number of at least 0")
    }

    fn check_atmosphere(&self) -> Result<(), Error> {
        let rows = self.rows();
        for row in &rows {
            for value in <[f64; 6]>::from(*row) {
                within(NAME, "atmosphere", value, 0.0.., "rows of six numbers of at least 0")?;
            }
            within(NAME, "atmosphere", row.transmission, 0.0..=1.0, "transmissions from 0 to 1")?;
        }
        for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
            let ascending = before.wavelength.next_up()..;
            within(NAME, "atmosphere", row.wavelength, ascending, "wavelengths in ascending order")?;
        }
        let spectrum = self.sensor(&rows).spectrum(1.0);
        if self.mtf_wavelengths.is_empty() && spectrum.iter().all(|&(_, electrons)| electrons <= 0.0) {
            let problem = "the atmosphere, the optics and qe let no light through, expected a band in common"
                .to_owned();
            return Err(Error::Parameters { name: NAME.to_owned(), problem });
        }
        Ok(())
    }

    fn rows(&self) -> Vec<AtmosphereRow> {
        if self.atmosphere.is_empty() {
            return atmosphere::DEFAULT.map(AtmosphereRow::from).to_vec();
        }
        self.atmosphere.clone()
    }

    fn efficiency(&self) -> (&[f64], &[f64]) {
        let wavelengths =
            if self.qe_wavelengths.is_empty() { &self.opt_trans_wavelengths } else { &self.qe_wavelengths };
        (wavelengths, &self.qe)
    }

    fn slant_range(&self) -> f64 {
        (self.altitude * self.altitude + self.ground_range * self.ground_range).sqrt()
    }

    fn widths(&self) -> [f64; 2] {
        [self.w_x.unwrap_or(self.p_x), self.w_y.unwrap_or(self.p_x)]
    }

    fn sensor<'a>(&'a self, atmosphere: &'a [AtmosphereRow]) -> Sensor<'a> {
        Sensor {
            atmosphere,
            d: self.d,
            f: self.f,
            eta: self.eta,
            widths: self.widths(),
            transmission: (&self.opt_trans_wavelengths, &self.optics_transmission),
            efficiency: self.efficiency(),
            time: self.int_time * self.n_tdi,
            dark_current: self.dark_current,
            max_n: self.max_n,
        }
    }

    fn electrons(&self) -> Electrons {
        let rows = self.rows();
        let counted = self.sensor(&rows).electrons();
        Electrons {
            slope: self.electrons_slope.unwrap_or(counted.slope),
            offset: self.electrons_offset.unwrap_or(counted.offset),
        }
    }

    fn camera(&self) -> Result<Camera, Error> {
        let angle = f64::midpoint(self.p_x, self.p_y.unwrap_or(self.p_x)) / self.f;
        let gsd = camera::known(NAME, self.img_gsd)?;
        let sampling = Some(Sampling { gsd, slant_range: self.slant_range(), angle });
        Ok(Camera { name: NAME, sampling, compat: self.compat })
    }

    fn spread(&self, camera: &Camera) -> Array2<f64> {
        let rows = self.rows();
        let (wavelengths, weights): (Vec<f64>, Vec<f64>) = if self.mtf_wavelengths.is_empty() {
            self.sensor(&rows).spectrum(1.0).into_iter().filter(|&(_, electrons)| electrons > 0.0).unzip()
        } else {
            atmosphere::light(&self.mtf_wavelengths, &self.mtf_weights, true)
        };
        let air = Turbulence {
            altitude: self.altitude,
            slant_range: self.slant_range(),
            d: self.d,
            ha_wind_speed: self.ha_wind_speed,
            cn2_at_1m: self.cn2_at_1m,
            time: self.int_time * self.n_tdi,
            speed: self.aircraft_speed,
        };
        let apertures = otf::terms(&wavelengths, &weights, |wavelength| wavelength);
        let airs = (self.cn2_at_1m > 0.0).then(|| otf::terms(&wavelengths, &weights, air.by_wavelength()));
        let radial = |frequency: f64| {
            let optics =
                otf::mean(&apertures, |&wavelength| otf::aperture(frequency, wavelength, self.d, self.eta));
            let root = frequency.cbrt();
            optics * airs.as_ref().map_or(1.0, |airs| otf::mean(airs, |air| air.otf(root)))
        };
        camera.kernel(self.d / camera::shortest(&wavelengths), radial, |frequencies| {
            otf::detector(frequencies, self.widths(), self.f) * otf::jitter(frequencies, [self.s_x, self.s_y])
        })
    }

    /// Draws photon noise and read noise.
    fn noisy(&self, mut electrons: Array3<f64>, random: &mut Random) -> Array3<f64> {
        let steps = 12.0_f64.sqrt() * (self.bit_depth.exp2() - 1.0);
        let deviation = ((self.max_n / steps).powi(2) + self.read_noise * self.read_noise).sqrt();
        for mut row in electrons.outer_iter_mut() {
            let mut draws = random.default_rng();
            if draws.is_original() {
                let mut state = RandomState::new((random.next_u64() >> 1) as u32);
                row.mapv_inplace(|mean| {
                    let photons = state.poisson(mean) as f64;
                    state.normal(photons, deviation)
                });
            } else {
                row.mapv_inplace(|mean| {
                    let photons = draws.poisson(mean) as f64;
                    draws.normal(photons, deviation)
                });
            }
        }
        electrons
    }

    /// Grey levels of 0 to 255, not yet whole.
    fn levels(&self, electrons: Array3<f64>, Electrons { slope, offset }: Electrons) -> Array3<f64> {
        match self.pixel_conversion_mode {
            PixelConversion::Radiometric => {
                let [low, high] = self.reflectance_range;
                electrons.mapv_into(|electrons| {
                    let reflectance = ((electrons - offset) / slope).clamp(0.0, 1.0);
                    (reflectance - low) / (high - low) * 255.0
                })
            }
            PixelConversion::MinMax => {
                let (low, high) = extremes(electrons.iter().copied());
                if low == high {
                    return electrons.mapv_into(|_| 127.5);
                }
                electrons.mapv_into(|electrons| (electrons - low) / (high - low) * 255.0)
            }
        }
    }
}

/// Checks shares of 0 to 1 at ascending wavelengths; none stand for 1 everywhere.
fn curve(
    wavelengths_name: &'static str,
    wavelengths: &[f64],
    shares_name: &'static str,
    shares: &[f64],
) -> Result<(), Error> {
    let refuse =
        |parameter, value, expected| Err(Error::Parameter { perturber: NAME, parameter, value, expected });
    if wavelengths.len() < 2 {
        return refuse(wavelengths_name, wavelengths.len() as f64, "at least two wavelengths");
    }
    for two in wavelengths.windows(2) {
        within(NAME, wavelengths_name, two[0], 1e-9..=1e-3, "wavelengths from 1e-9 to 1e-3 metres")?;
        within(
            NAME,
            wavelengths_name,
            two[1],
            two[0].next_up()..=1e-3,
            "ascending wavelengths up to 1e-3 metres",
        )?;
    }
    if !shares.is_empty() && shares.len() != wavelengths.len() {
        return refuse(shares_name, shares.len() as f64, "as many numbers as there are wavelengths");
    }
    shares.iter().try_for_each(|&share| within(NAME, shares_name, share, 0.0..=1.0, "numbers from 0 to 1"))
}

fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

impl Perturber for Pybsm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        if image.is_empty() {
            return Ok(copied(image));
        }
        let camera = self.camera()?;
        let table = self.electrons();
        let (dark, bright) = extremes(image.iter().map(|&value| f64::from(value)));
        let [low, high] = self.reflectance_range;
        let electrons = image.mapv(|value| {
            let share = if dark == bright { 0.5 } else { (f64::from(value) - dark) / (bright - dark) };
            table.offset + table.slope * (low + share * (high - low))
        });
        let spread = self.kernel.get(|| self.spread(&camera));
        let blurred = correlation::convolved(electrons.view(), spread, Border::Mirror);
        let noisy = self.noisy(camera.resampled(blurred)?, random);
        Ok(self
            .levels(noisy, table)
            .mapv_into(|level| level.clamp(0.0, 255.0))
            .mapv(|level| camera.whole(level)))
    }

    perturb_datum_with!("Pybsm", "img_gsd");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near() -> PybsmBuilder {
        Pybsm::builder().d(0.01).f(0.06).altitude(500.0).img_gsd(0.05)
    }

    #[test]
    fn noise_has_the_mean_and_the_variance_of_its_electrons() {
        let camera = near().max_n(40_000.0).bit_depth(10.0).read_noise(20.0).build().unwrap();
        for mut random in [Random::chacha(1, 0), Random::numpy(1)] {
            let noisy = camera.noisy(Array3::from_elem((100, 100, 1), 900.0), &mut random);
            let mean = noisy.sum() / 1e4;
            let variance = noisy.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 1e4;
            // Photons 900, reading 400, steps of 39 electrons 127.
            assert!((mean - 900.0).abs() < 2.0 && (variance - 1427.0).abs() < 100.0, "{mean} {variance}");
        }
    }

    #[test]
    fn a_ground_sample_distance_is_needed() {
        let image = Array3::<u8>::zeros((4, 4, 1));
        let error =
            Pybsm::builder().build().unwrap().perturb(image.view(), &mut Random::chacha(0, 0)).unwrap_err();
        assert!(error.to_string().starts_with("Pybsm: img_gsd is missing"), "{error}");
    }

    #[test]
    fn impossible_settings_cannot_be_built() {
        let row = |wavelength, transmission| AtmosphereRow {
            wavelength,
            transmission,
            ..AtmosphereRow::from(atmosphere::DEFAULT[0])
        };
        for (builder, parameter) in [
            (near().d(0.0), "D"),
            (near().altitude(f64::NAN), "altitude"),
            (near().reflectance_range([0.5, 0.5]), "reflectance_range"),
            (near().opt_trans_wavelengths([0.66e-6, 0.5e-6]), "opt_trans_wavelengths"),
            (near().qe([0.5]), "qe"),
            (near().opt_trans_wavelengths([2e-6, 3e-6]), "light"),
            (near().mtf_wavelengths([5e-7]).mtf_weights([0.0]), "mtf_weights"),
            (near().atmosphere([row(6e-7, 0.6), row(5e-7, 0.6)]), "wavelengths in ascending order"),
            (near().atmosphere([row(5e-7, 0.6), row(6e-7, 1.1)]), "transmissions from 0 to 1"),
        ] {
            let error = builder.build().unwrap_err().to_string();
            assert!(error.contains(parameter), "{error}");
        }
    }
}
