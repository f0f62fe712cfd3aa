use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::border::reflect_101;
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

impl TryFrom<Unchecked> for AverageBlur {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        Self::new(unchecked.ksize)
    }
}

/// OpenCV's division of a sum by the number of pixels, as 4.11 does it, by experiment.
enum Mean {
    /// Up to 256 pixels: to the nearest whole number, halves up.
    Nearest(u32),
    /// 4, 16, 64 or 256 pixels: the same and one more part, OpenCV's allowance for an inverse that is inexact.
    Above(u32),
    /// More pixels: by the inverse in single precision, halves to even.
    Inverse(f32),
}

impl Mean {
    fn of(count: usize) -> Self {
        match count as u32 {
            _ if count > 256 => Self::Inverse((1.0 / count as f64) as f32),
            count if count > 1 && count.is_power_of_two() => Self::Above(count),
            count => Self::Nearest(count),
        }
    }

    fn divide(&self, sum: u32) -> u8 {
        match *self {
            Self::Nearest(count) => ((2 * sum + count) / (2 * count)) as u8,
            Self::Above(count) => ((sum + count / 2 + 1) / count) as u8,
            Self::Inverse(inverse) => (sum as f32 * inverse).round_ties_even() as u8,
        }
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
        let (height, width, _) = image.dim();
        // At the border of no row or column there is nothing to reflect.
        if image.is_empty() {
            return Ok(image.to_owned());
        }
        let image = image.as_standard_layout();
        let (size, anchor) = (self.ksize as isize, (self.ksize / 2) as isize);
        // Running sums: down the columns of the rows' running sums.
        let mut along = Array3::<u32>::zeros(image.dim());
        for (row, mut sums) in image.outer_iter().zip(along.outer_iter_mut()) {
            for channel in 0..row.ncols() {
                let at = |x: isize| u32::from(row[[reflect_101(x, width), channel]]);
                let mut sum: u32 = (-anchor..size - anchor).map(at).sum();
                for x in 0..width {
                    sums[[x, channel]] = sum;
                    let x = x as isize;
                    sum = sum + at(x + size - anchor) - at(x - anchor);
                }
            }
        }
        let mean = Mean::of(self.ksize * self.ksize);
        let mut blurred = Array3::<u8>::zeros(image.dim());
        let row = |y: isize| along.index_axis(ndarray::Axis(0), reflect_101(y, height));
        let mut sums = ndarray::Array2::<u32>::zeros((width, image.dim().2));
        for y in -anchor..size - anchor {
            sums += &row(y);
        }
        for (y, mut out) in blurred.outer_iter_mut().enumerate() {
            out.zip_mut_with(&sums, |out, &sum| *out = mean.divide(sum));
            let y = y as isize;
            sums += &row(y + size - anchor);
            sums -= &row(y - anchor);
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
