use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::share;
use crate::values::edited;
use crate::{Error, Perturber, Random};

const SALT: u8 = 255;
const PEPPER: u8 = 0;

/// The number of values that are hit together: 1, as in scikit-image, or a whole pixel's.
fn values_per_hit(image: ArrayView3<'_, u8>, whole_pixels: bool) -> usize {
    if whole_pixels { image.dim().2.max(1) } else { 1 }
}

/// Replaces single values, or so many `together`, where there is a replacement.
fn replace(values: &mut [u8], together: usize, replacements: impl Iterator<Item = Option<u8>>) {
    if together == 1 {
        for (value, replacement) in values.iter_mut().zip(replacements) {
            *value = replacement.unwrap_or(*value);
        }
    } else {
        for (values, replacement) in values.chunks_mut(together).zip(replacements) {
            if let Some(replacement) = replacement {
                values.fill(replacement);
            }
        }
    }
}

fn parameters(amount: f64, more: Option<(&str, f64)>, whole_pixels: bool) -> BTreeMap<String, Value> {
    let mut parameters = BTreeMap::from([("amount".to_owned(), Value::from(amount))]);
    parameters.extend(more.map(|(name, value)| (name.to_owned(), Value::from(value))));
    parameters.insert("whole_pixels".to_owned(), Value::from(whole_pixels));
    parameters
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default = "default_amount")]
    amount: f64,
    #[serde(default)]
    whole_pixels: bool,
}

/// NRTK's default.
fn default_amount() -> f64 {
    0.05
}

macro_rules! impulse {
    ($(#[$doc:meta])* $name:ident, $value:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $name {
            amount: f64,
            whole_pixels: bool,
        }

        impl $name {
            /// Hits each channel value with probability `amount`.
            ///
            /// # Errors
            ///
            /// [`Error::Parameter`] unless `amount` is from 0 to 1.
            pub fn new(amount: f64) -> Result<Self, Error> {
                Ok(Self { amount: share(stringify!($name), "amount", amount)?, whole_pixels: false })
            }

            /// Hits whole pixels instead: all channels of a pixel together.
            #[must_use]
            pub fn whole_pixels(self) -> Self {
                Self { whole_pixels: true, ..self }
            }

            /// The probability of a hit.
            #[must_use]
            pub fn amount(&self) -> f64 {
                self.amount
            }

            /// Whether whole pixels are hit.
            #[must_use]
            pub fn hits_whole_pixels(&self) -> bool {
                self.whole_pixels
            }
        }

        impl TryFrom<Unchecked> for $name {
            type Error = Error;

            fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
                Ok(Self { whole_pixels: unchecked.whole_pixels, ..Self::new(unchecked.amount)? })
            }
        }

        impl Perturber for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn is_identity(&self) -> bool {
                self.amount == 0.0
            }

            fn parameters(&self) -> BTreeMap<String, Value> {
                parameters(self.amount, None, self.whole_pixels)
            }

            fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
                let together = values_per_hit(image, self.whole_pixels);
                Ok(edited(image, |mut values| {
                    random.trials(values.len() / together, self.amount, |hits| {
                        let (part, rest) = std::mem::take(&mut values).split_at_mut(hits.len() * together);
                        replace(part, together, hits.iter().map(|hit| hit.then_some($value)));
                        values = rest;
                    });
                }))
            }
        }
    };
}

impulse! {
    /// Salt noise: sets randomly chosen values to 255.
    ///
    /// This is NRTK's `SaltNoisePerturber`. `amount` is the share of channel values, not of pixels, so the
    /// dots are coloured; [`whole_pixels`](Self::whole_pixels) makes them white.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, SaltNoise};
    ///
    /// let image = Array3::<u8>::zeros((20, 20, 3));
    /// let salted = SaltNoise::new(0.1)?.perturb(image.view(), &mut Random::chacha(1, 0))?;
    /// assert!(salted.iter().all(|&value| value == 0 || value == 255));
    /// assert!(SaltNoise::new(1.5).is_err());
    /// # Ok::<(), perturb::Error>(())
    /// ```
    SaltNoise, SALT
}

impulse! {
    /// Pepper noise: sets randomly chosen values to 0.
    ///
    /// This is NRTK's `PepperNoisePerturber`; see [`SaltNoise`].
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{PepperNoise, Perturber, Random};
    ///
    /// let image = Array3::<u8>::ones((4, 4, 1));
    /// let peppered = PepperNoise::new(1.0)?.perturb(image.view(), &mut Random::numpy(1))?;
    /// assert_eq!(peppered, Array3::<u8>::zeros((4, 4, 1)));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    PepperNoise, PEPPER
}

