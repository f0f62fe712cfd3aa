use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};

use crate::{BoxError, DatumMetadata};

/// What is known of a metric.
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
}

/// Accumulates batches of scores against true classes.
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
}
