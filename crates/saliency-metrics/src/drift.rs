use ndarray::ArrayView2;

use crate::pairwise::sum_of_pairs;
use crate::pixels::{pixels, same_shape};
use crate::{Error, MapValue};

/// Returns the sum of squared differences of two maps, which is not normalised: 0 for equal maps.
///
/// [`ssd`](crate::ssd) is normalised, so that it cannot tell how much a map has changed in size.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`] for maps without pixels, and [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, reference) = (array![[1.0, 0.0]], array![[0.0, 2.0]]);
/// assert_eq!(saliency_metrics::unscaled_ssd(map.view(), reference.view())?, 5.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn unscaled_ssd<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    let (map, reference) = (pixels(&map)?, pixels(&reference)?);
    Ok(sum_of_pairs(&map, &reference, |a: A, b: A| {
        let difference: f64 = a.into() - b.into();
        difference * difference
    }))
}

/// Returns the overlap of the most salient parts of two maps, 0 to 1: the intersection over union of the `share` of
/// their pixels that are highest, such as 0.2.
///
/// The part has `share` times as many pixels as the map, rounded up. Pixels that tie for the last places belong to it
/// in part, by equal fractions, and intersection and union are the sums of the smaller and of the larger fraction. So
/// the result does not depend on the order of the pixels, and is defined for constant maps: 1 for two of them.
///
/// # Errors
///
/// [`Error::Share`] unless `share` is above 0 and at most 1, [`Error::ShapeMismatch`], [`Error::Empty`] for maps
/// without pixels, and [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let (map, reference) = (array![[0.9, 0.8, 0.1, 0.0]], array![[0.9, 0.1, 0.8, 0.0]]);
/// assert_eq!(saliency_metrics::top_overlap(map.view(), reference.view(), 0.5)?, 1.0 / 3.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn top_overlap<A: MapValue>(
    map: ArrayView2<'_, A>,
    reference: ArrayView2<'_, A>,
    share: f64,
) -> Result<f64, Error> {
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::Share { share });
    }
    same_shape(&map, &reference)?;
    let (map, reference) = (top(&pixels(&map)?, share), top(&pixels(&reference)?, share));
    let pairs = || map.iter().zip(&reference);
    let both: f64 = pairs().map(|(a, b)| a.min(*b)).sum();
    let either: f64 = pairs().map(|(a, b)| a.max(*b)).sum();
    Ok(both / either)
}

/// The fraction to which each pixel belongs to the highest `share` of them.
fn top<A: MapValue>(values: &[A], share: f64) -> Vec<f64> {
    let count = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
    let mut sorted: Vec<f64> = values.iter().map(|&value| value.into()).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let last = sorted[count - 1];
    let above = sorted.iter().filter(|&&value| value > last).count();
    let ties = sorted.iter().filter(|&&value| value == last).count();
    let fraction = (count - above) as f64 / ties as f64;
    let belongs = |value: f64| if value > last { 1.0 } else { f64::from(u8::from(value == last)) * fraction };
    values.iter().map(|&value| belongs(value.into())).collect()
}

/// Returns how far the centre of mass of a map is from that of another, as a share of the image's diagonal, 0 to 1.
///
/// The mass is what speaks for the class: the positive values. The centre of a map without positive values, as of any
/// constant map, is the middle of the image. The diagonal is `sqrt(height^2 + width^2)`.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`] for maps without pixels, and [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let map = array![[1.0, 0.0, 0.0], [0.0; 3], [0.0; 3], [0.0; 3]];
/// let reference = array![[0.0; 3], [0.0; 3], [0.0; 3], [1.0, 0.0, 0.0]];
/// assert_eq!(saliency_metrics::centre_shift(map.view(), reference.view())?, 3.0 / 5.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn centre_shift<A: MapValue>(map: ArrayView2<'_, A>, reference: ArrayView2<'_, A>) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    let (height, width) = map.dim();
    let (a, b) = (centre(&pixels(&map)?, width), centre(&pixels(&reference)?, width));
    Ok((a.0 - b.0).hypot(a.1 - b.1) / (height as f64).hypot(width as f64))
}

