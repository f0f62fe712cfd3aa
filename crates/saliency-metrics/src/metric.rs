use std::fmt;

use ndarray::ArrayView2;

use crate::{ClipRange, Error, entropy, ssd, xcorr};

/// A number for one saliency map.
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{Entropy, SaliencyMetric};
///
/// let metric: Box<dyn SaliencyMetric> = Box::new(Entropy::default());
/// assert_eq!(metric.name(), "entropy");
/// assert!((metric.compute(array![[0.0, 1.0, 1.0]].view())? - 1.0).abs() < 1e-6);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
pub trait SaliencyMetric: fmt::Debug + Send + Sync {
    /// The metric's name, as a table's column has it.
    fn name(&self) -> &str;

    /// Computes the number for a map `(height, width)`.
    ///
    /// # Errors
    ///
    /// The map has no pixels, or one of them is not finite.
    fn compute(&self, map: ArrayView2<'_, f32>) -> Result<f64, Error>;
}

/// A number for two saliency maps.
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{SaliencyComparison, Ssd, Xcorr};
///
/// let map = array![[0.0, 1.0, 0.5]];
/// let metrics: [Box<dyn SaliencyComparison>; 2] = [Box::new(Ssd), Box::new(Xcorr)];
/// let values = metrics.map(|metric| metric.compare(map.view(), map.view()));
/// assert_eq!(values, [Ok(0.0), Ok(1.0)]);
/// ```
pub trait SaliencyComparison: fmt::Debug + Send + Sync {
    /// The metric's name, as a table's column has it.
    fn name(&self) -> &str;

    /// Compares a map with a reference, both `(height, width)`.
    ///
    /// # Errors
    ///
    /// The maps' shapes differ, they have no pixels, or one of these is not finite.
    fn compare(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error>;
}

macro_rules! forward {
    ($trait:ident, $method:ident($($argument:ident),+)) => {
        forward!(@ $trait, $method($($argument),+), &T);
        forward!(@ $trait, $method($($argument),+), Box<T>);
        forward!(@ $trait, $method($($argument),+), std::sync::Arc<T>);
    };
    (@ $trait:ident, $method:ident($($argument:ident),+), $pointer:ty) => {
        impl<T: $trait + ?Sized> $trait for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn $method(&self, $($argument: ArrayView2<'_, f32>),+) -> Result<f64, Error> {
                (**self).$method($($argument),+)
            }
        }
    };
}

forward!(SaliencyMetric, compute(map));
forward!(SaliencyComparison, compare(map, reference));

/// [`entropy`] as a [`SaliencyMetric`], by default without a clip range.
///
/// ```
/// use ndarray::array;
/// use saliency_metrics::{ClipRange, Entropy, SaliencyMetric};
///
/// let map = array![[-1.0, 0.5, 0.5]];
/// assert!((Entropy::clipped(ClipRange::POSITIVE).compute(map.view())? - 1.0).abs() < 1e-6);
/// # Ok::<(), saliency_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entropy {
    clip: Option<ClipRange>,
}

impl Entropy {
    /// Entropy of the map clipped to a range.
    #[must_use]
    pub fn clipped(range: ClipRange) -> Self {
        Self { clip: Some(range) }
    }
}

impl SaliencyMetric for Entropy {
    fn name(&self) -> &'static str {
        "entropy"
    }

    fn compute(&self, map: ArrayView2<'_, f32>) -> Result<f64, Error> {
        entropy(map, self.clip)
    }
}

/// [`ssd`] as a [`SaliencyComparison`].
///
/// ```
/// use saliency_metrics::{SaliencyComparison, Ssd};
///
/// assert_eq!(Ssd.name(), "ssd");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ssd;

impl SaliencyComparison for Ssd {
    fn name(&self) -> &'static str {
        "ssd"
    }

    fn compare(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        ssd(map, reference)
    }
}

/// [`xcorr`] as a [`SaliencyComparison`].
///
/// ```
/// use saliency_metrics::{SaliencyComparison, Xcorr};
///
/// assert_eq!(Xcorr.name(), "xcorr");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Xcorr;

impl SaliencyComparison for Xcorr {
    fn name(&self) -> &'static str {
        "xcorr"
    }

    fn compare(&self, map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<f64, Error> {
        xcorr(map, reference)
    }
}
