use serde_json::Value;

use crate::forward::forward;
use crate::{BoxError, Metric};

/// A [`Metric`] whose state can be stored, and merged with that of another part of the data.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{ArrayView2, array};
/// use protocols::{
///     BoxError, DatumMetadata, MergeableMetric, Metric, MetricMetadata, MetricValue, argmax,
/// };
/// use serde_json::Value;
///
/// /// The number of images that are classified correctly.
/// struct Hits(MetricMetadata, u64);
///
/// impl Metric for Hits {
/// #     fn metadata(&self) -> &MetricMetadata {
/// #         &self.0
/// #     }
/// #
/// #     fn reset(&mut self) {
/// #         self.1 = 0;
/// #     }
/// #
/// #     fn update(
/// #         &mut self,
/// #         scores: ArrayView2<'_, f32>,
/// #         targets: &[usize],
/// #         _: &[DatumMetadata],
/// #     ) -> Result<(), BoxError> {
/// #         let rows = scores.rows().into_iter().zip(targets);
/// #         self.1 += rows.filter(|(row, target)| argmax(*row) == Some(**target)).count() as u64;
/// #         Ok(())
/// #     }
/// #
/// #     fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
/// #         Ok(BTreeMap::from([("hits".to_owned(), MetricValue::Scalar(self.1 as f64))]))
/// #     }
///     // ...
/// }
///
/// impl MergeableMetric for Hits {
///     fn state(&self) -> Value {
///         self.1.into()
///     }
///
///     fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
///         self.1 += state.as_u64().ok_or("expected a count")?;
///         Ok(())
///     }
/// }
///
/// let hits = || Hits(MetricMetadata::new("hits"), 0);
/// let (mut here, mut there) = (hits(), hits());
/// here.update(array![[0.9, 0.1], [0.9, 0.1]].view(), &[0, 1], &[])?;
/// there.update(array![[0.2, 0.8]].view(), &[1], &[])?;
/// here.merge(&there.state())?;
/// assert_eq!(here.compute()?["hits"].as_scalar(), Some(2.0));
/// # Ok::<(), BoxError>(())
/// ```
pub trait MergeableMetric: Metric {
    /// The state since the last reset, in a form that can be stored and [merged](Self::merge).
    fn state(&self) -> Value;

    /// Adds the state of another metric with the same settings.
    ///
    /// Merging is associative and commutative: if parts of a dataset are evaluated anywhere and merged in
    /// any order, the result is the state of the whole.
    ///
    /// # Errors
    ///
    /// `state` is not the state of such a metric. This metric's own state does not change then.
    fn merge(&mut self, state: &Value) -> Result<(), BoxError>;
}

forward!(MergeableMetric for &mut T, Box<T> => {
    fn state(&self) -> Value {
        (**self).state()
    }

    fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
        (**self).merge(state)
    }
});
