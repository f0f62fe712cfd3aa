use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3, s};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extent;
use crate::settings::parameters;
use crate::{Error, Perturber, Random};

/// Cuts a part of a given size out of the image, at a random place.
///
/// This is NRTK's `RandomCropPerturber`; without a size it changes nothing. Every place is equally likely. From
/// `NumPy`'s stream (`default_rng`) the place is the one that NRTK draws, which is never the last row or column.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Perturber, Random, RandomCrop};
///
/// let image = Array3::<u8>::zeros((32, 40, 3));
/// let crop = RandomCrop::new([16, 20])?;
/// assert_eq!(crop.perturb(image.view(), &mut Random::chacha(1, 0))?.dim(), (16, 20, 3));
/// let error = RandomCrop::new([33, 8])?.perturb(image.view(), &mut Random::chacha(1, 0)).unwrap_err();
/// assert_eq!(error.to_string(), "RandomCrop: the image has 32 x 40 pixels, expected at least crop_size 33 x 8");
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct RandomCrop {
    crop_size: Option<Extent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    crop_size: Option<Extent>,
}

impl RandomCrop {
    /// Cuts out `crop_size`, `[height, width]` in pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if a side is 0.
    pub fn new(crop_size: impl Into<Extent>) -> Result<Self, Error> {
        let crop_size = crop_size.into();
        if crop_size.height == 0 || crop_size.width == 0 {
            let expected = "a height and a width of at least 1";
            return Err(Error::Parameter {
                perturber: "RandomCrop",
                parameter: "crop_size",
                value: 0.0,
                expected,
            });
        }
        Ok(Self { crop_size: Some(crop_size) })
    }

    /// The size that is cut out; none leaves images as they are.
    #[must_use]
    pub fn crop_size(&self) -> Option<Extent> {
        self.crop_size
    }
}

impl TryFrom<Unchecked> for RandomCrop {
    type Error = Error;

    fn try_from(Unchecked { crop_size }: Unchecked) -> Result<Self, Error> {
        crop_size.map_or(Ok(Self::default()), Self::new)
    }
}

impl Perturber for RandomCrop {
    fn name(&self) -> &'static str {
        "RandomCrop"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let (height, width, _) = image.dim();
        let Extent { height: rows, width: columns } = self.crop_size.unwrap_or([height, width].into());
        if rows > height || columns > width {
            return Err(Error::Size {
                perturber: "RandomCrop",
                height,
                width,
                expected: format!("at least crop_size {rows} x {columns}"),
            });
        }
        let mut draws = random.default_rng();
        let missed = i64::from(draws.is_original());
        let mut start = |free: usize| draws.integer(0..=free as i64 - missed).max(0) as usize;
        // NRTK draws nothing where there is nothing to cut off, and fails where only one side is cut.
        let (left, top) = if (rows, columns) == (height, width) {
            (0, 0)
        } else {
            (start(width - columns), start(height - rows))
        };
        Ok(image.slice(s![top..top + rows, left..left + columns, ..]).as_standard_layout().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_as_likely() {
        // The value of a pixel is its place.
        let image = Array3::from_shape_fn((3, 4, 1), |(y, x, _)| (10 * y + x) as u8);
        let crop = RandomCrop::new([2, 2]).unwrap();
        let mut counts = BTreeMap::new();
        for seed in 0..6000 {
            let cut = crop.perturb(image.view(), &mut Random::chacha(seed, 0)).unwrap();
            assert_eq!(cut[[1, 1, 0]], cut[[0, 0, 0]] + 11);
            *counts.entry(cut[[0, 0, 0]]).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<u8>>(), [0, 1, 2, 10, 11, 12]);
        // Deviation 29; five of them.
        assert!(counts.values().all(|count| (count - 1000).abs() < 145), "{counts:?}");
    }

    #[test]
    fn no_size_or_the_images_own_changes_and_draws_nothing() {
        let image = Array3::from_shape_fn((3, 4, 2), |(y, x, k)| (10 * y + 2 * x + k) as u8);
        let mut random = Random::chacha(5, 0);
        for crop in [RandomCrop::default(), RandomCrop::new([3, 4]).unwrap()] {
            assert_eq!(crop.perturb(image.view(), &mut random).unwrap(), image);
        }
        assert_eq!(random.next_u64(), Random::chacha(5, 0).next_u64());
    }

    #[test]
    fn one_side_may_be_the_images_own() {
        let image = Array3::<u8>::zeros((3, 4, 1));
        for mut random in [Random::chacha(5, 0), Random::numpy(5)] {
            let crop = RandomCrop::new([3, 2]).unwrap();
            assert_eq!(crop.perturb(image.view(), &mut random).unwrap().dim(), (3, 2, 1));
        }
    }

    #[test]
    fn impossible_sizes_are_refused_by_name() {
        assert!(matches!(RandomCrop::new([0, 4]), Err(Error::Parameter { parameter: "crop_size", .. })));
        for text in [r#"{"crop_size": [0, 4]}"#, r#"{"crop_size": [-3, 4]}"#, r#"{"crop_size": "all"}"#] {
            let error = serde_json::from_str::<RandomCrop>(text).unwrap_err().to_string();
            assert!(error.contains("expected"), "{error}");
        }
        assert_eq!(
            serde_json::from_str::<RandomCrop>(r#"{"crop_size": 8}"#).unwrap(),
            RandomCrop::new(8).unwrap()
        );
    }
}
