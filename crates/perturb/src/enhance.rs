use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Perturber, Random};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default = "default_factor")]
    factor: f64,
}

/// NRTK's default.
fn default_factor() -> f64 {
    1.0
}

/// Pillow's `Image.blend`: `factor` 0 gives `from`, 1 gives `to`, more goes beyond; cut to 0..=255 towards 0.
fn blend(from: &Array3<u8>, to: Array3<u8>, factor: f64) -> Array3<u8> {
    // Pillow takes the factor as a 32-bit float, and computes in it.
    let factor = factor as f32;
    if factor == 1.0 {
        return to;
    }
    let mut blended = to;
    blended.zip_mut_with(from, |to, &from| {
        let (from, other) = (f32::from(from), f32::from(*to));
        *to = (from + factor * (other - from)) as u8;
    });
    blended
}

/// Pillow's luma of a pixel (ITU-R 601, 16-bit fixed point); a grey pixel is its own.
fn luma(pixel: [u8; 3]) -> u8 {
    let [red, green, blue] = pixel.map(u32::from);
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
}

/// The luma of every pixel, row by row. With one channel it is the channel.
fn lumas(image: &Array3<u8>) -> impl Iterator<Item = u8> {
    let channels = image.dim().2;
    image.rows().into_iter().map(
        move |pixel| {
            if channels == 1 { pixel[0] } else { luma([pixel[0], pixel[1], pixel[2]]) }
        },
    )
}

/// Grey at every pixel's luma.
fn grey(image: &Array3<u8>) -> Array3<u8> {
    let mut grey = image.clone();
    for (mut pixel, luma) in grey.rows_mut().into_iter().zip(lumas(image)) {
        pixel.fill(luma);
    }
    grey
}

/// One grey everywhere: the mean luma, rounded.
fn mean_grey(image: &Array3<u8>) -> Array3<u8> {
    let (height, width, _) = image.dim();
    let sum: u64 = lumas(image).map(u64::from).sum();
    let mean = (sum as f64 / (height * width) as f64 + 0.5) as u8;
    Array3::from_elem(image.dim(), mean)
}

/// Pillow's `SMOOTH` filter: 5 parts of a pixel and 1 of each neighbour; the outermost pixels stay.
fn smooth(image: &Array3<u8>) -> Array3<u8> {
    let (height, width, channels) = image.dim();
    let mut smoothed = image.clone();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            for k in 0..channels {
                let around: u32 = (y - 1..=y + 1)
                    .flat_map(|j| (x - 1..=x + 1).map(move |i| (j, i)))
                    .map(|(j, i)| u32::from(image[[j, i, k]]))
                    .sum();
                let sum = around + 4 * u32::from(image[[y, x, k]]);
                // A 13th never lies half-way, so whole numbers round as Pillow's floats do.
                smoothed[[y, x, k]] = ((2 * sum + 13) / 26) as u8;
            }
        }
    }
    smoothed
}

fn black(image: &Array3<u8>) -> Array3<u8> {
    Array3::zeros(image.dim())
}

macro_rules! enhance {
    ($(#[$doc:meta])* $name:ident, $degenerate:ident, $range:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $name {
            factor: f64,
        }

        impl $name {
            #[doc = concat!("Enhances by `factor`, ", $expected, "; 1 changes nothing.")]
            ///
            /// # Errors
            ///
            /// [`Error::Parameter`] if `factor` lies outside its range; NaN is refused.
            pub fn new(factor: f64) -> Result<Self, Error> {
                if $range.contains(&factor) {
                    return Ok(Self { factor });
                }
                Err(Error::Parameter {
                    perturber: stringify!($name),
                    parameter: "factor",
                    value: factor,
                    expected: $expected,
                })
            }
        }

        impl TryFrom<Unchecked> for $name {
            type Error = Error;

            fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
                Self::new(unchecked.factor)
            }
        }

        impl Perturber for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn parameters(&self) -> BTreeMap<String, Value> {
                BTreeMap::from([("factor".to_owned(), self.factor.into())])
            }

            fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
                let channels = image.dim().2;
                if channels != 1 && channels != 3 {
                    return Err(Error::Channels { perturber: stringify!($name), channels, expected: "1 or 3" });
                }
                let image = image.as_standard_layout().into_owned();
                if image.is_empty() {
                    return Ok(image);
                }
                Ok(blend(&$degenerate(&image), image, self.factor))
            }
        }
    };
}

