use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::values::edited;
use crate::{Error, Perturber, Random};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    mean: f64,
    #[serde(default = "default_var")]
    var: f64,
}

/// NRTK's default.
fn default_var() -> f64 {
    0.05
}

/// Replaces each value v, on a scale of 0 to 1, by `noisy(v, n)` with normally distributed n, clamped to that
/// scale.
fn add(
    image: ArrayView3<'_, u8>,
    (mean, deviation): (f64, f64),
    random: &mut Random,
    noisy: impl Fn(f64, f64) -> f64,
) -> Array3<u8> {
    edited(image, |values| {
        let mut normals = [0.0; 256];
        for values in values.chunks_mut(normals.len()) {
            let normals = &mut normals[..values.len()];
            random.standard_normals(normals);
            for (value, normal) in values.iter_mut().zip(normals) {
                // scikit-image multiplies by the rounded inverse of 255, then by 255, and rounds halves to
                // even.
                let unit = f64::from(*value) * (1.0 / 255.0);
                let noise = mean + deviation * *normal;
                *value = rounded(noisy(unit, noise).clamp(0.0, 1.0) * 255.0);
            }
        }
    })
}

/// The nearest integer to a value within 0..=255, halves to even.
fn rounded(value: f64) -> u8 {
    // Floats from 2^52 are whole numbers, so this addition rounds; the lowest bits are the result.
    (value + 4_503_599_627_370_496.0).to_bits() as u8
}

macro_rules! additive {
    ($(#[$doc:meta])* $name:ident, $noisy:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $name {
            mean: f64,
            var: f64,
        }

        impl $name {
            /// Noise with this mean and variance, on a scale of 0 (black) to 1 (white).
            ///
            /// # Errors
            ///
            /// [`Error::Parameter`] unless `mean` is finite, and `var` finite and at least 0.
            pub fn new(mean: f64, var: f64) -> Result<Self, Error> {
                let refuse = |parameter, value, expected| {
                    Err(Error::Parameter { perturber: stringify!($name), parameter, value, expected })
                };
                if !mean.is_finite() {
                    return refuse("mean", mean, "a finite number");
                }
                if !(0.0..f64::INFINITY).contains(&var) {
                    return refuse("var", var, "a finite number of at least 0");
                }
                Ok(Self { mean, var })
            }

            /// The noise's mean.
            #[must_use]
            pub fn mean(&self) -> f64 {
                self.mean
            }

            /// The noise's variance.
            #[must_use]
            pub fn var(&self) -> f64 {
                self.var
            }
        }

        impl TryFrom<Unchecked> for $name {
            type Error = Error;

            fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
                Self::new(unchecked.mean, unchecked.var)
            }
        }

        impl Perturber for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn parameters(&self) -> BTreeMap<String, Value> {
                BTreeMap::from([("mean".to_owned(), self.mean.into()), ("var".to_owned(), self.var.into())])
            }

            fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
                Ok(add(image, (self.mean, self.var.sqrt()), random, $noisy))
            }
        }
    };
}

additive! {
    /// Gaussian noise: adds a normally distributed number to each channel value.
    ///
    /// This is NRTK's `GaussianNoisePerturber`, over scikit-image's `random_noise(mode="gaussian")`.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{GaussianNoise, Perturber, Random};
    ///
    /// let image = Array3::<u8>::from_elem((8, 8, 3), 128);
    /// let still = GaussianNoise::new(0.0, 0.0)?.perturb(image.view(), &mut Random::numpy(1))?;
    /// assert_eq!(still, image);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    GaussianNoise, |value, noise| value + noise
}

additive! {
    /// Speckle noise: adds to each channel value a normally distributed share of it.
    ///
    /// This is NRTK's `SpeckleNoisePerturber`, over scikit-image's `random_noise(mode="speckle")`.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, SpeckleNoise};
    ///
    /// let black = Array3::<u8>::zeros((8, 8, 3));
    /// assert_eq!(SpeckleNoise::new(0.0, 0.5)?.perturb(black.view(), &mut Random::numpy(1))?, black);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    SpeckleNoise, |value, noise| value + value * noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_to_the_nearest_and_halves_to_even() {
        let near = |value: f64| [value.next_down(), value, value.next_up()];
        let values = (0..=510).flat_map(|half| near(f64::from(half) / 2.0));
        for value in values.filter(|value| (0.0..=255.0).contains(value)).chain([-0.0, f64::NAN]) {
            assert_eq!(rounded(value), value.round_ties_even() as u8, "{value}");
        }
    }

    #[test]
    fn the_noise_has_the_mean_and_variance_asked_for() {
        let image = Array3::<u8>::from_elem((100, 100, 3), 128);
        for mut random in [Random::numpy(1), Random::chacha(1, 0)] {
            let noisy = GaussianNoise::new(0.05, 0.01).unwrap().perturb(image.view(), &mut random).unwrap();
            let shifts: Vec<f64> = noisy.iter().map(|&value| (f64::from(value) - 128.0) / 255.0).collect();
            let mean = shifts.iter().sum::<f64>() / 3e4;
            let variance = shifts.iter().map(|shift| (shift - mean) * (shift - mean)).sum::<f64>() / 3e4;
            assert!((mean - 0.05).abs() < 0.003 && (variance - 0.01).abs() < 0.0005, "{mean} {variance}");
        }
    }

    #[test]
    fn impossible_noise_cannot_be_built() {
        for (mean, var) in
            [(f64::NAN, 0.1), (0.0, -0.1), (0.0, f64::NAN), (f64::INFINITY, 0.1), (0.0, f64::INFINITY)]
        {
            assert!(GaussianNoise::new(mean, var).is_err());
            assert!(SpeckleNoise::new(mean, var).is_err());
        }
    }
}
