use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::box_sums;
use crate::{Error, Perturber, Random};

/// Average blur: each pixel becomes the mean of a square around it.
///
/// This is NRTK's `AverageBlurPerturber`: `cv2.blur(image, (ksize, ksize))`, with every pixel of OpenCV's.
/// The square of an even size reaches one pixel further up and left. Pictures are mirrored about their
/// outermost pixels.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{AverageBlur, Perturber, Random};
///
/// let mut image = Array3::<u8>::zeros((5, 5, 1));
/// image[[2, 2, 0]] = 90;
/// let blurred = AverageBlur::new(3)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
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
    /// Sums of larger squares would not fit 32 bits.
    const LARGEST: usize = 4_096;

    /// Averages over `ksize` pixels squared; 1 changes nothing.
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
}

impl Perturber for AverageBlur {
    fn name(&self) -> &'static str {
        "AverageBlur"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("ksize".to_owned(), self.ksize.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        let image = image.as_standard_layout();
        let mut blurred = Array3::zeros(image.dim());
        if let (Some(from), Some(to), false) = (image.as_slice(), blurred.as_slice_mut(), image.is_empty()) {
            box_sums::blur(from, to, image.dim(), self.ksize);
        }
        Ok(blurred)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_picture_stays_as_it_is() {
        let image = Array3::from_elem((6, 9, 3), 77);
        for ksize in [1, 2, 3, 8, 40] {
            let blurred =
                AverageBlur::new(ksize).unwrap().perturb(image.view(), &mut Random::chacha(0, 0)).unwrap();
            assert_eq!(blurred, image, "{ksize}");
        }
    }

    #[test]
    fn impossible_sizes_cannot_be_built() {
        assert!(AverageBlur::new(0).is_err());
        assert!(AverageBlur::new(5000).is_err());
    }
}
