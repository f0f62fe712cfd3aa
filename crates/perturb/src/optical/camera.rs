use ndarray::{Array2, Array3, ArrayView3};

use super::correlation::{self, Border};
use super::{point_spread, resampling};
use crate::Error;
use crate::settings::within;
use crate::values::copied;

/// What all optical perturbers have in common: how wide the samples of the point spread function and the pixels are,
/// and what is done with an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Camera {
    /// The perturber's name.
    pub(super) name: &'static str,
    /// The ground that a pixel of the image covers, in metres, and the angle that one of the result covers, in
    /// radians. None leaves the sampling as it is.
    pub(super) sampling: Option<Sampling>,
    /// Whether to cut values off to whole numbers, as the original does.
    pub(super) compat: bool,
}

/// The settings of a camera that turn the resampling on: without any of them a perturber only blurs. Which ones do
/// differs between perturbers; the others' are left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setup {
    /// Diameter of the aperture, in metres.
    pub(super) d: Option<f64>,
    /// Focal length, in metres; 4 by default.
    pub(super) f: Option<f64>,
    /// Widths of a pixel, in metres; 8e-6 by default, and the height as the width.
    pub(super) p_x: Option<f64>,
    pub(super) p_y: Option<f64>,
    /// Height above the ground, in metres; 9000 by default.
    pub(super) altitude: Option<f64>,
    /// Distance along the ground, in metres; 0 by default.
    pub(super) ground_range: Option<f64>,
}

impl Setup {
    /// Whether any setting is given.
    pub(super) fn is_given(&self) -> bool {
        [self.d, self.f, self.p_x, self.p_y, self.altitude, self.ground_range].iter().any(Option::is_some)
    }

    pub(super) fn check(&self, name: &'static str) -> Result<(), Error> {
        let positives =
            [("D", self.d), ("f", self.f), ("p_x", self.p_x), ("p_y", self.p_y), ("altitude", self.altitude)];
        for (parameter, value) in positives {
            value.map_or(Ok(()), |value| positive(name, parameter, value))?;
        }
        self.ground_range.map_or(Ok(()), |range| not_negative(name, "ground_range", range))
    }

    /// The width of a pixel of the camera, in metres.
    pub(super) fn pixel(&self) -> f64 {
        self.p_x.unwrap_or(8e-6)
    }

    /// The diameter of the aperture, in metres, which is smaller by default if no camera is simulated.
    pub(super) fn aperture(&self) -> f64 {
        self.d.unwrap_or(if self.is_given() { 0.275 } else { 0.003 })
    }

    /// The angle that a pixel of the camera covers, in radians.
    pub(super) fn angle(&self, f: f64) -> f64 {
        f64::midpoint(self.pixel(), self.p_y.unwrap_or(self.pixel())) / self.f.unwrap_or(f)
    }

    pub(super) fn slant_range(&self) -> f64 {
        let (altitude, range) = (self.altitude.unwrap_or(9000.0), self.ground_range.unwrap_or(0.0));
        (altitude * altitude + range * range).sqrt()
    }

    /// What is sampled anew, if any setting is given; the image's ground sample distance must be known then. `f` is the
    /// focal length by default.
    pub(super) fn sampling(
        &self,
        name: &'static str,
        gsd: Option<f64>,
        f: f64,
    ) -> Result<Option<Sampling>, Error> {
        if !self.is_given() {
            return Ok(None);
        }
        let gsd = known(name, gsd)?;
        Ok(Some(Sampling { gsd, slant_range: self.slant_range(), angle: self.angle(f) }))
    }
}

/// The image's ground sample distance, which must be given.
pub(super) fn known(name: &'static str, gsd: Option<f64>) -> Result<f64, Error> {
    gsd.ok_or_else(|| Error::Parameters {
        name: name.to_owned(),
        problem: "img_gsd is missing, expected the metres of ground that a pixel covers".to_owned(),
    })
}

/// From the pixels of an image to those of the simulated camera.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// The ground that a pixel of the image covers, in metres.
    pub(super) gsd: f64,
    /// The distance of the ground, in metres.
    pub(super) slant_range: f64,
    /// The angle that a pixel of the result covers, in radians.
    pub(super) angle: f64,
}

impl Sampling {
    /// How many pixels of the image the point spread function covers, whose samples are `step` radians wide.
    fn side(&self, step: f64) -> usize {
        let pixel = 2.0 * (self.gsd / 2.0 / self.slant_range).atan();
        ((point_spread::SIDE as f64 * step / pixel) as usize).clamp(1, MOST_SAMPLES)
    }

