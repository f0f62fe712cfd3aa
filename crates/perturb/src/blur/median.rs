use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{median_histogram, median_network};
use crate::image::apply_without_random;
use crate::values::written;
use crate::{Error, Perturber, Random};

/// Median blur: each pixel becomes the median of a square around it, channel by channel.
///
/// This is NRTK's `MedianBlurPerturber`, `cv2.medianBlur(image, ksize)`, with exactly OpenCV's pixels. Beyond
/// the border the outermost pixels are repeated. Any number of channels is accepted.
///
/// ```
/// use ndarray::Array3;
/// use perturb::MedianBlur;
///
/// let mut image = Array3::<u8>::from_elem((5, 5, 3), 100);
/// image[[2, 2, 0]] = 255;
/// let blurred = MedianBlur::new(3)?.apply(&image)?;
/// assert_eq!(blurred, Array3::<u8>::from_elem((5, 5, 3), 100));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct MedianBlur {
    ksize: usize,
}

read_from_ksize!(MedianBlur, 3);

impl MedianBlur {
    /// The largest size that OpenCV accepts.
    const LARGEST: usize = 255;

    /// A median over squares of `ksize` by `ksize` pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `ksize` is odd and from 3 to 255.
    pub fn new(ksize: usize) -> Result<Self, Error> {
        if ksize % 2 == 1 && (3..=Self::LARGEST).contains(&ksize) {
            return Ok(Self { ksize });
        }
        Err(Error::Parameter {
            perturber: "MedianBlur",
            parameter: "ksize",
            value: ksize as f64,
            expected: "an odd number from 3 to 255",
        })
    }

    /// The square's size in pixels.
    #[must_use]
    pub fn ksize(&self) -> usize {
        self.ksize
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form that `apply` expects")]
    fn changed(self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let (shape, (_, width, channels)) = (image.dim(), image.dim());
        let wide = width * channels >= median_network::LANES;
        Ok(written(image, |from, to| match self.ksize {
            3 if wide => median_network::blur_3(from, to, shape),
            5 if wide => median_network::blur_5(from, to, shape),
            size => median_histogram::blur(from, to, shape, size),
        }))
    }
}

apply_without_random!(MedianBlur);

impl Perturber for MedianBlur {
    fn name(&self) -> &'static str {
        "MedianBlur"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("ksize".to_owned(), self.ksize.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_sizes_cannot_be_built() {
        for ksize in [0, 1, 2, 4, 257] {
            assert!(MedianBlur::new(ksize).is_err(), "{ksize}");
        }
    }

    /// The middle one of the sorted values of the square around each value.
    fn medians(image: &Array3<u8>, ksize: usize) -> Array3<u8> {
        let (height, width, _) = image.dim();
        let radius = (ksize / 2) as isize;
        let within = |position: isize, len: usize| position.clamp(0, len as isize - 1) as usize;
        Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            let mut window: Vec<u8> = (-radius..=radius)
                .flat_map(|j| (-radius..=radius).map(move |i| (y as isize + j, x as isize + i)))
                .map(|(y, x)| image[[within(y, height), within(x, width), k]])
                .collect();
            window.sort_unstable();
            window[window.len() / 2]
        })
    }

    fn noise((height, width, channels): (usize, usize, usize), values: u8, seed: u64) -> Array3<u8> {
        let mut random = Random::chacha(seed, 0);
        Array3::from_shape_simple_fn((height, width, channels), || {
            // Few values are often equal, and lie far apart.
            (random.next_u64() as u8 % values) * (255 / values)
        })
    }

    fn blurred(image: &Array3<u8>, ksize: usize) -> Array3<u8> {
        MedianBlur::new(ksize).unwrap().apply(image).unwrap()
    }

    #[test]
    fn rows_of_any_length_are_blurred() {
        for width in [1, 63, 64, 65, 513, 1_100] {
            for ksize in [3, 5, 7, 33] {
                let image = noise((3, width, 1), 255, width as u64);
                assert!(blurred(&image, ksize) == medians(&image, ksize), "width {width}, ksize {ksize}");
            }
        }
    }

    #[test]
    fn a_strip_takes_its_neighbours_columns_in() {
        let image = noise((2, 530, 2), 255, 4);
        assert!(blurred(&image, 41) == medians(&image, 41));
    }

    #[test]
    fn the_largest_square_counts_every_pixel() {
        let image = noise((20, 30, 1), 255, 8);
        assert_eq!(blurred(&image, 255), medians(&image, 255));
        let white = Array3::from_elem((300, 3, 1), 255);
        assert_eq!(blurred(&white, 255), white);
    }

    proptest! {
        #[test]
        fn each_value_is_the_median_of_its_square(
            (height, width, channels) in (1_usize..10, 1_usize..40, 1_usize..5),
            half in 1_usize..8,
            values in 1_u8..=255,
            seed: u64,
        ) {
            let image = noise((height, width, channels), values, seed);
            prop_assert_eq!(blurred(&image, 2 * half + 1), medians(&image, 2 * half + 1));
        }
    }
}