/// Salt-and-pepper noise: sets randomly chosen values to 255 or 0.
///
/// This is NRTK's `SaltAndPepperNoisePerturber`: a value is hit with probability `amount`, and a hit becomes
/// salt with probability `salt_vs_pepper`, otherwise pepper.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Perturber, Random, SaltAndPepperNoise};
///
/// let image = Array3::<u8>::from_elem((8, 8, 3), 100);
/// let noise = SaltAndPepperNoise::new(0.5, 0.5)?;
/// let noisy = noise.perturb(image.view(), &mut Random::chacha(1, 0))?;
/// assert!(noisy.iter().any(|&value| value == 0) && noisy.iter().any(|&value| value == 255));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedBoth")]
pub struct SaltAndPepperNoise {
    amount: f64,
    salt_vs_pepper: f64,
    whole_pixels: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedBoth {
    #[serde(default = "default_amount")]
    amount: f64,
    #[serde(default = "half")]
    salt_vs_pepper: f64,
    #[serde(default)]
    whole_pixels: bool,
}

fn half() -> f64 {
    0.5
}

impl SaltAndPepperNoise {
    /// Hits each channel value with probability `amount`; a hit becomes salt with probability
    /// `salt_vs_pepper`.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless both are from 0 to 1.
    pub fn new(amount: f64, salt_vs_pepper: f64) -> Result<Self, Error> {
        let check = |parameter, value| share("SaltAndPepperNoise", parameter, value);
        Ok(Self {
            amount: check("amount", amount)?,
            salt_vs_pepper: check("salt_vs_pepper", salt_vs_pepper)?,
            whole_pixels: false,
        })
    }

    /// Hits whole pixels instead: all channels of a pixel together.
    #[must_use]
    pub fn whole_pixels(self) -> Self {
        Self { whole_pixels: true, ..self }
    }

    /// The probability of a hit.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.amount
    }

    /// The probability that a hit becomes salt.
    #[must_use]
    pub fn salt_vs_pepper(&self) -> f64 {
        self.salt_vs_pepper
    }

    /// Whether whole pixels are hit.
    #[must_use]
    pub fn hits_whole_pixels(&self) -> bool {
        self.whole_pixels
    }
}

impl TryFrom<UncheckedBoth> for SaltAndPepperNoise {
    type Error = Error;

    fn try_from(unchecked: UncheckedBoth) -> Result<Self, Error> {
        let noise = Self::new(unchecked.amount, unchecked.salt_vs_pepper)?;
        Ok(Self { whole_pixels: unchecked.whole_pixels, ..noise })
    }
}

impl Perturber for SaltAndPepperNoise {
    fn name(&self) -> &'static str {
        "SaltAndPepperNoise"
    }

    fn is_identity(&self) -> bool {
        self.amount == 0.0
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self.amount, Some(("salt_vs_pepper", self.salt_vs_pepper)), self.whole_pixels)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let together = values_per_hit(image, self.whole_pixels);
        Ok(edited(image, |values| {
            let mut hits = Vec::with_capacity(values.len() / together);
            random.trials(values.len() / together, self.amount, |part| hits.extend_from_slice(part));
            let salted = random.trials_among(&hits, self.salt_vs_pepper);
            let replacements = hits.iter().zip(salted);
            let replacements =
                replacements.map(|(hit, salted)| hit.then_some(if salted { SALT } else { PEPPER }));
            replace(values, together, replacements);
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn image(value: u8) -> Array3<u8> {
        Array3::from_elem((20, 31, 3), value)
    }

    #[test]
    fn amount_0_changes_nothing_and_amount_1_everything() {
        for mut random in [Random::numpy(1), Random::chacha(1, 2)] {
            let clean = SaltNoise::new(0.0).unwrap().perturb(image(7).view(), &mut random).unwrap();
            assert_eq!(clean, image(7));
            let white = SaltNoise::new(1.0).unwrap().perturb(image(7).view(), &mut random).unwrap();
            assert_eq!(white, image(255));
        }
    }

    #[test]
    fn whole_pixels_are_hit_in_all_channels() {
        for mut random in [Random::numpy(5), Random::chacha(5, 0)] {
            let noise = SaltNoise::new(0.2).unwrap().whole_pixels();
            let noisy = noise.perturb(image(7).view(), &mut random).unwrap();
            let pixels = noisy.as_slice().unwrap().chunks(3);
            assert!(pixels.clone().all(|pixel| pixel == [255; 3] || pixel == [7; 3]));
            assert!((60..190).contains(&pixels.filter(|pixel| pixel[0] == 255).count()));
        }
    }

    #[test]
    fn impossible_noise_cannot_be_built_nor_read() {
        for amount in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(SaltNoise::new(amount), Err(Error::Parameter { parameter: "amount", .. })));
            assert!(SaltAndPepperNoise::new(0.5, amount).is_err());
        }
        assert!(serde_json::from_str::<SaltNoise>(r#"{"amount": 2}"#).is_err());
        assert!(serde_json::from_str::<SaltNoise>(r#"{"amuont": 0.2}"#).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(amount in 0.0_f64..=1.0, whole: bool) {
            let noise = SaltNoise::new(amount).unwrap();
            let noise = if whole { noise.whole_pixels() } else { noise };
            prop_assert_eq!(serde_json::from_value::<SaltNoise>(serde_json::to_value(noise).unwrap()).unwrap(), noise);
            prop_assert_eq!(serde_json::to_value(noise).unwrap(), serde_json::to_value(noise.parameters()).unwrap());
        }
    }
}