    /// The size of the result.
    pub(super) fn size(&self, height: usize, width: usize) -> (usize, usize) {
        let side = |side: usize| {
            let side = (side as f64 * (self.gsd / self.slant_range) / self.angle).round_ties_even();
            (side as usize).max(1)
        };
        (side(height), side(width))
    }
}

/// Point spread functions of more samples on an axis are not built: pixels that small show nothing of them.
const MOST_SAMPLES: usize = 20_000;

impl Camera {
    /// The kernel of a transfer function whose greatest frequency is `cutoff`.
    pub(super) fn kernel(
        &self,
        cutoff: f64,
        radial: impl Fn(f64) -> f64,
        rest: impl Fn([f64; 2]) -> f64,
    ) -> Array2<f64> {
        let side = self.sampling.map_or(point_spread::SIDE, |sampling| sampling.side(step(cutoff)));
        point_spread::kernel(cutoff, side, radial, rest)
    }

    /// Convolves and resamples an image.
    pub(super) fn image(
        &self,
        image: ArrayView3<'_, u8>,
        spread: &Array2<f64>,
        convolve: impl Fn(ArrayView3<'_, u8>, &Array2<f64>) -> Array3<f64>,
    ) -> Result<Array3<u8>, Error> {
        if image.is_empty() {
            return Ok(copied(image));
        }
        let blurred = self.resampled(convolve(image, spread))?;
        Ok(blurred.mapv(|value| self.whole(value)))
    }

    /// Changes the sampling.
    pub(super) fn resampled(&self, image: Array3<f64>) -> Result<Array3<f64>, Error> {
        const MOST: usize = 1 << 28;
        let Some(sampling) = self.sampling else { return Ok(image) };
        let (height, width, _) = image.dim();
        let size = sampling.size(height, width);
        if size.0.checked_mul(size.1).is_none_or(|pixels| pixels > MOST) {
            let expected =
                format!("a result of at most {MOST} pixels, which would be {} x {}", size.0, size.1);
            return Err(Error::Size { perturber: self.name, height, width, expected });
        }
        Ok(resampling::resampled(image, size))
    }

    /// The nearest value of 0 to 255, or as the original has it the next below.
    pub(super) fn whole(&self, value: f64) -> u8 {
        let below = value as u8;
        // Not `round`, which is a function call on processors whose instruction for it is not taken for granted.
        below.saturating_add(u8::from(!self.compat && value - f64::from(below) >= 0.5))
    }
}

/// Correlation, mirrored at the border.
pub(super) fn mirrored(image: ArrayView3<'_, u8>, spread: &Array2<f64>) -> Array3<f64> {
    correlation::correlated(image, spread, Border::Mirror)
}

/// Checks a length, an angle or a time that is greater than 0.
pub(super) fn positive(perturber: &'static str, parameter: &'static str, value: f64) -> Result<(), Error> {
    within(perturber, parameter, value, f64::MIN_POSITIVE.., "a number above 0")
}

/// Checks a number of at least 0.
pub(super) fn not_negative(
    perturber: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<(), Error> {
    within(perturber, parameter, value, 0.0.., "a finite number of at least 0")
}

/// Checks a list of wavelengths, in metres, with its weights.
pub(super) fn wavelengths(
    perturber: &'static str,
    wavelengths: &[f64],
    weights: &[f64],
) -> Result<(), Error> {
    for &wavelength in wavelengths {
        within(
            perturber,
            "mtf_wavelengths",
            wavelength,
            1e-9..=1e-3,
            "wavelengths from 1e-9 to 1e-3 metres",
        )?;
    }
    for &weight in weights {
        not_negative(perturber, "mtf_weights", weight)?;
    }
    if !weights.is_empty() && weights.len() != wavelengths.len() {
        let expected = "as many weights as mtf_wavelengths";
        return Err(Error::Parameter {
            perturber,
            parameter: "mtf_weights",
            value: weights.len() as f64,
            expected,
        });
    }
    if !weights.is_empty() && weights.iter().all(|&weight| weight == 0.0) {
        let expected = "a weight above 0";
        return Err(Error::Parameter { perturber, parameter: "mtf_weights", value: 0.0, expected });
    }
    Ok(())
}

/// The least of some wavelengths.
pub(super) fn shortest(wavelengths: &[f64]) -> f64 {
    wavelengths.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The width of a sample of the point spread function, in radians.
fn step(cutoff: f64) -> f64 {
    let side = point_spread::SIDE as f64;
    1.0 / (side * (2.0 * cutoff / (side - 1.0)))
}
