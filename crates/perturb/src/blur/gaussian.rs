use std::collections::BTreeMap;

use multiversion::multiversion;
use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::border::{pad_row, reflect_101};
use super::kernel;
use crate::{Error, Perturber, Random};

/// Gaussian blur.
///
/// This is NRTK's `GaussianBlurPerturber`: `cv2.GaussianBlur(image, (ksize, ksize), sigmaX=0)`, with every
/// pixel of OpenCV's, whose 8-bit blur is fixed point. The deviation follows from the size,
/// `0.3 ((ksize - 1) / 2 - 1) + 0.8` pixels (fixed tables up to 9); pictures are mirrored about their
/// outermost pixels. Any number of channels is taken, each blurred by itself.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{GaussianBlur, Perturber, Random};
///
/// let mut image = Array3::<u8>::zeros((5, 5, 1));
/// image[[2, 2, 0]] = 255;
/// let blurred = GaussianBlur::new(3)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default = "default_ksize")]
    ksize: usize,
}

/// NRTK's default.
fn default_ksize() -> usize {
    1
}

impl GaussianBlur {
    /// The largest size: beyond it the outer taps have long been zero.
    const LARGEST: usize = 9_999;

    /// Blurs over `ksize` pixels; 1 changes nothing.
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
}

impl TryFrom<Unchecked> for GaussianBlur {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        Self::new(unchecked.ksize)
    }
}

impl Perturber for GaussianBlur {
    fn name(&self) -> &'static str {
        "GaussianBlur"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("ksize".to_owned(), self.ksize.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        let mut blurred = image.as_standard_layout().into_owned();
        if self.ksize == 1 || blurred.is_empty() {
            return Ok(blurred);
        }
        let stride = width * channels;
        // Rows in, once blurred along themselves: 8 fractional bits, at most 255 * 256.
        let mut rows = vec![0_u16; height * stride];
        if let Some(values) = blurred.as_slice_mut() {
            let mut padded = Vec::new();
            for (row, out) in values.chunks_exact(stride).zip(rows.chunks_exact_mut(stride)) {
                pad_row(row, channels, self.ksize / 2, &mut padded);
                along(&padded, channels, &self.taps, out);
            }
            let radius = (self.ksize / 2) as isize;
            let row = |y: isize| {
                let start = reflect_101(y, height) * stride;
                &rows[start..start + stride]
            };
            let mut sums = vec![0_u32; stride];
            for (y, out) in values.chunks_exact_mut(stride).enumerate() {
                let y = y as isize;
                start(row(y), self.taps[self.ksize / 2], &mut sums);
                for offset in 1..=radius {
                    let tap = self.taps[(radius + offset) as usize];
                    if tap != 0 {
                        across(row(y - offset), row(y + offset), tap, &mut sums);
                    }
                }
                round(&sums, out);
            }
        }
        Ok(blurred)
    }
}

/// One row blurred along itself. Sums stay below 2^16, since the taps add up to 256.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn along(padded: &[u8], channels: usize, taps: &[u16], out: &mut [u16]) {
    let radius = taps.len() / 2;
    let len = out.len();
    let middle = &padded[radius * channels..][..len];
    for (out, &value) in out.iter_mut().zip(middle) {
        *out = u16::from(value) * taps[radius];
    }
    for offset in 1..=radius {
        let tap = taps[radius + offset];
        let before = &padded[(radius - offset) * channels..][..len];
        let behind = &padded[(radius + offset) * channels..][..len];
        for ((out, &before), &behind) in out.iter_mut().zip(before).zip(behind) {
            *out += (u16::from(before) + u16::from(behind)) * tap;
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn start(row: &[u16], tap: u16, sums: &mut [u32]) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum = u32::from(value) * u32::from(tap) + (1 << 15);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn across(above: &[u16], below: &[u16], tap: u16, sums: &mut [u32]) {
    for ((sum, &above), &below) in sums.iter_mut().zip(above).zip(below) {
        *sum += (u32::from(above) + u32::from(below)) * u32::from(tap);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn round(sums: &[u32], out: &mut [u8]) {
    for (out, &sum) in out.iter_mut().zip(sums) {
        *out = (sum >> 16) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blur(ksize: usize, image: &Array3<u8>) -> Array3<u8> {
        GaussianBlur::new(ksize).unwrap().perturb(image.view(), &mut Random::chacha(0, 0)).unwrap()
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
    fn a_constant_picture_stays_as_it_is() {
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
    fn a_picture_without_pixels_stays_one() {
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

        #[test]
        fn the_mean_of_a_mirrored_picture_stays_within_rounding(seed: u64) {
            // A picture that is its own mirror image loses nothing over its borders.
            let mut random = Random::chacha(seed, 0);
            let quarter = Array3::from_shape_simple_fn((16, 16, 1), || random.next_u64() as u8);
            let image = Array3::from_shape_fn((31, 31, 1), |(y, x, k)| quarter[[y.min(30 - y), x.min(30 - x), k]]);
            let weigh = |image: &Array3<u8>| image.iter().map(|&v| f64::from(v)).sum::<f64>() / 961.0;
            prop_assert!((weigh(&blur(3, &image)) - weigh(&image)).abs() < 12.0);
        }
    }
}
