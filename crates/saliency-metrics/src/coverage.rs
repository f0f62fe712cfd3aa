use std::borrow::Cow;

use ndarray::{Array2, ArrayView2, CowArray, Ix2};

use crate::pixels::pixels;
use crate::{Error, MapValue, shrinking};

/// The smallest denominator of a coverage, as in the original.
const LEAST: f64 = 1e-10;

/// Returns the intersection over union of the pixels where a map is not zero and a ground-truth region, 0 to 1.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_iou_coverage`. A map and a region of different sizes are
/// compared at the smaller height and the smaller width, where a pixel is salient, or inside, if at least half of its
/// bilinear sample is. (The original exchanges the two zoom factors, so that it fails unless both sides shrink alike,
/// and truncates the values of a map that it resizes to whole numbers.)
///
/// # Errors
///
/// [`Error::Empty`] for a map or a region without pixels, and [`Error::NotFinite`].
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
    let (width, size) = (map.ncols(), smaller(map.dim(), truth.dim()));
    let salient = Array2::from_shape_fn(map.dim(), |(y, x)| values[y * width + x] != A::ZERO);
    let at_size = |region| match ArrayView2::dim(&region) {
        own if own == size => CowArray::from(region),
        _ => CowArray::from(shrinking::covered(region, size)),
    };
    let (mut both, mut either) = (0.0, 0.0);
    for (&salient, &truth) in at_size(salient.view()).iter().zip(&at_size(truth)) {
        both += f64::from(u8::from(salient && truth));
        either += f64::from(u8::from(salient || truth));
    }
    Ok(both / f64::max(either, LEAST))
}

/// Returns the share of a map's mass that lies within a ground-truth region, 0 to 1.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_saliency_coverage`. A map and a region of different sizes are
/// compared at the smaller height and the smaller width: the map is smoothed against aliasing and sampled bilinearly,
/// and the region is sampled at the nearest pixels, as scikit-image's `resize` does.
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

/// Returns a map's mass within a ground-truth region over the number of the region's pixels: its mean value there.
///
/// This is `xaitk_saliency.utils.sal_metrics.compute_ground_truth_coverage`; different sizes are treated as in
/// [`saliency_coverage`]. It is from 0 to 1 for maps with values from 0 to 1.
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
    let size = smaller(map.dim(), truth.dim());
    let mut map = Array2::from_shape_fn(map.dim(), |(y, x)| values[y * width + x].into());
    if map.dim() != size {
        map = shrinking::map(map, size);
    }
    let truth: CowArray<'_, bool, Ix2> =
        if truth.dim() == size { truth.into() } else { shrinking::region(truth, size).into() };
    let (mut within, mut mass, mut region) = (0.0, 0.0, 0.0);
    for (&value, &truth) in map.iter().zip(&truth) {
        mass += value;
        if truth {
            within += value;
            region += 1.0;
        }
    }
    Ok((within, mass, region))
}

/// The size at which a map and a region are compared.
fn smaller(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0.min(other.0), one.1.min(other.1))
}

fn checked<'a, A: MapValue>(
    map: ArrayView2<'a, A>,
    truth: ArrayView2<'_, bool>,
) -> Result<Cow<'a, [A]>, Error> {
    if truth.is_empty() {
        let (height, width) = truth.dim();
        return Err(Error::Empty { height, width });
    }
    pixels(&map)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn nothing_salient_and_nothing_true_is_no_coverage() {
        let (map, truth) = (Array2::<f32>::zeros((3, 4)), Array2::from_elem((3, 4), false));
        assert_eq!(iou_coverage(map.view(), truth.view()).unwrap(), 0.0);
        assert_eq!(saliency_coverage(map.view(), truth.view()).unwrap(), 0.0);
        assert_eq!(ground_truth_coverage(map.view(), truth.view()).unwrap(), 0.0);
    }

    #[test]
    fn other_sizes_are_compared_at_the_smaller_one() {
        let (map, truth) =
            (array![[1.0, 0.0], [0.0, 0.0]], Array2::from_shape_fn((4, 6), |(y, x)| y < 2 && x < 3));
        assert_eq!(iou_coverage(map.view(), truth.view()).unwrap(), 1.0);
        assert_eq!(saliency_coverage(map.view(), truth.view()).unwrap(), 1.0);
        assert_eq!(ground_truth_coverage(map.view(), truth.view()).unwrap(), 1.0);
        // Of the one the height is smaller, of the other the width.
        let (flat, tall) = (Array2::from_elem((1, 6), 0.5), Array2::from_elem((4, 2), true));
        assert_eq!(ground_truth_coverage(flat.view(), tall.view()).unwrap(), 0.5);
    }

    #[test]
    fn negative_values_and_nothing_are_refused() {
        let error = saliency_coverage(array![[0.5, -0.5]].view(), array![[true, true]].view());
        assert!(matches!(error, Err(Error::Negative { row: 0, column: 1, value: -0.5 })));
        let error = iou_coverage(array![[0.5, 0.5]].view(), Array2::from_elem((0, 2), true).view());
        assert!(matches!(error, Err(Error::Empty { .. })));
    }
}
