use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{binomial, kernel, separable};
use crate::image::apply_without_random;
use crate::values::{copied, written};
use crate::{Error, Perturber, Random};

/// Gaussian blur.
///
/// This is NRTK's `GaussianBlurPerturber`, `cv2.GaussianBlur(image, (ksize, ksize), sigmaX=0)`, with exactly
/// OpenCV's pixels: its 8-bit blur is in fixed-point arithmetic. The standard deviation follows from the
/// size: `0.3 ((ksize - 1) / 2 - 1) + 0.8` pixels, with fixed kernels up to 9. Beyond the border the image is
/// mirrored about its outermost pixels. Any number of channels is accepted; each is blurred separately.
///
/// ```
/// use ndarray::Array3;
/// use perturb::GaussianBlur;
///
/// let mut image = Array3::<u8>::zeros((5, 5, 1));
/// image[[2, 2, 0]] = 255;
/// let blurred = GaussianBlur::new(3)?.apply(&image)?;
/// assert_eq!((blurred[[2, 2, 0]], blurred[[2, 1, 0]], blurred[[1, 1, 0]]), (64, 32, 16));
/// assert!(GaussianBlur::new(4).is_err());
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct GaussianBlur {
    ksize: usize,
    #[serde(skip)]
    taps: Vec<u16>,
}

read_from_ksize!(GaussianBlur, 1);

impl GaussianBlur {
    /// The largest size. The outer taps of larger kernels would all be zero.
    const LARGEST: usize = 9_999;

    /// A blur with a kernel of `ksize` by `ksize` pixels; 1 changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `ksize` is odd and from 1 to 9999.
    pub fn new(ksize: usize) -> Result<Self, Error> {
        if ksize.is_multiple_of(2) || ksize > Self::LARGEST {
            return Err(Error::Parameter {
                perturber: "GaussianBlur",
                parameter: "ksize",
                value: ksize as f64,
                expected: "an odd number from 1 to 9999",
            });
        }
        Ok(Self { ksize, taps: kernel::gaussian(ksize) })
    }

    /// The kernel's size in pixels.
    #[must_use]
    pub fn ksize(&self) -> usize {
        self.ksize
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form that `apply` expects")]
    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        if self.ksize == 1 {
            return Ok(copied(image));
        }
        let (shape, (_, width, channels)) = (image.dim(), image.dim());
        Ok(written(image, |from, to| {
            if self.ksize <= 5 && width * channels >= binomial::LANES {
                binomial::blur(from, to, shape, self.ksize);
            } else {
                separable::blur(from, to, shape, &self.taps);
            }
        }))
    }
}

apply_without_random!(GaussianBlur);

impl Perturber for GaussianBlur {
    fn name(&self) -> &'static str {
        "GaussianBlur"
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
    use crate::blur::border::reflect_101;
    use proptest::prelude::*;

    fn blur(ksize: usize, image: &Array3<u8>) -> Array3<u8> {
        GaussianBlur::new(ksize).unwrap().apply(image).unwrap()
    }

    /// The definition, summed directly.
    fn directly(ksize: usize, image: &Array3<u8>) -> Array3<u8> {
        let taps = kernel::gaussian(ksize);
        let radius = (ksize / 2) as isize;
        let (height, width, _) = image.dim();
        Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            let mut sum = 1_u32 << 15;
            for (j, &down) in (-radius..=radius).zip(&taps) {
                for (i, &right) in (-radius..=radius).zip(&taps) {
                    let from =
                        image[[reflect_101(y as isize + j, height), reflect_101(x as isize + i, width), k]];
                    sum += u32::from(down) * u32::from(right) * u32::from(from);
                }
            }
            (sum >> 16) as u8
        })
    }

    #[test]
    fn a_constant_image_stays_as_it_is() {
        let image = Array3::from_elem((7, 5, 3), 200);
        for ksize in [1, 3, 11, 31, 101] {
            assert_eq!(blur(ksize, &image), image);
        }
    }

    #[test]
    fn impossible_sizes_cannot_be_built_nor_read() {
        for ksize in [0, 2, 10, 10_001] {
            assert!(matches!(GaussianBlur::new(ksize), Err(Error::Parameter { parameter: "ksize", .. })));
        }
        assert!(serde_json::from_str::<GaussianBlur>(r#"{"ksize": 4}"#).is_err());
        assert!(serde_json::from_str::<GaussianBlur>(r#"{"ksize": 5.5}"#).is_err());
        assert_eq!(
            serde_json::from_str::<GaussianBlur>(r#"{"ksize": 5}"#).unwrap(),
            GaussianBlur::new(5).unwrap()
        );
    }

    #[test]
    fn wide_and_high_images_get_the_double_sum() {
        let mut random = Random::chacha(5, 0);
        for (dim, ksizes) in [
            ((3, 22, 3), [3, 5, 7]),
            ((2, 64, 1), [3, 5, 9]),
            ((6, 601, 3), [3, 5, 31]),
            ((75, 19, 4), [3, 5, 41]),
        ] {
            let image = Array3::from_shape_simple_fn(dim, || random.next_u64() as u8);
            for ksize in ksizes {
                assert!(blur(ksize, &image) == directly(ksize, &image), "{ksize} on {dim:?}");
            }
        }
        // The largest possible sums.
        let white = Array3::from_elem((9, 100, 3), 255);
        for ksize in [3, 5, 7, 31] {
            assert!(blur(ksize, &white) == white);
        }
    }

    #[test]
    fn an_image_without_pixels_stays_one() {
        assert_eq!(blur(5, &Array3::zeros((0, 4, 3))).dim(), (0, 4, 3));
    }

    proptest! {
        #[test]
        fn two_passes_give_the_double_sum(
            (height, width, channels) in (1_usize..9, 1_usize..9, 1_usize..5),
            half in 0_usize..8,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image = Array3::from_shape_simple_fn((height, width, channels), || random.next_u64() as u8);
            prop_assert_eq!(blur(2 * half + 1, &image), directly(2 * half + 1, &image));
        }
    }
}
