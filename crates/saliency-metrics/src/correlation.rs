use ndarray::{Array2, ArrayView2};

use crate::pixels::{pixels, same_shape};
use crate::{Error, MapValue, xcorr};

/// Returns Pearson's correlation of two maps' pixels, -1 to 1.
///
/// As [`xcorr`], but symmetric also in its degenerate cases.
///
/// # Errors
///
/// As [`xcorr`].
///
/// # Degenerate inputs
///
/// NaN if either map is constant, which has no correlation.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, reference) = (array![[0.0, 1.0, 2.0]], array![[1.0, 3.0, 5.0]]);
/// assert!((saliency_metrics::pearson(map.view(), reference.view())? - 1.0).abs() < 1e-12);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn pearson<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    let forth = xcorr(map, reference)?;
    // With only its first map constant, xcorr is 0; with the second constant it is NaN.
    if forth == 0.0 && xcorr(reference, map)?.is_nan() { Ok(f64::NAN) } else { Ok(forth) }
}

/// Returns Spearman's rank correlation of two maps' pixels, -1 to 1: Pearson's correlation of their ranks.
///
/// Equal pixels share the mean of their ranks, as in `scipy.stats.spearmanr`.
///
/// # Errors
///
/// As [`xcorr`].
///
/// # Degenerate inputs
///
/// NaN if either map is constant, which has no order.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, reference) = (array![[0.0, 0.1, 9.0]], array![[1.0, 2.0, 3.0]]);
/// assert!((saliency_metrics::spearman(map.view(), reference.view())? - 1.0).abs() < 1e-12);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn spearman<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    pearson(ranks(map)?.view(), ranks(reference)?.view())
}

/// The rank of each pixel from 1 on; equal pixels have the mean of their ranks.
fn ranks<A: MapValue>(map: ArrayView2<'_, A>) -> Result<Array2<f64>, Error> {
    let values: Vec<f64> = pixels(&map)?.iter().map(|&value| value.into() + 0.0).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = Array2::zeros(map.dim());
    let mut start = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = start as f64 + f64::midpoint(1.0, equal.len() as f64);
        for &pixel in equal {
            ranks[[pixel / map.ncols(), pixel % map.ncols()]] = rank;
        }
        start += equal.len();
    }
    Ok(ranks)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn spearman_is_scipys() {
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [5, 6, 7, 8, 7]).statistic
        let (a, b) = (array![[1.0, 2.0, 2.0, 4.0, 5.0]], array![[5.0, 6.0, 7.0, 8.0, 7.0]]);
        let value = spearman(a.view(), b.view()).unwrap();
        assert!((value - 0.763_157_894_736_842_1).abs() < 1e-12, "{value}");
    }

    #[test]
    fn a_constant_map_has_no_correlation_on_either_side() {
        let (constant, varied) = (array![[0.3, 0.3, 0.3]], array![[0.0, 1.0, 0.5]]);
        for (a, b) in [(&constant, &varied), (&varied, &constant), (&constant, &constant)] {
            assert!(pearson(a.view(), b.view()).unwrap().is_nan());
            assert!(spearman(a.view(), b.view()).unwrap().is_nan());
        }
    }

    #[test]
    fn maps_without_any_correlation_have_one_of_zero() {
        let (a, b) = (array![[1.0, -1.0, 1.0, -1.0]], array![[1.0, 1.0, -1.0, -1.0]]);
        assert_eq!(pearson(a.view(), b.view()).unwrap(), 0.0);
    }
}
