//! Dataset, Model, Metric and Augmentation, and the loop that evaluates them.

mod augmentation;
mod dataset;
mod datum;
mod metric;
mod model;

pub use augmentation::{Augmentation, AugmentationMetadata};
pub use dataset::{Dataset, DatasetMetadata};
pub use datum::{Batch, Datum, DatumMetadata};
pub use metric::{Metric, MetricMetadata, MetricValue};
pub use model::{Model, ModelMetadata, ScoreKind};

/// What an implementor of a trait reports; the loop that knows where it happened wraps it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
