use std::collections::BTreeMap;

use ndarray::ArrayView2;

use crate::forward::forward;
use crate::{BoxError, DatumMetadata, MetricValue};

/// A metric's name.
///
/// ```
/// use protocols::MetricMetadata;
///
/// assert_eq!(MetricMetadata::new("accuracy").id, "accuracy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricMetadata {
    /// The metric's name.
    pub id: String,
}

impl MetricMetadata {
    /// Names a metric.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

/// Compares a model's scores with the true classes, batch by batch.
///
/// The values depend on the data alone, not on their order or on how they are split into batches. A metric
/// that can be computed on parts of a dataset and merged is a [`MergeableMetric`](crate::MergeableMetric).
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{ArrayView2, array};
/// use protocols::{BoxError, DatumMetadata, Metric, MetricMetadata, MetricValue, argmax};
///
/// /// The number of images that are classified correctly.
/// struct Hits(MetricMetadata, u64);
///
/// impl Metric for Hits {
///     fn metadata(&self) -> &MetricMetadata {
///         &self.0
///     }
///
///     fn reset(&mut self) {
///         self.1 = 0;
///     }
///
///     fn update(
///         &mut self,
///         scores: ArrayView2<'_, f32>,
///         targets: &[usize],
///         _: &[DatumMetadata],
///     ) -> Result<(), BoxError> {
///         let rows = scores.rows().into_iter().zip(targets);
///         self.1 += rows.filter(|(row, target)| argmax(*row) == Some(**target)).count() as u64;
///         Ok(())
///     }
///
///     fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
///         Ok(BTreeMap::from([("hits".to_owned(), MetricValue::Scalar(self.1 as f64))]))
///     }
/// }
///
/// let mut hits = Hits(MetricMetadata::new("hits"), 0);
/// hits.update(array![[0.9, 0.1], [0.9, 0.1]].view(), &[0, 1], &[])?;
/// assert_eq!(hits.compute()?["hits"].as_scalar(), Some(1.0));
/// # Ok::<(), BoxError>(())
/// ```
pub trait Metric: Send {
    /// The metric's name.
    fn metadata(&self) -> &MetricMetadata;

    /// Forgets all batches.
    fn reset(&mut self);

    /// Adds a batch: `scores` is `(images, classes)`; `targets` and `metadata` have one entry per image.
    ///
    /// # Errors
    ///
    /// The arguments do not fit each other or the metric. The metric's state does not change then.
    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        metadata: &[DatumMetadata],
    ) -> Result<(), BoxError>;

    /// The named values over all batches since the last reset.
    ///
    /// # Errors
    ///
    /// The values are undefined, for instance because there was no batch.
    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError>;
}

forward!(Metric for &mut T, Box<T> => {
    fn metadata(&self) -> &MetricMetadata {
        (**self).metadata()
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        metadata: &[DatumMetadata],
    ) -> Result<(), BoxError> {
        (**self).update(scores, targets, metadata)
    }

    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
        (**self).compute()
    }
});
