use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use serde_json::Value;

use crate::forward::forward;
use crate::{BoxError, DatumMetadata};

/// What is known of a metric.
///
/// ```
/// use protocols::MetricMetadata;
///
/// assert_eq!(MetricMetadata::new("accuracy").id, "accuracy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricMetadata {
    /// Names the metric.
    pub id: String,
}

impl MetricMetadata {
    /// Names a metric.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

/// One named result of a metric.
///
/// ```
/// use protocols::MetricValue;
///
/// assert_eq!(MetricValue::Scalar(0.75).as_scalar(), Some(0.75));
/// assert_eq!(MetricValue::PerClass(vec![1.0, 0.5]).as_scalar(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricValue {
    /// A single number.
    Scalar(f64),
    /// A number a class, by class index.
    PerClass(Vec<f64>),
    /// A table, such as the confusion matrix.
    Matrix(Array2<f64>),
}

impl MetricValue {
    /// The number, if it is a single one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<f64> {
        match self {
            Self::Scalar(value) => Some(*value),
            _ => None,
        }
    }

    /// The numbers by class index, if there is one a class.
    #[must_use]
    pub fn as_per_class(&self) -> Option<&[f64]> {
        match self {
            Self::PerClass(values) => Some(values),
            _ => None,
        }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_matrix(&self) -> Option<&Array2<f64>> {
        match self {
            Self::Matrix(values) => Some(values),
            _ => None,
        }
    }
}

/// Accumulates batches of scores against true classes.
///
/// What it holds depends on the data alone, not on how they were split into batches, nor on their order.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{ArrayView2, array};
/// use protocols::{BoxError, DatumMetadata, Metric, MetricMetadata, MetricValue, argmax};
/// use serde_json::Value;
///
/// /// How many pictures were classified right.
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
///         self.1 += scores.rows().into_iter().zip(targets).filter(|(row, t)| argmax(*row) == Some(**t)).count() as u64;
///         Ok(())
///     }
///
///     fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
///         Ok(BTreeMap::from([("hits".to_owned(), MetricValue::Scalar(self.1 as f64))]))
///     }
///
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
/// let (mut here, mut there) = (Hits(MetricMetadata::new("hits"), 0), Hits(MetricMetadata::new("hits"), 0));
/// here.update(array![[0.9, 0.1], [0.9, 0.1]].view(), &[0, 1], &[])?;
/// there.update(array![[0.2, 0.8]].view(), &[1], &[])?;
/// here.merge(&there.state())?;
/// assert_eq!(here.compute()?["hits"].as_scalar(), Some(2.0));
/// # Ok::<(), BoxError>(())
/// ```
pub trait Metric: Send {
    /// The metric's name.
    fn metadata(&self) -> &MetricMetadata;

    /// Forgets every batch.
    fn reset(&mut self);

    /// Takes in a batch: `scores` is `(images, classes)`, `targets` and `metadata` have one entry an image.
    ///
    /// # Errors
    ///
    /// The three do not fit each other or the metric; its state is then what it was before.
    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        metadata: &[DatumMetadata],
    ) -> Result<(), BoxError>;

    /// The named values over every batch since the last reset.
    ///
    /// # Errors
    ///
    /// The values are undefined, for instance because nothing was taken in.
    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError>;

    /// What was taken in since the last reset, as data that [`merge`](Self::merge) takes in elsewhere.
    fn state(&self) -> Value;

    /// Adds what another metric of the same settings took in, as its [`state`](Self::state) says.
    ///
    /// Merging is associative and commutative: parts of a dataset, evaluated anywhere and merged in any
    /// order, give the state of the whole.
    ///
    /// # Errors
    ///
    /// The state is not one of such a metric; this one's is then what it was before.
    fn merge(&mut self, state: &Value) -> Result<(), BoxError>;
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

    fn state(&self) -> Value {
        (**self).state()
    }

    fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
        (**self).merge(state)
    }
});
