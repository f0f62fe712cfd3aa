use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::box_sums;
use crate::image::apply_without_random;
use crate::values::{copied, written};
use crate::{Error, Perturber, Random};

/// Average blur: each pixel becomes the mean of a square around it.
///
/// This is NRTK's `AverageBlurPerturber`, `cv2.blur(image, (ksize, ksize))`, with exactly OpenCV's pixels. A
/// square of even size extends one pixel further up and left than down and right. Beyond the border the image
/// is mirrored about its outermost pixels. Any number of channels is accepted.
///
/// ```
/// use ndarray::Array3;
/// use perturb::AverageBlur;
///
/// let mut image = Array3::<u8>::zeros((5, 5, 1));
/// image[[2, 2, 0]] = 90;
/// let blurred = AverageBlur::new(3)?.apply(&image)?;
/// assert_eq!((blurred[[2, 2, 0]], blurred[[3, 3, 0]], blurred[[4, 4, 0]]), (10, 10, 0));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct AverageBlur {
    ksize: usize,
}

read_from_ksize!(AverageBlur, 1);

impl AverageBlur {
    /// The sum over a larger square would not fit 32 bits.
    const LARGEST: usize = 4_096;

    /// A blur over squares of `ksize` by `ksize` pixels; 1 changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `ksize` is from 1 to 4096.
    pub fn new(ksize: usize) -> Result<Self, Error> {
        if (1..=Self::LARGEST).contains(&ksize) {
            return Ok(Self { ksize });
        }
        Err(Error::Parameter {
            perturber: "AverageBlur",
            parameter: "ksize",
            value: ksize as f64,
            expected: "a number from 1 to 4096",
        })
    }

    /// The square's size in pixels.
    #[must_use]
    pub fn ksize(&self) -> usize {
        self.ksize
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form that `apply` expects")]
    fn changed(self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        if self.ksize == 1 {
            return Ok(copied(image));
        }
        let shape = image.dim();
        Ok(written(image, |from, to| box_sums::blur(from, to, shape, self.ksize)))
    }
}

apply_without_random!(AverageBlur);

impl Perturber for AverageBlur {
    fn name(&self) -> &'static str {
        "AverageBlur"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("ksize".to_owned(), self.ksize.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    fn is_identity(&self) -> bool {
        self.ksize == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_image_stays_as_it_is() {
        let image = Array3::from_elem((6, 9, 3), 77);
        for ksize in [1, 2, 3, 8, 40] {
            assert_eq!(AverageBlur::new(ksize).unwrap().apply(&image).unwrap(), image, "{ksize}");
        }
    }

    #[test]
    fn impossible_sizes_cannot_be_built() {
        assert!(AverageBlur::new(0).is_err());
        assert!(AverageBlur::new(5000).is_err());
    }
}
