use multiversion::multiversion;
use ndarray::ArrayView2;

use crate::Error;
use crate::pixels::{pixels, sum, sums};

/// The range that a map's values are clipped to before its entropy is taken.
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
    /// What speaks for and against the class, -1 to 1.
    pub const FULL: Self = Self { low: -1.0, high: 1.0 };
    /// What speaks against the class, -1 to 0.
    pub const NEGATIVE: Self = Self { low: -1.0, high: 0.0 };
    /// What speaks for the class, 0 to 1.
    pub const POSITIVE: Self = Self { low: 0.0, high: 1.0 };

    /// Clips to `low..=high`.
    ///
    /// # Errors
    ///
    /// [`Error::ClipRange`] unless both are finite and `low <= high`; the original takes any two values.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        if low.is_finite() && high.is_finite() && low <= high {
            Ok(Self { low, high })
        } else {
            Err(Error::ClipRange { low, high })
        }
    }
}

/// Returns the Shannon entropy of a map in bits: how widely its mass is spread, 0 to log2(pixels).
///
/// ```text
/// v = (map - min) / max(max - min, 1e-10)     without a clip range
/// v = clip(map, low, high)                    with one
/// p = v / sum v
/// entropy = - sum p log2 p                    (0 where p is 0)
/// ```
///
/// This is `xaitk_saliency.impls.saliency_metric.entropy.Entropy`, over `scipy.stats.entropy`.
///
/// # Errors
///
/// [`Error::Empty`], and [`Error::NotFinite`] for a NaN or infinite pixel (the original returns NaN).
///
/// # Degenerate inputs
///
/// As in the original: NaN if nothing is left (a constant map without a clip range, or a map that is zero
/// once it is clipped), and negative infinity if the clipped map holds both signs, which no longer is a
/// distribution. A map of negative values alone is a distribution again, since `v / sum v` is positive.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{ClipRange, entropy};
///
/// let map = array![[-1.0_f32, 0.5], [0.5, 0.0]];
/// assert_eq!(entropy(map.view(), Some(ClipRange::POSITIVE))?, 1.0);
/// assert_eq!(entropy(map.view(), Some(ClipRange::FULL))?, f64::NEG_INFINITY);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub fn entropy<A: Copy + Into<f64>>(map: ArrayView2<'_, A>, clip: Option<ClipRange>) -> Result<f64, Error> {
    let mut values = pixels(map)?;
    if let Some(ClipRange { low, high }) = clip {
        values.iter_mut().for_each(|value| *value = value.clamp(low, high));
    } else {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = 1.0 / (high - low).max(1e-10);
        values.iter_mut().for_each(|value| *value = (*value - low) * scale);
    }
    let total = sum(&values, |value| value);
    let magnitude = sum(&values, f64::abs);
    if magnitude == 0.0 {
        return Ok(f64::NAN);
    }
    if total.abs() < magnitude && values.iter().any(|&v| v < 0.0) && values.iter().any(|&v| v > 0.0) {
        return Ok(f64::NEG_INFINITY);
    }
    // With S = sum v, and all v of one sign: - sum v/S log2(v/S) = log2 S - sum (v log2 v) / S.
    Ok((magnitude.log2() - sum_of_logarithms(&values) / magnitude).max(0.0))
}

/// `sum |v| log2 |v|`, with 0 for the smallest magnitudes, which add less than 1e-300.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn sum_of_logarithms(values: &[f64]) -> f64 {
    sums(values, values, |value, _| {
        let value = value.abs();
        [if value < f64::MIN_POSITIVE { 0.0 } else { value * log2(value) }, 0.0, 0.0]
    })[0]
}

/// log2 of a positive, normal number, within 1e-12: without branches, so that loops over it vectorise, and
/// with the same bits on every machine.
#[inline(always)]
fn log2(value: f64) -> f64 {
    // The exponent is taken so that what is left lies between sqrt(1/2) and sqrt(2).
    const HALF_ROOT: u64 = 0x3FE6_A09E_667F_3BCD;
    const ONE: u64 = 0x3FF0_0000_0000_0000;
    const TWO_52: u64 = 0x4330_0000_0000_0000;
    let shifted = value.to_bits().wrapping_sub(HALF_ROOT).wrapping_add(ONE);
    let mantissa = (shifted & 0x000F_FFFF_FFFF_FFFF).wrapping_add(HALF_ROOT);
    // 2^52 + e as bits is 2^52's with e in its last places: the subtraction turns an integer into a float.
    let exponent = f64::from_bits(TWO_52 | (shifted >> 52)) - (4_503_599_627_370_496.0 + 1023.0);
    // ln m = 2 atanh((m - 1) / (m + 1)); the argument is at most 0.172.
    let m = f64::from_bits(mantissa);
    let t = (m - 1.0) / (m + 1.0);
    let s = t * t;
    let series = 1.0
        + s * (1.0 / 3.0
            + s * (1.0 / 5.0
                + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s * (1.0 / 13.0 + s / 15.0))))));
    exponent + 2.0 * std::f64::consts::LOG2_E * t * series
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn equal_mass_on_n_pixels_is_log2_n_bits() {
        let map = Array2::from_shape_fn((8, 8), |(y, _)| f32::from(u8::from(y < 4)));
        assert!((entropy(map.view(), None).unwrap() - 5.0).abs() < 1e-12);
    }

    #[test]
    fn all_mass_on_one_pixel_is_no_bits() {
        assert_eq!(entropy(array![[0.0, 0.7, 0.0]].view(), None), Ok(0.0));
    }

    #[test]
    fn a_map_with_nothing_left_is_undefined() {
        assert!(entropy(array![[0.5, 0.5]].view(), None).unwrap().is_nan());
        assert!(entropy(array![[0.0, 0.0]].view(), Some(ClipRange::FULL)).unwrap().is_nan());
        assert!(entropy(array![[-0.5, -0.1]].view(), Some(ClipRange::POSITIVE)).unwrap().is_nan());
    }

    #[test]
    fn negative_mass_alone_is_a_distribution() {
        assert_eq!(entropy(array![[-0.5, -0.5]].view(), Some(ClipRange::NEGATIVE)), Ok(1.0));
    }

    #[test]
    fn a_pixel_that_is_not_a_number_is_named() {
        let error = entropy(array![[0.0_f32, 1.0], [0.5, f32::INFINITY]].view(), None);
        assert_eq!(error, Err(Error::NotFinite { row: 1, column: 1, value: f64::INFINITY }));
        assert_eq!(
            entropy(Array2::<f32>::zeros((0, 3)).view(), None),
            Err(Error::Empty { height: 0, width: 3 })
        );
    }

    proptest! {
        #[test]
        fn the_logarithm_is_the_logarithm(value in 1e-300_f64..1e300) {
            let exact = value.log2();
            prop_assert!((log2(value) - exact).abs() <= 1e-12 * exact.abs().max(1.0), "{} {}", log2(value), exact);
        }

        #[test]
        fn entropy_lies_between_nothing_and_an_even_spread(values in prop::collection::vec(-1.0_f64..1.0, 2..60)) {
            let count = values.len();
            let map = Array2::from_shape_vec((1, count), values).unwrap();
            let bits = entropy(map.view(), None).unwrap();
            prop_assert!((0.0..=(count as f64).log2() + 1e-9).contains(&bits));
        }
    }
}
