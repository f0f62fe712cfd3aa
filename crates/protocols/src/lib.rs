//! Dataset, Model, Metric and Augmentation, and the loop that evaluates them.
//!
//! The traits are MAITE's protocols for image classification in Rust terms; whoever implements one can be
//! used with whoever implements the others. [`evaluate`] reads and augments pictures on other threads while
//! the model runs, feeds the [`Metric`]s, and names the datum when something fails.
//!
//! ```
//! use ndarray::{Array2, Array3};
//! use protocols::{FnModel, MemoryDataset, ModelMetadata, Options, ScoreKind, argmax, predict};
//!
//! // Two pictures, and a model that tells them apart by their first value.
//! let labels = vec!["dark".to_owned(), "bright".to_owned()];
//! let pictures = vec![(Array3::zeros((8, 8, 3)), 0), (Array3::from_elem((6, 9, 3), 255), 1)];
//! let dataset = MemoryDataset::new("tiles", labels.clone(), pictures)?;
//! let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Probabilities), |images| {
//!     let bright = |i: usize| f32::from(images[i][[0, 0, 0]]) / 255.0;
//!     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
//! });
//!
//! let predictions = predict(&model, &dataset, &Options::new().loader_threads(2))?;
//! let classes: Vec<_> = predictions.scores().rows().into_iter().map(argmax).collect();
//! assert_eq!(classes, [Some(0), Some(1)]);
//! # Ok::<(), protocols::BoxError>(())
//! ```
//!
//! # Conventions
//!
//! Pictures are `(height, width, channels)` u8 in a dataset's own sizes; scores are `(images, classes)`
//! f32. A class is its index in `labels`; where a model's labels come in another order than the dataset's,
//! [`AlignedModel`] matches them by name. Whatever is random about a datum is keyed by its index, so nothing
//! depends on batches, threads or order.
//!
//! # Differences from MAITE 0.9
//!
//! - The true class is an index, not a one-hot vector.
//! - An empty dataset, a batch whose lists differ in length, and a model that returns another number of rows
//!   or columns than it should are errors; MAITE takes the first for an accuracy of 0 and the others as they
//!   come.
//! - A model and a dataset that name their classes differently are refused.
//! - Metrics have a state that can be stored and merged.

#![warn(clippy::indexing_slicing)]

mod aligned_model;
mod argmax;
mod augment;
mod augmentation;
mod dataset;
mod datum;
mod error;
mod evaluate;
mod fn_model;
mod forward;
mod loader;
mod memory_dataset;
mod metric;
mod model;
mod observer;
mod options;
mod predictions;
mod scorer;
mod source;
mod subset;

pub use aligned_model::AlignedModel;
pub use argmax::argmax;
pub use augment::{Augmented, augment};
pub use augmentation::{Augmentation, AugmentationMetadata};
pub use dataset::{Dataset, DatasetMetadata};
pub use datum::{Batch, Datum, DatumMetadata};
pub use error::{Error, Place};
pub use evaluate::{Evaluation, evaluate, evaluate_from_predictions, predict};
pub use fn_model::FnModel;
pub use memory_dataset::MemoryDataset;
pub use metric::{Metric, MetricMetadata, MetricValue};
pub use model::{Model, ModelMetadata, ScoreKind};
pub use observer::Observer;
pub use options::Options;
pub use predictions::Predictions;
pub use source::{Source, batches};
pub use subset::Subset;

/// What an implementor of a trait reports; the loop that knows where it happened wraps it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
