use ndarray::ArrayView2;

use crate::pairwise::{sum, sum_of_pairs};
use crate::pixels::{pixels, same_shape};
use crate::{Error, MapValue, SaliencyMetric};

/// Returns the normalised cross-correlation of two maps at zero shift: Pearson's correlation of their
/// pixels, -1 to 1.
///
/// ```text
/// xcorr(a, b) = sum (a - mean a)(b - mean b) / sqrt(sum (a - mean a)^2 * sum (b - mean b)^2)
/// ```
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_xcorr`, which standardises in the maps' own precision
/// and correlates in double precision.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`] for maps without pixels, and [`Error::NotFinite`] for a NaN or
/// infinite pixel, for which the original returns NaN.
///
/// # Degenerate inputs
///
/// A constant map has no correlation. As in the original, the result is 0 if only the first map is constant, and
/// NaN if the second one is or both are. A map counts as constant if all its pixels are equal, or if its standard
/// deviation is zero because the squares underflow. (The original tests the standard deviation alone; where that of
/// equal pixels does not round to zero, it returns a quotient of rounding errors.) The result is also NaN if squares
/// overflow, above 1e19 in f32.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let map = array![[0.0_f32, 1.0, 2.0]];
/// let flipped = array![[5.0_f32, 3.0, 1.0]];
/// assert_eq!(saliency_metrics::xcorr(map.view(), flipped.view())?, -1.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn xcorr<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    let (map, reference) = (pixels(&map)?, pixels(&reference)?);
    let (equal, reference_equal) = (is_constant(&map), is_constant(&reference));
    let (standard, reference_standard) = (Standard::of(&map), Standard::of(&reference));
    if (equal || standard.flat) && !(reference_equal || reference_standard.flat) {
        return Ok(0.0);
    }
    if equal || reference_equal {
        return Ok(f64::NAN);
    }
    // As numpy.corrcoef does, from here on in double precision.
    let count = map.len() as f64;
    let value = |a: A| standard.value(a);
    let reference_value = |b: A| reference_standard.value(b);
    let mean = sum(&map, value) / count;
    let reference_mean = sum(&reference, reference_value) / count;
    let product =
        sum_of_pairs(&map, &reference, |a, b| (value(a) - mean) * (reference_value(b) - reference_mean));
    let square = |deviation: f64| deviation * deviation;
    let squares = sum(&map, |a| square(value(a) - mean));
    let reference_squares = sum(&reference, |b| square(reference_value(b) - reference_mean));
    Ok((product / root_of_product(squares, reference_squares)).clamp(-1.0, 1.0))
}

/// The parameters that standardise a map: the mean to subtract and the deviation to divide by.
///
/// Standardised values are not stored, since allocating memory for them takes longer than computing them again.
struct Standard<A> {
    mean: A,
    /// The standard deviation, or 1 if it is zero.
    divisor: A,
    flat: bool,
}

impl<A: MapValue> Standard<A> {
    fn of(values: &[A]) -> Self {
        let count = values.len() as f64;
        let mean_of = |sum: A| A::from_f64(sum.into() / count);
        let mean = mean_of(sum(values, |value| value));
        // Rounding leaves a small mean.
        let rest = mean_of(sum(values, |value| value - mean));
        let deviation = mean_of(sum(values, |value| (value - mean - rest) * (value - mean - rest))).sqrt();
        let flat = deviation == A::ZERO;
        Self { mean, divisor: if flat { A::from_f64(1.0) } else { deviation }, flat }
    }

    #[inline(always)]
    fn value(&self, value: A) -> f64 {
        ((value - self.mean) / self.divisor).into()
    }
}

fn is_constant<A: MapValue>(values: &[A]) -> bool {
    values.iter().all(|&value| value == values[0])
}

/// `sqrt(a * b)`, also where the product would overflow or underflow.
fn root_of_product(a: f64, b: f64) -> f64 {
    let product = a * b;
    // The root of the product is exact if both are equal; the product of the roots need not be.
    if product.is_normal() { product.sqrt() } else { a.sqrt() * b.sqrt() }
}

/// [`xcorr`] as a [`SaliencyMetric`] named `xcorr`.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{SaliencyMetric, Xcorr};
///
/// let (map, reference) = (array![[1.0, 0.0]], array![[0.0, 1.0]]);
/// assert_eq!(Xcorr.compute(map.view(), reference.view())?, -1.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Xcorr;

impl SaliencyMetric for Xcorr {
    fn name(&self) -> &'static str {
        "xcorr"
    }

    fn compute(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        xcorr(map, reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn a_map_correlates_with_itself_fully() {
        let map = array![[0.1_f32, 0.7, -0.3], [0.0, 0.2, 0.9]];
        assert!((xcorr(map.view(), map.view()).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_constant_map_gives_what_the_original_gives() {
        let (constant, varied) = (array![[0.3, 0.3, 0.3]], array![[0.0, 1.0, 0.5]]);
        assert_eq!(xcorr(constant.view(), varied.view()).unwrap(), 0.0);
        assert!(xcorr(varied.view(), constant.view()).unwrap().is_nan());
        assert!(xcorr(constant.view(), constant.view()).unwrap().is_nan());
    }

    #[test]
    fn a_view_that_is_not_contiguous_is_read_in_its_own_order() {
        let map = Array2::from_shape_fn((5, 7), |(y, x)| ((y * 7 + x) * 37 % 11) as f32);
        let other = Array2::from_shape_fn((5, 7), |(y, x)| (y + 2 * x) as f32);
        let straight = xcorr(map.view(), other.view()).unwrap();
        assert_eq!(xcorr(map.t().as_standard_layout().view(), other.t()).unwrap().to_bits(), {
            xcorr(map.t(), other.t().as_standard_layout().view()).unwrap().to_bits()
        });
        assert!((xcorr(map.t(), other.t()).unwrap() - straight).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn lies_within_one_and_ignores_scale_and_offset(
            values in prop::collection::vec((-1.0_f64..1.0, -1.0_f64..1.0), 3..40),
            scale in 0.1_f64..10.0,
            offset in -5.0_f64..5.0,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let (a, b) = (Array2::from_shape_vec((1, a.len()), a).unwrap(), Array2::from_shape_vec((1, b.len()), b).unwrap());
            let value = xcorr(a.view(), b.view()).unwrap();
            prop_assert!((-1.0..=1.0).contains(&value));
            let moved = xcorr((&a * scale + offset).view(), b.view()).unwrap();
            prop_assert!((value - moved).abs() < 1e-9);
        }
    }
}
