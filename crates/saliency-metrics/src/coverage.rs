use ndarray::ArrayView2;

use crate::pixels::pixels;
use crate::{Error, MapValue};

/// The smallest denominator of a coverage, as in the original.
const LEAST: f64 = 1e-10;

/// Returns the intersection over union of the pixels where a map is not zero and a ground-truth region, 0 to 1.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_iou_coverage` for a map and a region of one size. The original
/// resizes the larger one, with its zoom factors exchanged; here other sizes are refused.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`] for a map without pixels, and [`Error::NotFinite`].
///
/// # Degenerate inputs
///
/// 0 if the map is zero everywhere and the region is empty, as in the original.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, truth) = (array![[0.5, 0.1, 0.0, 0.0]], array![[true, false, true, false]]);
/// assert_eq!(saliency_metrics::iou_coverage(map.view(), truth.view())?, 1.0 / 3.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn iou_coverage<A: MapValue>(map: ArrayView2<'_, A>, truth: ArrayView2<'_, bool>) -> Result<f64, Error> {
    let values = checked(map, truth)?;
    let (mut both, mut either) = (0.0, 0.0);
    for (&value, &truth) in values.iter().zip(truth) {
        let salient = value != A::ZERO;
        both += f64::from(u8::from(salient && truth));
        either += f64::from(u8::from(salient || truth));
    }
    Ok(both / f64::max(either, LEAST))
}

/// Returns the share of a map's mass that lies within a ground-truth region, 0 to 1.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_saliency_coverage` for a map and a region of one size.
///
/// # Errors
///
/// As [`iou_coverage`], and [`Error::Negative`] for a map with a negative value, for which the original returns
/// shares above 1: clip it first.
///
/// # Degenerate inputs
///
/// 0 if the map is zero everywhere, as in the original.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, truth) = (array![[0.75, 0.25, 0.0]], array![[true, false, true]]);
/// assert_eq!(saliency_metrics::saliency_coverage(map.view(), truth.view())?, 0.75);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn saliency_coverage<A: MapValue>(
    map: ArrayView2<'_, A>,
    truth: ArrayView2<'_, bool>,
) -> Result<f64, Error> {
    let (within, mass, _) = masses(map, truth)?;
    Ok(within / mass.max(LEAST))
}

/// Returns a map's mass within a ground-truth region over the region's pixels: its mean value there.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_ground_truth_coverage` for a map and a region of one size. It is
/// from 0 to 1 for maps that are.
///
/// # Errors
///
/// As [`saliency_coverage`].
///
/// # Degenerate inputs
///
/// 0 if the region is empty, as in the original.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, truth) = (array![[0.75, 0.25, 0.0]], array![[true, false, true]]);
/// assert_eq!(saliency_metrics::ground_truth_coverage(map.view(), truth.view())?, 0.375);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn ground_truth_coverage<A: MapValue>(
    map: ArrayView2<'_, A>,
    truth: ArrayView2<'_, bool>,
) -> Result<f64, Error> {
    let (within, _, region) = masses(map, truth)?;
    Ok(within / region.max(LEAST))
}

/// The map's mass within the region, its whole mass, and the region's pixels.
fn masses<A: MapValue>(
    map: ArrayView2<'_, A>,
    truth: ArrayView2<'_, bool>,
) -> Result<(f64, f64, f64), Error> {
    let values = checked(map, truth)?;
    let width = map.ncols();
    if let Some(i) = values.iter().position(|&value| value < A::ZERO) {
        return Err(Error::Negative { row: i / width, column: i % width, value: values[i].into() });
    }
    let (mut within, mut mass, mut region) = (0.0, 0.0, 0.0);
    for (&value, &truth) in values.iter().zip(truth) {
        let value: f64 = value.into();
        mass += value;
        if truth {
            within += value;
            region += 1.0;
        }
    }
    Ok((within, mass, region))
}

fn checked<'a, A: MapValue>(
    map: ArrayView2<'a, A>,
    truth: ArrayView2<'_, bool>,
) -> Result<std::borrow::Cow<'a, [A]>, Error> {
    if map.dim() != truth.dim() {
        return Err(Error::ShapeMismatch { map: map.dim(), reference: truth.dim() });
    }
    pixels(&map)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn nothing_salient_and_nothing_true_is_no_coverage() {
        let (map, truth) = (Array2::<f32>::zeros((3, 4)), Array2::from_elem((3, 4), false));
        assert_eq!(iou_coverage(map.view(), truth.view()).unwrap(), 0.0);
        assert_eq!(saliency_coverage(map.view(), truth.view()).unwrap(), 0.0);
        assert_eq!(ground_truth_coverage(map.view(), truth.view()).unwrap(), 0.0);
    }

    #[test]
    fn negative_values_and_other_sizes_are_refused() {
        let error = saliency_coverage(array![[0.5, -0.5]].view(), array![[true, true]].view());
        assert!(matches!(error, Err(Error::Negative { row: 0, column: 1, value: -0.5 })));
        let error = iou_coverage(array![[0.5, 0.5]].view(), array![[true]].view());
        assert!(matches!(error, Err(Error::ShapeMismatch { .. })));
    }
}
