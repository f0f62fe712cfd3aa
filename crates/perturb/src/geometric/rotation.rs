use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use super::{Limit, warp};
use crate::settings::{parameters, perturber_settings, within};
use crate::values::{copied, written};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Rotates the image about its centre by a random angle.
    ///
    /// This is NRTK's `RandomRotationPerturber`, over albumentations and `cv2.warpAffine`: bilinear, keeping the size.
    /// The angle is uniformly distributed over `limit`, in degrees, positive anticlockwise.
    ///
    /// The original draws from Python's `random.Random`, including a number that it does not use.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, RandomRotation};
    ///
    /// let image = Array3::from_shape_fn((3, 3, 1), |(y, x, _)| (3 * y + x) as u8);
    /// let quarter = RandomRotation::builder().limit([90.0, 90.0]).build()?;
    /// let turned = quarter.perturb(image.view(), &mut Random::chacha(1, 0))?;
    /// assert_eq!(turned.into_raw_vec_and_offset().0, [2, 5, 8, 1, 4, 7, 0, 3, 6]);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    RandomRotation, RandomRotationBuilder {
        /// The angles, in degrees: an interval, or a number for both directions. 0 by default.
        limit: Limit = Limit::Symmetric(0.0);
        /// The probability that an image is rotated at all, 0 to 1; 1 by default.
        probability: f64 = 1.0;
        /// What fills the corners, a value of 0 to 255 per channel; black by default. As in OpenCV, a channel
        /// without a value gets 0, and values without a channel are not used.
        fill: Vec<u8> = Vec::new();
    }
}

impl RandomRotation {
    fn check(&self) -> Result<(), Error> {
        let (low, high) = self.limit.interval();
        for limit in [low, high] {
            within("RandomRotation", "limit", limit, .., "a finite number of degrees, or two")?;
        }
        within("RandomRotation", "probability", self.probability, 0.0..=1.0, "a number from 0 to 1")
    }
}

/// Whether to perturb at all, and then where in the interval: draws as albumentations does.
pub(super) fn drawn(random: &mut Random, probability: f64, limit: Limit) -> Option<f64> {
    let mut draws = random.python();
    if draws.is_original() {
        // The coin of a composition that is always applied.
        draws.unit();
    }
    let applies =
        if probability > 0.0 && probability < 1.0 { draws.unit() < probability } else { probability >= 1.0 };
    let (low, high) = match limit {
        Limit::Interval([one, other]) => (one.min(other), one.max(other)),
        // From the positive to the negative number where the limit is below 0: another angle for the same draw.
        Limit::Symmetric(limit) => (-limit, limit),
    };
    applies.then(|| draws.uniform(low, high))
}

/// The rotation by `degrees` about the centre of an image.
fn rotation(degrees: f64, height: usize, width: usize) -> warp::Affine {
    let (sin, cos) = degrees.rem_euclid(360.0).to_radians().sin_cos();
    let (x, y) = (width as f64 / 2.0 - 0.5, height as f64 / 2.0 - 0.5);
    [[cos, sin, cos * -x + sin * -y + x], [-sin, cos, -sin * -x + cos * -y + y]]
}

/// Whether a map moves nothing, as albumentations judges it (`numpy.allclose`).
fn is_identity([[a, b, c], [d, e, f]]: &warp::Affine) -> bool {
    let near = |value: f64, one: f64| (value - one).abs() <= 1e-8 + 1e-5 * one;
    near(*a, 1.0) && near(*e, 1.0) && [b, c, d, f].into_iter().all(|&value| near(value, 0.0))
}

impl Perturber for RandomRotation {
    fn name(&self) -> &'static str {
        "RandomRotation"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        let Some(degrees) = drawn(random, self.probability, self.limit) else {
            return Ok(copied(image));
        };
        let map = rotation(degrees, height, width);
        if is_identity(&map) {
            return Ok(copied(image));
        }
        let fill: Vec<u8> = (0..channels).map(|k| self.fill.get(k).copied().unwrap_or(0)).collect();
        Ok(written(image, |from, to| warp::affine(from, to, (height, width, channels), &map, &fill)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize) -> Array3<u8> {
        let mut random = Random::chacha(9, 0);
        Array3::from_shape_simple_fn((height, width, 3), || random.next_u64() as u8)
    }

    #[test]
    fn four_quarter_turns_are_none() {
        let quarter = RandomRotation::builder().limit([90.0, 90.0]).build().unwrap();
        let mut turned = image(7, 7);
        for _ in 0..4 {
            turned = quarter.perturb(turned.view(), &mut Random::chacha(0, 0)).unwrap();
        }
        assert_eq!(turned, image(7, 7));
    }

    #[test]
    fn no_angle_and_no_probability_change_nothing() {
        for builder in [RandomRotation::builder(), RandomRotation::builder().limit(45.0).probability(0.0)] {
            let rotation = builder.build().unwrap();
            for mut random in [Random::chacha(1, 0), Random::numpy(1)] {
                assert_eq!(rotation.perturb(image(5, 8).view(), &mut random).unwrap(), image(5, 8));
            }
        }
    }

    #[test]
    fn as_many_images_are_rotated_as_the_probability_says_by_angles_over_the_whole_interval() {
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let angles: Vec<f64> =
                (0..4000).filter_map(|seed| drawn(&mut streams(seed), 0.25, [10.0, 50.0].into())).collect();
            // Deviation 27; five of them.
            assert!((865..1135).contains(&angles.len()), "{}", angles.len());
            let mut counts = [0; 4];
            angles.iter().for_each(|angle| counts[((angle - 10.0) / 10.0) as usize] += 1);
            assert!(counts.iter().all(|count| (180..320).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn impossible_settings_cannot_be_built_nor_read() {
        assert!(RandomRotation::builder().limit(f64::NAN).build().is_err());
        assert!(RandomRotation::builder().probability(1.5).build().is_err());
        let error = serde_json::from_str::<RandomRotation>(r#"{"probability": -0.1}"#).unwrap_err();
        assert!(error.to_string().contains("probability is -0.1, expected a number from 0 to 1"), "{error}");
        assert!(serde_json::from_str::<RandomRotation>(r#"{"fill": [256, 0, 0]}"#).is_err());
    }
}