/// Returns the correlation with a reference that a map would keep if noise alone moved it, -1 to 1: what
/// [`pearson`](crate::pearson()) of the two must be clearly below for the map to have moved.
///
/// The noise of each map is known from half the difference of two independent estimates of it, such as the maps from
/// two halves of RISE's masks: the map is their mean, and half of their difference has the variance of its noise and
/// nothing else. With the maps divided by their standard deviations over the pixels,
///
/// ```text
/// pearson       = 1 - 1/2 variance over pixels of
///                     (map / sd(map) - reference / sd(reference))
/// noise_pearson = 1 - 1/2 variance over pixels of
///                     (half_difference / sd(map) - reference_half_difference / sd(reference))
/// ```
///
/// Noise that both maps share, since they come from the same masks, cancels in both. A map against itself gives 1.
/// Noise beyond that of unrelated maps gives no less than -1.
///
/// # Errors
///
/// [`Error::ShapeMismatch`], [`Error::Empty`] for maps without pixels, and [`Error::NotFinite`].
///
/// # Degenerate inputs
///
/// NaN if the map or the reference is constant, which has no correlation.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::noise_pearson;
///
/// let (map, reference) = (array![[0.0, 2.0]], array![[0.0, 1.0]]);
/// // Over the standard deviations 1 and 0.5 the noise is (0.5, 0) and (0, 0): a variance of 0.0625.
/// let (noise, none) = (array![[0.5, 0.0]], array![[0.0, 0.0]]);
/// let left = noise_pearson(map.view(), noise.view(), reference.view(), none.view())?;
/// assert_eq!(left, 1.0 - 0.0625 / 2.0);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn noise_pearson<A: MapValue>(
    map: ArrayView2<'_, A>,
    half_difference: ArrayView2<'_, A>,
    reference: ArrayView2<'_, A>,
    reference_half_difference: ArrayView2<'_, A>,
) -> Result<f64, Error> {
    same_shape(&map, &reference)?;
    same_shape(&map, &half_difference)?;
    same_shape(&map, &reference_half_difference)?;
    let deviation = |map: &ArrayView2<'_, A>| -> Result<f64, Error> {
        let values: Vec<f64> = pixels(map)?.iter().map(|&value| value.into()).collect();
        // Rounding must not give a constant map a deviation.
        let constant = values.iter().all(|&value| value == values[0]);
        Ok(if constant { f64::NAN } else { variance(&values).sqrt() })
    };
    let (of_map, of_reference) = (deviation(&map)?, deviation(&reference)?);
    let (half, reference_half) = (pixels(&half_difference)?, pixels(&reference_half_difference)?);
    let standardised = |(&a, &b): (&A, &A)| a.into() / of_map - b.into() / of_reference;
    let noise: Vec<f64> = half.iter().zip(reference_half.iter()).map(standardised).collect();
    let left = 1.0 - variance(&noise) / 2.0;
    // `max` would turn NaN into a number.
    Ok(if left < -1.0 { -1.0 } else { left })
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// The centre of the positive values, (row, column).
fn centre<A: MapValue>(values: &[A], width: usize) -> (f64, f64) {
    let (mut mass, mut y, mut x) = (0.0, 0.0, 0.0);
    for (i, &value) in values.iter().enumerate() {
        let value = f64::max(value.into(), 0.0);
        mass += value;
        y += value * (i / width) as f64;
        x += value * (i % width) as f64;
    }
    if mass > 0.0 {
        (y / mass, x / mass)
    } else {
        ((values.len() / width - 1) as f64 / 2.0, (width - 1) as f64 / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn constant_maps_overlap_fully_and_have_their_centre_in_the_middle() {
        let (zero, one) = (Array2::<f32>::zeros((5, 5)), Array2::<f32>::ones((5, 5)));
        assert_eq!(top_overlap(zero.view(), one.view(), 0.2).unwrap(), 1.0);
        assert_eq!(centre_shift(zero.view(), one.view()).unwrap(), 0.0);
        assert_eq!(unscaled_ssd(zero.view(), one.view()).unwrap(), 25.0);
    }

    #[test]
    fn ties_for_the_last_place_count_in_part() {
        // Of four pixels two belong: the first, and each of three ties to a third.
        let (map, reference) = (array![[1.0, 0.5, 0.5, 0.5]], array![[1.0, 0.5, 0.0, 0.0]]);
        let overlap = top_overlap(map.view(), reference.view(), 0.5).unwrap();
        assert!((overlap - (1.0 + 1.0 / 3.0) / (2.0 + 2.0 / 3.0)).abs() < 1e-12, "{overlap}");
    }

    #[test]
    fn noise_that_both_maps_share_does_not_count() {
        let (map, noise) = (array![[1.0, 2.0, 4.0]], array![[0.5, -0.5, 0.25]]);
        let same = noise_pearson(map.view(), noise.view(), map.view(), noise.view()).unwrap();
        assert_eq!(same, 1.0);
        // Nor does it where the map is the reference, only weaker.
        let (weaker, its) = (&map * 0.25, &noise * 0.25);
        assert_eq!(noise_pearson(weaker.view(), its.view(), map.view(), noise.view()).unwrap(), 1.0);
    }

    #[test]
    fn as_much_noise_as_map_leaves_no_correlation() {
        // Standardised, both have a variance of 1 and are uncorrelated.
        let (map, noise) = (array![[1.0, -1.0, 1.0, -1.0]], array![[1.0, 1.0, -1.0, -1.0]]);
        let other = array![[1.0, -1.0, -1.0, 1.0]];
        let left = noise_pearson(map.view(), noise.view(), map.view(), other.view()).unwrap();
        assert_eq!(left, 0.0);
        let loud = &noise * 9.0;
        assert_eq!(noise_pearson(map.view(), loud.view(), map.view(), other.view()).unwrap(), -1.0);
        let constant = Array2::from_elem((1, 4), 0.1);
        assert!(noise_pearson(constant.view(), noise.view(), map.view(), noise.view()).unwrap().is_nan());
        assert!(noise_pearson(map.view(), noise.view(), constant.view(), noise.view()).unwrap().is_nan());
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        let map = array![[1.0, 0.0]];
        for share in [0.0, -0.2, 1.1, f64::NAN] {
            assert!(matches!(top_overlap(map.view(), map.view(), share), Err(Error::Share { .. })));
        }
    }
}
