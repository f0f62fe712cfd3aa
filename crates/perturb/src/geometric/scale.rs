use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use super::rotation::drawn;
use super::{Interpolation, Limit, resize};
use crate::settings::{parameters, perturber_settings, within};
use crate::values::copied;
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Resizes the image by a random factor.
    ///
    /// This is NRTK's `RandomScalePerturber`, over albumentations and `cv2.resize`. The factor is 1 plus a number that
    /// is uniformly distributed over `limit`; both sides are rounded down, to at least one pixel. A perturbed image has
    /// another size than the original.
    ///
    /// The original draws from Python's `random.Random`, including a number that it does not use.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, RandomScale};
    ///
    /// let half = RandomScale::builder().limit([-0.5, -0.5]).build()?;
    /// let image = Array3::<u8>::from_elem((8, 6, 3), 7);
    /// let smaller = half.perturb(image.view(), &mut Random::chacha(1, 0))?;
    /// assert_eq!(smaller, Array3::<u8>::from_elem((4, 3, 3), 7));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    RandomScale, RandomScaleBuilder {
        /// What is added to the factor 1: an interval above -1, or a number for both directions. 0 by default.
        limit: Limit = Limit::Symmetric(0.0);
        /// How the image is resized; linear by default.
        interpolation: Interpolation = Interpolation::Linear;
        /// The probability that an image is resized at all, 0 to 1; 1 by default.
        probability: f64 = 1.0;
    }
}

impl RandomScale {
    fn check(&self) -> Result<(), Error> {
        let (low, high) = self.limit.interval();
        let expected = "[low, high] with -1 < low <= high <= 100, or one number for both directions";
        within("RandomScale", "limit", low, (-1.0_f64).next_up().., expected)?;
        within("RandomScale", "limit", high, low..=MOST, expected)?;
        within("RandomScale", "probability", self.probability, 0.0..=1.0, "a number from 0 to 1")
    }
}

/// Larger images are a slip of the pen.
const MOST: f64 = 100.0;

impl Perturber for RandomScale {
    fn name(&self) -> &'static str {
        "RandomScale"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let Some(change) = drawn(random, self.probability, self.limit) else {
            return Ok(copied(image));
        };
        if image.is_empty() {
            return Ok(copied(image));
        }
        let scaled = |side: usize| ((side as f64 * (change + 1.0)) as usize).max(1);
        let (height, width, _) = image.dim();
        Ok(resize::resize(image, scaled(height), scaled(width), self.interpolation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_image_stays_constant() {
        let image = Array3::<u8>::from_elem((9, 7, 3), 200);
        for &interpolation in Interpolation::ALL {
            for change in [-0.99, -0.7, -0.5, -0.1, 0.3, 1.0, 2.9] {
                let scale = RandomScale::builder()
                    .limit([change, change])
                    .interpolation(interpolation)
                    .build()
                    .unwrap();
                let scaled = scale.perturb(image.view(), &mut Random::chacha(1, 0)).unwrap();
                assert!(scaled.iter().all(|&value| value == 200), "{interpolation} {change}");
                assert!(scaled.dim().0 >= 1 && scaled.dim().1 >= 1);
            }
        }
    }

    #[test]
    fn no_change_changes_nothing() {
        let image = Array3::from_shape_fn((9, 7, 3), |(y, x, k)| (20 * y + 5 * x + k) as u8);
        for mut random in [Random::chacha(1, 0), Random::numpy(1)] {
            let same = RandomScale::builder().build().unwrap().perturb(image.view(), &mut random).unwrap();
            assert_eq!(same, image);
        }
    }

    #[test]
    fn impossible_settings_cannot_be_built_nor_read() {
        for limit in
            [Limit::from(1.0), (-0.5).into(), [-1.0, 0.0].into(), [0.5, f64::NAN].into(), [0.0, 1e9].into()]
        {
            assert!(RandomScale::builder().limit(limit).build().is_err(), "{limit:?}");
        }
        assert!(serde_json::from_str::<RandomScale>(r#"{"interpolation": 16}"#).is_err());
        assert!(serde_json::from_str::<RandomScale>(r#"{"probability": 2}"#).is_err());
    }
}
