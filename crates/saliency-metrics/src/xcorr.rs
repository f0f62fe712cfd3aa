use ndarray::ArrayView2;

use crate::Error;
use crate::pixels::{pairs, root_of_product, sum, sums};

/// Returns the normalised cross-correlation of two maps at zero shift: Pearson's correlation of their
/// pixels, -1 to 1.
///
/// ```text
/// xcorr(a, b) = sum (a - mean a)(b - mean b) / sqrt(sum (a - mean a)^2 * sum (b - mean b)^2)
/// ```
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_xcorr`.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`], and [`Error::NotFinite`] for a NaN or infinite pixel (the
/// original returns NaN).
///
/// # Degenerate inputs
///
/// A constant map has no correlation. As in the original, the answer is 0 if only the first map is
/// constant, and NaN if the second one is or both are. A map counts as constant if all its pixels are
/// equal; the original asks whether its standard deviation rounds to zero, which for some constants it
/// does not, and then returns a quotient of rounding errors.
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
pub fn xcorr<A: Copy + Into<f64>>(
    map: ArrayView2<'_, A>,
    reference: ArrayView2<'_, A>,
) -> Result<f64, Error> {
    let (map, reference) = pairs(map, reference)?;
    match (is_constant(&map), is_constant(&reference)) {
        (true, false) => return Ok(0.0),
        (_, true) => return Ok(f64::NAN),
        (false, false) => {}
    }
    let count = map.len() as f64;
    let (mean, reference_mean) = (sum(&map, |a| a) / count, sum(&reference, |b| b) / count);
    let [product, squares, reference_squares] = sums(&map, &reference, |a, b| {
        let (a, b) = (a - mean, b - reference_mean);
        [a * b, a * a, b * b]
    });
    Ok((product / root_of_product(squares, reference_squares)).clamp(-1.0, 1.0))
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|&value| value == values[0])
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
        assert_eq!(xcorr(constant.view(), varied.view()), Ok(0.0));
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
