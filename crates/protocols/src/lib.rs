//! Dataset, model, metric and augmentation as traits, and the loop that evaluates a model.
//!
//! The traits are MAITE's protocols for image classification in Rust: whatever implements one works with
//! everything that implements the others. [`evaluate`] reads and augments images on other threads while the
//! model runs, updates the [`Metric`]s, and names the datum if something fails.
//!
//! ```
//! use ndarray::{Array2, Array3};
//! use protocols::{EvaluateOptions, FnModel, MemoryDataset, ModelMetadata, ScoreKind, argmax, predict};
//!
//! // Two images, and a model that tells them apart by their first value.
//! let labels = vec!["dark".to_owned(), "bright".to_owned()];
//! let images = vec![(Array3::zeros((8, 8, 3)), 0), (Array3::from_elem((6, 9, 3), 255), 1)];
//! let dataset = MemoryDataset::new("tiles", labels.clone(), images)?;
//! let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Probabilities), |images| {
//!     let bright = |i: usize| f32::from(images[i][[0, 0, 0]]) / 255.0;
//!     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
//! });
//!
//! let predictions = predict(&model, &dataset, EvaluateOptions::new())?;
//! let classes: Vec<_> = predictions.scores().rows().into_iter().map(argmax).collect();
//! assert_eq!(classes, [Some(0), Some(1)]);
//! # Ok::<(), protocols::BoxError>(())
//! ```
//!
//! # Conventions
//!
//! - Images are `(height, width, channels)` u8 and may differ in size; scores are `(images, classes)` f32.
//! - A class is its index in `labels`. The dataset's labels must be the model's first labels; if they come in
//!   another order, [`AlignedModel`] matches them by name.
//! - Random numbers for a datum are seeded with its [`key`](DatumMetadata::key), so that nothing depends on
//!   batches, threads or order.
//!
//! # For users of MAITE
//!
//! | MAITE 0.9 | here |
//! | --- | --- |
//! | `Dataset`, `Model`, `Metric`, `Augmentation` | the traits of the same names |
//! | `tasks.evaluate` | [`evaluate`] |
//! | `tasks.predict` | [`predict`] |
//! | `tasks.evaluate_from_predictions` | [`Predictions::evaluate`] |
//! | `tasks.augment` | [`Augmented`] |
//! | `DataLoader` | [`EvaluateOptions::batch_size`] and [`EvaluateOptions::loader_threads`] |
//!
//! Differences:
//!
//! - The true class is an index, not a one-hot vector.
//! - An augmentation takes one datum, not a batch.
//! - An empty dataset, and a model that returns the wrong number of rows or columns, are errors. MAITE
//!   reports an accuracy of 0 for the first and does not check the second.
//! - A model whose first class names are not the dataset's is refused by default.
//! - A [`MergeableMetric`] has a state that can be stored and merged.

#![warn(clippy::indexing_slicing)]

mod aligned_model;
mod argmax;
mod augmentation;
mod augmented;
mod batch;
pub mod conformance;
mod dataset;
mod datum;
mod error;
mod evaluate;
mod evaluate_options;
mod evaluation_observer;
mod fn_model;
mod forward;
mod label_match;
mod loader;
mod memory_dataset;
mod mergeable_metric;
mod metric;
mod metric_value;
mod metrics;
mod model;
mod observer;
mod place;
mod predictions;
mod read_ahead;
mod score_fault;
mod score_kind;
mod scorer;
mod subset;
mod with_causes;

pub use aligned_model::AlignedModel;
pub use argmax::argmax;
pub use augmentation::{Augmentation, AugmentationMetadata};
pub use augmented::Augmented;
pub use dataset::{Dataset, DatasetMetadata};
pub use datum::{Datum, DatumMetadata};
pub use error::Error;
pub use evaluate::{Evaluation, evaluate, predict};
pub use evaluate_options::EvaluateOptions;
pub use evaluation_observer::EvaluationObserver;
pub use fn_model::FnModel;
pub use memory_dataset::MemoryDataset;
pub use mergeable_metric::MergeableMetric;
pub use metric::{Metric, MetricMetadata};
pub use metric_value::MetricValue;
pub use model::{Model, ModelMetadata};
pub use observer::{Observer, Pass};
pub use place::Place;
pub use predictions::Predictions;
pub use score_fault::{ScoreFault, check_scores};
pub use score_kind::ScoreKind;
pub use subset::Subset;
pub use with_causes::with_causes;

/// The error type of the traits' methods. The evaluation loop adds where the error occurred.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
