use std::fmt;
use std::ops::{Add, Div, Mul, Sub};

use crate::loops;

/// A map's pixel: f32 or f64. Metrics are computed in the map's own precision, as in NumPy.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::ssd;
///
/// let (single, double) = (array![[0.1_f32, 0.3]], array![[0.1_f64, 0.3]]);
/// assert_eq!(ssd(single.view(), single.view())?, ssd(double.view(), double.view())?);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub trait MapValue: Real {}

impl MapValue for f32 {}
impl MapValue for f64 {}

/// The arithmetic that the metrics need. It is sealed, so that only f32 and f64 are [`MapValue`]s.
pub trait Real:
    Copy
    + PartialOrd
    + Into<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + fmt::Debug
    + Send
    + Sync
    + 'static
{
    const ZERO: Self;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;

    fn sqrt(self) -> Self;

    /// The smallest and the largest value; there is at least one.
    fn extremes(values: &[Self]) -> (Self, Self);

    /// Subtracts `low` from each value and divides by `range`.
    fn normalise(values: &mut [Self], low: Self, range: Self);

    /// Replaces each value v, of one sign, by -p ln p, p = v / total.
    fn entropy_terms(values: &mut [Self], total: Self);
}

impl Real for f32 {
    const ZERO: Self = 0.0;

    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn extremes(values: &[Self]) -> (Self, Self) {
        loops::extremes_f32(values)
    }

    fn normalise(values: &mut [Self], low: Self, range: Self) {
        loops::normalise_f32(values, low, range);
    }

    fn entropy_terms(values: &mut [Self], total: Self) {
        loops::entropy_terms_f32(values, total);
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;

    fn from_f64(value: f64) -> Self {
        value
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn extremes(values: &[Self]) -> (Self, Self) {
        loops::extremes_f64(values)
    }

    fn normalise(values: &mut [Self], low: Self, range: Self) {
        loops::normalise_f64(values, low, range);
    }

    fn entropy_terms(values: &mut [Self], total: Self) {
        loops::entropy_terms_f64(values, total);
    }
}
