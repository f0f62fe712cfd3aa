use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3, s};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Extent, fill};
use crate::settings::parameters;
use crate::{Error, Perturber, Random};

/// Shifts the image by a random number of rows and columns.
///
/// This is NRTK's `RandomTranslationPerturber`. The shift is at most `max_translation_limit` in each direction, by
/// default the image's size; what it leaves bare is filled with `color_fill`, by default black. Every shift within
/// the limits is equally likely. From `NumPy`'s stream (`default_rng`) the shift is the one that NRTK draws, which is
/// never the limit itself down or to the right.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Perturber, Random, RandomTranslation};
///
/// let image = Array3::<u8>::from_elem((8, 8, 3), 90);
/// let shifted = RandomTranslation::new().max_translation_limit([2, 0]).color_fill([255, 0, 0]);
/// let shifted = shifted.perturb(image.view(), &mut Random::chacha(3, 0))?;
/// assert_eq!(shifted[[4, 0, 1]], 90);
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomTranslation {
    max_translation_limit: Option<Extent>,
    color_fill: Vec<u8>,
}

impl RandomTranslation {
    /// Shifts by up to the image's size, and fills with black.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The most that is shifted, `[height, width]` in pixels; by default the image's size.
    #[must_use]
    pub fn max_translation_limit(self, limit: impl Into<Extent>) -> Self {
        Self { max_translation_limit: Some(limit.into()), ..self }
    }

    /// What fills the bare part, a value of 0 to 255 per channel; by default black.
    #[must_use]
    pub fn color_fill(self, color_fill: impl Into<Vec<u8>>) -> Self {
        Self { color_fill: color_fill.into(), ..self }
    }
}

impl Perturber for RandomTranslation {
    fn name(&self) -> &'static str {
        "RandomTranslation"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        let limit = self.max_translation_limit.unwrap_or([height, width].into());
        if limit.height > height || limit.width > width {
            let expected = format!("at least max_translation_limit {} x {}", limit.height, limit.width);
            return Err(Error::Size { perturber: "RandomTranslation", height, width, expected });
        }
        let fill = fill::per_channel("RandomTranslation", &self.color_fill, channels)?;

        let mut draws = random.default_rng();
        let missed = i64::from(draws.is_original());
        let mut shift = |limit: usize| {
            let limit = limit as i64;
            if limit == 0 { 0 } else { draws.integer(-limit..=limit - missed) }
        };
        let right = shift(limit.width);
        let down = shift(limit.height);

        let mut shifted = Array3::from_shape_fn(image.dim(), |(_, _, k)| fill[k]);
        // Where the part that stays visible begins, before and after.
        let (from, to) = (|shift: i64| (-shift).max(0) as usize, |shift: i64| shift.max(0) as usize);
        let rows = height - down.unsigned_abs() as usize;
        let columns = width - right.unsigned_abs() as usize;
        let visible = image.slice(s![from(down)..from(down) + rows, from(right)..from(right) + columns, ..]);
        shifted.slice_mut(s![to(down)..to(down) + rows, to(right)..to(right) + columns, ..]).assign(&visible);
        Ok(shifted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shift_is_as_likely() {
        let mut image = Array3::<u8>::zeros((3, 5, 1));
        image[[1, 2, 0]] = 9;
        let translation = RandomTranslation::new().max_translation_limit([1, 2]);
        let mut counts = Array3::<i32>::zeros(image.dim());
        for seed in 0..15_000 {
            let shifted = translation.perturb(image.view(), &mut Random::chacha(seed, 0)).unwrap();
            counts += &shifted.mapv(|value| i32::from(value / 9));
        }
        // Deviation 31; five of them.
        assert!(counts.iter().all(|count| (count - 1000).abs() < 155), "{counts:?}");
    }

    #[test]
    fn no_limit_in_a_direction_moves_nothing_there() {
        let image = Array3::from_shape_fn((6, 7, 1), |(y, ..)| y as u8);
        for mut random in [Random::chacha(2, 0), Random::numpy(2)] {
            let still = RandomTranslation::new().max_translation_limit([0, 0]);
            assert_eq!(still.perturb(image.view(), &mut random).unwrap(), image);
            let down = RandomTranslation::new().max_translation_limit([6, 0]).color_fill([9]);
            let shifted = down.perturb(image.view(), &mut random).unwrap();
            assert!((0..6).all(|y| (1..7).all(|x| shifted[[y, x, 0]] == shifted[[y, 0, 0]])));
        }
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let image = Array3::<u8>::zeros((6, 7, 3));
        let perturb =
            |translation: RandomTranslation| translation.perturb(image.view(), &mut Random::chacha(0, 0));
        let error = perturb(RandomTranslation::new().max_translation_limit([7, 1])).unwrap_err();
        assert!(error.to_string().contains("max_translation_limit 7 x 1"), "{error}");
        let error = perturb(RandomTranslation::new().color_fill([1, 2])).unwrap_err();
        assert!(matches!(error, Error::Channels { channels: 3, .. }));
        for text in [r#"{"color_fill": [300, 0, 0]}"#, r#"{"max_translation_limit": [-1, 2]}"#] {
            assert!(serde_json::from_str::<RandomTranslation>(text).is_err(), "{text}");
        }
    }
}
