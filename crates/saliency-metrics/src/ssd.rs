use ndarray::ArrayView2;

use crate::pairwise::{sum, sum_of_pairs};
use crate::pixels::{pixels, same_shape};
use crate::{Error, MapValue, SaliencyMetric};

/// Returns the normalised sum of squared differences of two maps: 0 for equal maps, 4 if one is the other's
/// negative.
///
/// ```text
/// ssd(a, b) = sum (a - b)^2 / sqrt(sum a^2 * sum b^2)
/// ```
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_ssd`, computed in the maps' own precision and summed in
/// NumPy's order. It is symmetric.
///
/// # Errors
///
/// [`Error::ShapeMismatch`] where the original broadcasts, [`Error::Empty`] for maps without pixels, and
/// [`Error::NotFinite`] for a NaN or infinite pixel, for which the original returns NaN.
///
/// # Degenerate inputs
///
/// As in the original, positive infinity if either map is zero everywhere, even if both are. In f32 this also
/// happens where the squares underflow, for values below 1e-23; where they overflow, above 1e19, the result is
/// NaN or 0.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let map = array![[1.0_f32, 0.0], [0.0, 0.0]];
/// let other = array![[0.0_f32, 1.0], [0.0, 0.0]];
/// assert_eq!(saliency_metrics::ssd(map.view(), other.view())?, 2.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn ssd<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    let (map, reference) = (pixels(&map)?, pixels(&reference)?);
    let differences = sum_of_pairs(&map, &reference, |a, b| (a - b) * (a - b));
    let norm = (sum(&map, |a| a * a) * sum(&reference, |b| b * b)).sqrt();
    Ok(if norm == A::ZERO { f64::INFINITY } else { (differences / norm).into() })
}

/// [`ssd`] as a [`SaliencyMetric`] named `ssd`.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{SaliencyMetric, Ssd};
///
/// let (map, reference) = (array![[1.0, 0.0]], array![[0.0, 1.0]]);
/// assert_eq!(Ssd.compute(map.view(), reference.view())?, 2.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ssd;

impl SaliencyMetric for Ssd {
    fn name(&self) -> &'static str {
        "ssd"
    }

    fn compute(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        ssd(map, reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn equal_maps_do_not_differ() {
        let map = array![[0.5, -1.0, 0.25]];
        assert_eq!(ssd(map.view(), map.view()).unwrap(), 0.0);
    }

    #[test]
    fn a_zero_map_is_infinitely_far() {
        let zero = Array2::<f64>::zeros((2, 3));
        assert_eq!(ssd(zero.view(), Array2::ones((2, 3)).view()).unwrap(), f64::INFINITY);
        assert_eq!(ssd(zero.view(), zero.view()).unwrap(), f64::INFINITY);
    }

    #[test]
    fn shapes_must_match_even_where_they_would_broadcast() {
        let error = ssd(Array2::<f32>::ones((4, 4)).view(), Array2::<f32>::ones((1, 4)).view());
        assert!(matches!(error, Err(Error::ShapeMismatch { map: (4, 4), reference: (1, 4) })));
    }

    proptest! {
        #[test]
        fn is_symmetric_and_blind_to_a_common_scale(
            values in prop::collection::vec((-1.0_f64..1.0, -1.0_f64..1.0), 1..40),
            scale in 0.1_f64..10.0,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let (a, b) = (Array2::from_shape_vec((1, a.len()), a).unwrap(), Array2::from_shape_vec((1, b.len()), b).unwrap());
            let forth = ssd(a.view(), b.view()).unwrap();
            let back = ssd(b.view(), a.view()).unwrap();
            let scaled = ssd((&a * scale).view(), (&b * scale).view()).unwrap();
            prop_assert_eq!(forth, back);
            prop_assert!((forth - scaled).abs() <= 1e-9 * forth.max(1.0));
        }
    }
}
