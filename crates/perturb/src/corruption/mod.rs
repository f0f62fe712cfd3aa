//! The corruptions of ImageNet-C (Hendrycks and Dietterich 2019), with the values of imagecorruptions 1.1.2.

mod blur;
mod defocus;
mod elastic;
mod fog;
mod frost;
mod hue;
mod kind;
mod motion;
mod noise;
mod pixelate;
mod snow;
mod spatter;
mod zoom;

pub use frost::Frost;
pub use kind::Corruption;

use std::collections::BTreeMap;

use ndarray::{Array3, ArrayRef3, ArrayView3, Axis, CowArray, Ix3, Zip};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::parameters;
use crate::values::copied;
use crate::{Error, Perturber, Random};

/// A corruption of ImageNet-C at one of its five severities, or none (Hendrycks and Dietterich 2019).
///
/// This is `imagecorruptions.corrupt(image, severity, corruption_name)`, whose constants are those of the benchmark
/// for images of 224 x 224 pixels. Frost needs photographs, and is [`Frost`]. As in the original, an image has at
/// least 32 x 32 pixels and one or three channels, the result has three, and values are truncated to whole numbers,
/// not rounded. Motion blur of a flat part then depends on the last bit of an exponential, which `NumPy` computes
/// differently on processors with AVX-512; here it is the value that other processors give.
///
/// The original draws from `numpy.random`, seeded by `numpy.random.seed`, except for impulse noise, which no seed
/// reaches there and which draws as `numpy.random.default_rng` does here.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Corruption, ImageNetC, Perturber, Random};
///
/// let image = Array3::<u8>::from_elem((32, 32, 3), 128);
/// let noise = ImageNetC::new(Corruption::GaussianNoise, 3)?;
/// assert_ne!(noise.perturb(image.view(), &mut Random::numpy(1))?, image);
/// let error = ImageNetC::new(Corruption::Fog, 6).unwrap_err();
/// assert_eq!(error.to_string(), "ImageNetC: severity is 6, expected a whole number from 0 to 5");
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct ImageNetC {
    corruption: Corruption,
    severity: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default = "default_corruption")]
    corruption: Corruption,
    #[serde(default = "default_severity")]
    severity: usize,
}

fn default_corruption() -> Corruption {
    Corruption::GaussianNoise
}

/// The original's default.
fn default_severity() -> usize {
    1
}

/// Values on a scale of 0 to 1, which they may exceed.
type Values = Array3<f64>;

impl ImageNetC {
    /// The least width and height, in pixels.
    const LEAST: usize = 32;

    /// Corrupts in this way, at a severity of 1 to 5; 0 leaves every image as it is, so that a sweep can begin with the
    /// clean image.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `severity` is from 0 to 5.
    pub fn new(corruption: Corruption, severity: usize) -> Result<Self, Error> {
        if severity <= 5 {
            return Ok(Self { corruption, severity });
        }
        Err(Error::Parameter {
            perturber: "ImageNetC",
            parameter: "severity",
            value: severity as f64,
            expected: "a whole number from 0 to 5",
        })
    }

    /// The kind of corruption.
    #[must_use]
    pub fn corruption(&self) -> Corruption {
        self.corruption
    }

    /// The severity, 0 to 5.
    #[must_use]
    pub fn severity(&self) -> usize {
        self.severity
    }

