mod pixels;

use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::image::apply_without_random;
use crate::values::{copied, written};
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

macro_rules! enhance {
    ($(#[$doc:meta])* $name:ident, $enhance:ident, $range:expr, $expected:literal) => {
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
            /// [`Error::Parameter`] if `factor` is out of range or NaN.
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

            /// The factor.
            #[must_use]
            pub fn factor(&self) -> f64 {
                self.factor
            }

            fn changed(self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
                let (shape, (_, _, channels)) = (image.dim(), image.dim());
                if channels != 1 && channels != 3 {
                    return Err(Error::Channels { perturber: stringify!($name), channels, expected: "1 or 3" });
                }
                // Pillow takes the factor as a 32-bit float; by 1 it returns the image itself.
                let factor = self.factor as f32;
                if factor == 1.0 {
                    return Ok(copied(image));
                }
                Ok(written(image, |from, to| pixels::$enhance(from, to, shape, factor)))
            }
        }

        apply_without_random!($name);

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
                self.changed(image)
            }

            fn is_identity(&self) -> bool {
                self.factor == 1.0
            }
        }
    };
}

enhance! {
    /// Brightness: factor 0 gives black, 1 the image itself, more a brighter one.
    ///
    /// This is NRTK's `BrightnessPerturber`, Pillow's `ImageEnhance.Brightness`. Images have 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::Brightness;
    ///
    /// let image = Array3::<u8>::from_elem((2, 2, 3), 200);
    /// assert_eq!(Brightness::new(0.5)?.apply(&image)?[[0, 0, 0]], 100);
    /// assert_eq!(Brightness::new(2.0)?.apply(&image)?[[0, 0, 0]], 255);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Brightness, brightness, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Contrast: factor 0 gives the mean grey everywhere, 1 the image itself, more a harsher one.
    ///
    /// This is NRTK's `ContrastPerturber`, Pillow's `ImageEnhance.Contrast`. Images have 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::array;
    /// use perturb::Contrast;
    ///
    /// let image = array![[[100_u8], [200]]];
    /// let flat = Contrast::new(0.0)?.apply(&image)?;
    /// assert_eq!(flat, array![[[150_u8], [150]]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Contrast, contrast, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Colour: factor 0 gives shades of grey, 1 the image itself, more a more colourful one.
    ///
    /// This is NRTK's `ColorPerturber`, Pillow's `ImageEnhance.Color`. Images have 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::array;
    /// use perturb::Color;
    ///
    /// let image = array![[[255_u8, 0, 0]]];
    /// let grey = Color::new(0.0)?.apply(&image)?;
    /// assert_eq!(grey, array![[[76_u8, 76, 76]]]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Color, color, (0.0..f64::INFINITY), "a finite number of at least 0"
}

enhance! {
    /// Sharpness: factor 0 gives a smoothed image, 1 the image itself, 2 a sharpened one.
    ///
    /// This is NRTK's `SharpnessPerturber`, Pillow's `ImageEnhance.Sharpness`. Images have 1 or 3 channels.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::Sharpness;
    ///
    /// let mut image = Array3::<u8>::zeros((3, 3, 1));
    /// image[[1, 1, 0]] = 130;
    /// let smoothed = Sharpness::new(0.0)?.apply(&image)?;
    /// assert_eq!(smoothed[[1, 1, 0]], 50);
    /// assert!(Sharpness::new(2.5).is_err());
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Sharpness, sharpness, (0.0..=2.0), "a number from 0 to 2"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_leaves_the_outermost_pixels() {
        let mut random = Random::chacha(3, 0);
        for (height, width, channels) in [(1, 4, 3), (4, 1, 1), (2, 9, 3), (3, 3, 3), (3, 4, 1), (5, 30, 3)] {
            let image = Array3::from_shape_simple_fn((height, width, channels), || random.next_u64() as u8);
            let smooth = Sharpness::new(0.0).unwrap().perturb(image.view(), &mut random).unwrap();
            for ((y, x, k), &value) in smooth.indexed_iter() {
                let inside = (1..height - 1).contains(&y) && (1..width - 1).contains(&x);
                let sum = |y: usize, x: usize| -> u32 {
                    let around = (y - 1..=y + 1).flat_map(|j| (x - 1..=x + 1).map(move |i| (j, i)));
                    around.map(|(j, i)| u32::from(image[[j, i, k]])).sum()
                };
                let expected = if inside {
                    (f64::from(sum(y, x) + 4 * u32::from(image[[y, x, k]])) / 13.0).round() as u8
                } else {
                    image[[y, x, k]]
                };
                assert_eq!(value, expected, "{y} {x} {k} of {height}x{width}");
            }
        }
    }

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