enhance! {
    /// Brightness: 0 is black, 1 the picture, more is brighter.
    ///
    /// This is NRTK's `BrightnessPerturber`, Pillow's `ImageEnhance.Brightness`. Takes 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Brightness, Perturber, Random};
    ///
    /// let image = Array3::<u8>::from_elem((2, 2, 3), 200);
    /// let mut random = Random::chacha(0, 0);
    /// assert_eq!(Brightness::new(0.5)?.perturb(image.view(), &mut random)?[[0, 0, 0]], 100);
    /// assert_eq!(Brightness::new(2.0)?.perturb(image.view(), &mut random)?[[0, 0, 0]], 255);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Brightness, black, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Contrast: 0 is the mean grey everywhere, 1 the picture, more is harsher.
    ///
    /// This is NRTK's `ContrastPerturber`, Pillow's `ImageEnhance.Contrast`. Takes 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::array;
    /// use perturb::{Contrast, Perturber, Random};
    ///
    /// let image = array![[[100_u8], [200]]];
    /// let flat = Contrast::new(0.0)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
    /// assert_eq!(flat, array![[[150_u8], [150]]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Contrast, mean_grey, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Colour: 0 is grey, 1 the picture, more is gaudier.
    ///
    /// This is NRTK's `ColorPerturber`, Pillow's `ImageEnhance.Color`. Takes 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::array;
    /// use perturb::{Color, Perturber, Random};
    ///
    /// let image = array![[[255_u8, 0, 0]]];
    /// let grey = Color::new(0.0)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
    /// assert_eq!(grey, array![[[76_u8, 76, 76]]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Color, grey, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Sharpness: 0 is smoothed, 1 the picture, 2 sharpened.
    ///
    /// This is NRTK's `SharpnessPerturber`, Pillow's `ImageEnhance.Sharpness`. Takes 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, Sharpness};
    ///
    /// let mut image = Array3::<u8>::zeros((3, 3, 1));
    /// image[[1, 1, 0]] = 130;
    /// let smoothed = Sharpness::new(0.0)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
    /// assert_eq!(smoothed[[1, 1, 0]], 50);
    /// assert!(Sharpness::new(2.5).is_err());
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Sharpness, smooth, (0.0..=2.0), "a number from 0 to 2"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_one_changes_nothing() {
        let mut random = Random::chacha(3, 0);
        let image = Array3::from_shape_simple_fn((9, 7, 3), || random.next_u64() as u8);
        let all: [Box<dyn Perturber>; 4] = [
            Box::new(Brightness::new(1.0).unwrap()),
            Box::new(Contrast::new(1.0).unwrap()),
            Box::new(Color::new(1.0).unwrap()),
            Box::new(Sharpness::new(1.0).unwrap()),
        ];
        for perturber in all {
            assert_eq!(perturber.perturb(image.view(), &mut random).unwrap(), image, "{}", perturber.name());
        }
    }

    #[test]
    fn other_channels_are_refused_by_name() {
        let image = Array3::<u8>::zeros((2, 2, 4));
        let error = Color::new(0.5).unwrap().perturb(image.view(), &mut Random::chacha(0, 0));
        assert!(matches!(error, Err(Error::Channels { channels: 4, .. })));
    }

    #[test]
    fn impossible_factors_cannot_be_built_nor_read() {
        for factor in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(Brightness::new(factor).is_err() && Sharpness::new(factor).is_err());
        }
        assert!(serde_json::from_str::<Sharpness>(r#"{"factor": 2.1}"#).is_err());
    }
}