    /// The image with three channels, if it is large enough.
    fn color<'a>(
        perturber: &'static str,
        image: &'a ArrayView3<'_, u8>,
    ) -> Result<CowArray<'a, u8, Ix3>, Error> {
        let (height, width, channels) = image.dim();
        if height < Self::LEAST || width < Self::LEAST {
            let expected = "at least 32 x 32".to_owned();
            return Err(Error::Size { perturber, height, width, expected });
        }
        let color = match channels {
            1 => image.broadcast((height, width, 3)).map(|grey| copied(grey).into()),
            3 => Some(image.as_standard_layout()),
            _ => None,
        };
        color.ok_or(Error::Channels { perturber, channels, expected: "1 or 3" })
    }

    /// Corrupts at a severity of `level` + 1.
    fn corrupt(&self, image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
        match self.corruption {
            Corruption::GaussianNoise => noise::gaussian(image, level, random),
            Corruption::ShotNoise => noise::shot(image, level, random),
            Corruption::ImpulseNoise => cut(noise::impulse(image, level, random)),
            Corruption::SpeckleNoise => noise::speckle(image, level, random),
            Corruption::DefocusBlur => defocus::corrupt(image, level),
            Corruption::GlassBlur => cut(blur::glass(image, level, random)),
            Corruption::GaussianBlur => cut(blur::gaussian(image, level)),
            Corruption::MotionBlur => motion::corrupt(image, level, random),
            Corruption::ZoomBlur => zoom::corrupt(image, level),
            Corruption::Snow => cut(snow::corrupt(image, level, random)),
            Corruption::Fog => fog::corrupt(image, level, random),
            Corruption::Brightness => cut(hue::brighten(image, level)),
            Corruption::Saturate => cut(hue::saturate(image, level)),
            Corruption::Contrast => cut(contrast(image, level)),
            Corruption::ElasticTransform => elastic::corrupt(image, level, random),
            Corruption::Spatter => spatter::corrupt(image, level, random),
            Corruption::Pixelate => pixelate::corrupt(image, level),
            Corruption::JpegCompression => jpeg(image, level),
        }
    }
}

impl TryFrom<Unchecked> for ImageNetC {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        Self::new(unchecked.corruption, unchecked.severity)
    }
}

impl Perturber for ImageNetC {
    fn name(&self) -> &'static str {
        "ImageNetC"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let Some(level) = self.severity.checked_sub(1) else {
            return Ok(copied(image));
        };
        Ok(self.corrupt(&Self::color("ImageNetC", &image)?, level, random))
    }

    fn is_identity(&self) -> bool {
        self.severity == 0
    }
}

/// An image's values on the scale of 0 to 1.
fn unit(image: &ArrayRef3<u8>) -> Values {
    image.mapv(|value| f64::from(value) / 255.0)
}

/// Values of 0 to 1 on the scale of 0 to 255, cut off to whole numbers.
fn cut(values: Values) -> Array3<u8> {
    values.mapv(whole)
}

/// A value of 0 to 1 on the scale of 0 to 255, cut off to a whole number as the original's cast does.
#[inline(always)]
fn whole(value: f64) -> u8 {
    /// Floats from here on are whole numbers, so adding it rounds; the lowest bits are the number.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let value = value.clamp(0.0, 1.0) * 255.0;
    let rounded = value + WHOLE;
    (rounded.to_bits() as u8).wrapping_sub(u8::from(rounded - WHOLE > value))
}

/// Draws each channel's values towards their mean.
fn contrast(image: &ArrayRef3<u8>, level: usize) -> Values {
    let kept = [0.4, 0.3, 0.2, 0.1, 0.05][level];
    let mut values = unit(image);
    for mut channel in values.axis_iter_mut(Axis(2)) {
        // In order, as the original sums: flat parts lie on the edge between two whole numbers.
        let mean = channel.iter().fold(0.0, |sum, value| sum + value) / channel.len() as f64;
        channel.mapv_inplace(|value| (value - mean) * kept + mean);
    }
    values
}

/// Saves as JPEG and reads again.
fn jpeg(image: &ArrayRef3<u8>, level: usize) -> Array3<u8> {
    let quality = [25, 18, 15, 10, 7][level];
    let (height, width, _) = image.dim();
    #[expect(clippy::expect_used, reason = "`color` gives three values per pixel, in order")]
    let pixels = image.as_slice().expect("standard layout");
    #[expect(clippy::expect_used, reason = "the array has three values per pixel")]
    let saved = libjpeg_pixels::round_trip(pixels, width, height, quality).expect("a whole image");
    #[expect(clippy::expect_used, reason = "an image keeps its size")]
    Array3::from_shape_vec(image.dim(), saved.into_pixels()).expect("the shape of the image")
}

/// Adds one array to another.
fn add(sum: &mut Values, term: ArrayView3<'_, f64>) {
    Zip::from(sum).and(term).for_each(|sum, term| *sum += term);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_off_as_by_a_cast() {
        let near = |value: f64| [value.next_down(), value, value.next_up()];
        let values = (0..=510).flat_map(|half| near(f64::from(half) / 510.0));
        for value in values.chain([-1.0, -0.0, 2.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
            assert_eq!(whole(value), (value.clamp(0.0, 1.0) * 255.0) as u8, "{value}");
        }
    }
}
