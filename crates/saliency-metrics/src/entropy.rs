use ndarray::ArrayView2;

use crate::pairwise::sum;
use crate::pixels::pixels;
use crate::{Error, MapValue, SaliencyMetric};

/// The range to which a map's values are clipped before its entropy is computed.
///
/// # Examples
///
/// ```
/// use saliency_metrics::ClipRange;
///
/// assert_eq!(ClipRange::new(0.0, 1.0)?, ClipRange::POSITIVE);
/// assert!(ClipRange::new(1.0, 0.0).is_err());
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipRange {
    low: f64,
    high: f64,
}

impl ClipRange {
    /// Evidence for and against the class, -1 to 1.
    pub const FULL: Self = Self { low: -1.0, high: 1.0 };
    /// Evidence against the class, -1 to 0.
    pub const NEGATIVE: Self = Self { low: -1.0, high: 0.0 };
    /// Evidence for the class, 0 to 1.
    pub const POSITIVE: Self = Self { low: 0.0, high: 1.0 };

    /// Clips to `low..=high`.
    ///
    /// # Errors
    ///
    /// [`Error::ClipRange`] unless both are finite and `low <= high`. The original accepts any two values.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        if low.is_finite() && high.is_finite() && low <= high {
            Ok(Self { low, high })
        } else {
            Err(Error::ClipRange { low, high })
        }
    }
}

/// Returns the Shannon entropy of a map in bits, 0 to log2(pixels): how widely its mass is spread.
///
/// ```text
/// v = (map - min) / max(max - min, 1e-10)     without a clip range
/// v = clip(map, low, high)                    with a clip range
/// p = v / sum v
/// entropy = - sum p log2 p                    (the term is 0 where p is 0)
/// ```
///
/// This is `xaitk_saliency.impls.saliency_metric.entropy.Entropy`, which calls `scipy.stats.entropy`. It is
/// computed in the map's own precision and summed in NumPy's order.
///
/// # Errors
///
/// [`Error::Empty`] for a map without pixels, and [`Error::NotFinite`] for a NaN or infinite pixel, for which the
/// original returns NaN.
///
/// # Degenerate inputs
///
/// These are the original's values:
///
/// - NaN if no mass is left: a constant map without a clip range, or a map that is zero after clipping.
/// - Negative infinity if the clipped map holds both signs and so is not a distribution; NaN if the signs also
///   cancel and a pixel is zero.
/// - A map of negative values alone is a distribution, because `v / sum v` is positive.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{ClipRange, entropy};
///
/// let map = array![[-0.5, 0.5], [0.5, 0.0]];
/// assert_eq!(entropy(map.view(), Some(ClipRange::POSITIVE))?, 1.0);
/// assert_eq!(entropy(map.view(), Some(ClipRange::FULL))?, f64::NEG_INFINITY);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn entropy<A: MapValue>(map: ArrayView2<'_, A>, clip: Option<ClipRange>) -> Result<f64, Error> {
    let mut values = pixels(&map)?.into_owned();
    if let Some(ClipRange { low, high }) = clip {
        let (low, high) = (A::from_f64(low), A::from_f64(high));
        for value in &mut values {
            let raised = if *value < low { low } else { *value };
            *value = if raised > high { high } else { raised };
        }
    } else {
        let (low, high) = A::extremes(&values);
        let (range, least) = (high - low, A::from_f64(1e-10));
        A::normalise(&mut values, low, if range < least { least } else { range });
    }
    let total = sum(&values, |value| value);
    let (low, high) = A::extremes(&values);
    let of_one_sign = low >= A::ZERO || high <= A::ZERO;
    if of_one_sign && total != A::ZERO && total.into().is_finite() {
        A::entropy_terms(&mut values, total);
    } else {
        values.iter_mut().for_each(|value| *value = signed_term(*value / total));
    }
    let nats: f64 = sum(&values, |value| value).into();
    // Adding zero turns a negative zero, of all mass on one pixel, into a positive one.
    Ok(nats / std::f64::consts::LN_2 + 0.0)
}

