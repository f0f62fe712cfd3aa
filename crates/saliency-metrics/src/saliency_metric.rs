use std::fmt;

use ndarray::ArrayView2;

use crate::Error;

/// A number that describes a saliency map, by itself or against a reference.
///
/// [`Entropy`](crate::Entropy) reads the map alone; [`Ssd`](crate::Ssd) and [`Xcorr`](crate::Xcorr) compare it
/// with the reference. Both maps are `(height, width)`.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use ndarray::array;
/// use saliency_metrics::{Entropy, SaliencyMetric, Ssd, Xcorr};
///
/// let metrics: Vec<Arc<dyn SaliencyMetric>> = vec![Arc::new(Entropy::new()), Arc::new(Ssd), Arc::new(Xcorr)];
/// let (map, reference) = (array![[0.0, 1.0], [1.0, 0.0]], array![[1.0, 0.0], [0.0, 1.0]]);
/// for (metric, expected) in metrics.iter().zip([("entropy", 1.0), ("ssd", 2.0), ("xcorr", -1.0)]) {
///     assert_eq!(metric.name(), expected.0);
///     assert!((metric.compute(map.view(), reference.view())? - expected.1).abs() < 1e-6);
/// }
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
///
/// A metric of your own:
///
/// ```
/// use ndarray::{ArrayView2, array};
/// use saliency_metrics::{Error, SaliencyMetric};
///
/// /// The largest value of the map.
/// #[derive(Debug)]
/// struct Peak;
///
/// impl SaliencyMetric for Peak {
///     fn name(&self) -> &str {
///         "peak"
///     }
///     fn compute(&self, map: ArrayView2<'_, f32>, _reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
///         let peak = map.iter().copied().reduce(f32::max);
///         peak.map(f64::from).ok_or_else(|| Error::other("peak", "the map has no pixels"))
///     }
/// }
///
/// let map = array![[0.0, 0.5]];
/// assert_eq!(Peak.compute(map.view(), map.view())?, 0.5);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub trait SaliencyMetric: fmt::Debug + Send + Sync {
    /// The metric's name, used as a column name in tables.
    fn name(&self) -> &str;

    /// Computes the number for `map`, which a comparison holds against `reference`.
    ///
    /// # Errors
    ///
    /// The maps have no pixels, hold a value that is not finite, or, for a comparison, differ in shape.
    /// A metric of another crate reports its own errors as [`Error::Other`].
    fn compute(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: SaliencyMetric + ?Sized> SaliencyMetric for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn compute(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
                (**self).compute(map, reference)
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
