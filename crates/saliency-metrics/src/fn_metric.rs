use std::fmt;

use ndarray::ArrayView2;

use crate::{Error, SaliencyMetric};

/// A metric that is a function of the map and the reference.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{FnMetric, SaliencyMetric};
///
/// let positive = FnMetric::new("positive", |map, _reference| {
///     Ok(map.iter().filter(|&&value| value > 0.0).count() as f64 / map.len() as f64)
/// });
/// let map = array![[0.5, -0.5], [0.0, 1.0]];
/// assert_eq!(positive.compute(map.view(), map.view())?, 0.5);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone)]
pub struct FnMetric<F> {
    name: String,
    function: F,
}

impl<F> FnMetric<F>
where
    F: Fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Result<f64, Error> + Send + Sync,
{
    /// Wraps a function as [`SaliencyMetric::compute`] describes it.
    pub fn new(name: impl Into<String>, function: F) -> Self {
        Self { name: name.into(), function }
    }
}

impl<F> SaliencyMetric for FnMetric<F>
where
    F: Fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Result<f64, Error> + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn compute(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        (self.function)(map, reference)
    }
}

impl<F> fmt::Debug for FnMetric<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnMetric").field("name", &self.name).finish_non_exhaustive()
    }
}