/// `scipy.special.entr` for any share: negative infinity for a negative share, NaN for NaN.
fn signed_term<A: MapValue>(share: A) -> A {
    let share: f64 = share.into();
    A::from_f64(if share > 0.0 {
        -share * share.ln()
    } else if share < 0.0 {
        f64::NEG_INFINITY
    } else {
        share
    })
}

/// [`entropy()`] as a [`SaliencyMetric`] named `entropy`, by default without a clip range.
///
/// It reads the map alone and ignores the reference.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{ClipRange, Entropy, SaliencyMetric};
///
/// let map = array![[-1.0, 0.5, 0.5]];
/// let entropy = Entropy::new().clip(ClipRange::POSITIVE);
/// assert!((entropy.compute(map.view(), map.view())? - 1.0).abs() < 1e-6);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entropy {
    clip: Option<ClipRange>,
}

impl Entropy {
    /// Entropy without a clip range.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Clips the map to a range first.
    #[must_use]
    pub fn clip(self, range: ClipRange) -> Self {
        Self { clip: Some(range) }
    }
}

impl SaliencyMetric for Entropy {
    fn name(&self) -> &'static str {
        "entropy"
    }

    fn compute(&self, map: ArrayView2<'_, f32>, _reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        entropy(map, self.clip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn equal_mass_on_n_pixels_is_log2_n_bits() {
        let map = Array2::from_shape_fn((8, 8), |(y, _)| f64::from(u8::from(y < 4)));
        assert!((entropy(map.view(), None).unwrap() - 5.0).abs() < 1e-14);
        let single = map.mapv(|value| value as f32);
        assert!((entropy(single.view(), None).unwrap() - 5.0).abs() < 1e-6);
    }

    #[test]
    fn all_mass_on_one_pixel_is_no_bits() {
        assert_eq!(entropy(array![[0.0, 0.7, 0.0]].view(), None).unwrap(), 0.0);
    }

    #[test]
    fn a_map_with_nothing_left_is_undefined() {
        assert!(entropy(array![[0.5, 0.5]].view(), None).unwrap().is_nan());
        assert!(entropy(array![[0.0, 0.0]].view(), Some(ClipRange::FULL)).unwrap().is_nan());
        assert!(entropy(array![[-0.5, -0.1]].view(), Some(ClipRange::POSITIVE)).unwrap().is_nan());
    }

    #[test]
    fn both_signs_are_no_distribution() {
        assert_eq!(entropy(array![[0.5, -0.1]].view(), Some(ClipRange::FULL)).unwrap(), f64::NEG_INFINITY);
        assert_eq!(entropy(array![[-0.5, 0.1]].view(), Some(ClipRange::FULL)).unwrap(), f64::NEG_INFINITY);
        // They cancel: 0.5 / 0 and -0.5 / 0 are infinite shares, 0 / 0 is none.
        assert_eq!(entropy(array![[0.5, -0.5]].view(), Some(ClipRange::FULL)).unwrap(), f64::NEG_INFINITY);
        assert!(entropy(array![[0.5, -0.5, 0.0]].view(), Some(ClipRange::FULL)).unwrap().is_nan());
    }

    #[test]
    fn negative_mass_alone_is_a_distribution() {
        assert_eq!(entropy(array![[-0.5, -0.5]].view(), Some(ClipRange::NEGATIVE)).unwrap(), 1.0);
    }

    #[test]
    fn a_pixel_that_is_not_a_number_is_named() {
        let error = entropy(array![[0.0_f32, 1.0], [0.5, f32::INFINITY]].view(), None);
        assert!(matches!(error, Err(Error::NotFinite { row: 1, column: 1, value: f64::INFINITY })));
        let error = entropy(Array2::<f32>::zeros((0, 3)).view(), None);
        assert!(matches!(error, Err(Error::Empty { height: 0, width: 3 })));
    }

    proptest! {
        #[test]
        fn entropy_lies_between_nothing_and_an_even_spread(values in prop::collection::vec(-1.0_f64..1.0, 2..60)) {
            let count = values.len();
            let map = Array2::from_shape_vec((1, count), values).unwrap();
            let bits = entropy(map.view(), None).unwrap();
            prop_assert!((0.0..=(count as f64).log2() + 1e-9).contains(&bits));
        }
    }
}
