//! Metrics of multiclass classification, with the semantics of torchmetrics.
//!
//! [`Multiclass`] counts each image once and computes from the counts whatever is chosen: accuracy,
//! precision, recall, F1 and others under any average, Cohen's kappa, Matthews' correlation coefficient and
//! the confusion matrix. Counts of parts of a dataset can be merged, whereas means of batch accuracies could
//! not. The scores are computed in f32 in the order of torchmetrics, and have the same bits.
//!
//! [`Probabilistic`] keeps all probabilities and computes AUROC, average precision, calibration errors and
//! hinge losses. [`wilson_interval`] and [`bootstrap_interval`] say how uncertain a value is, and
//! [`mean_corruption_error`] sums up a robustness benchmark.
//!
//! ```
//! use classification_metrics::{Average, Multiclass, Score};
//! use ndarray::array;
//! use protocols::{DatumMetadata, Metric};
//!
//! let mut metric = Multiclass::builder(3)
//!     .score(Score::Accuracy, Average::Macro)
//!     .score(Score::Accuracy, Average::Micro)
//!     .build()?;
//! let scores = array![[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]];
//! let metadata: Vec<_> = (0..4).map(|i| DatumMetadata::new(i.to_string(), i)).collect();
//! metric.update(scores.view(), &[0, 1, 1, 2], &metadata)?;
//!
//! let values = metric.compute()?;
//! assert_eq!(values["accuracy_micro"].as_scalar(), Some(0.75));
//! assert!((values["accuracy_macro"].as_scalar().ok_or("a number")? - 2.5 / 3.0).abs() < 1e-6);
//! # Ok::<(), protocols::BoxError>(())
//! ```
//!
//! # Differences from torchmetrics 1.9
//!
//! - A target that is not a class, a NaN score, and a `top_k` of 0 are errors.
//! - Before the first update there is no value; torchmetrics warns and returns 0.
//! - Among equal scores the first class ranks highest, in top-k as in top-1; `torch.topk` defines no order.
//! - Matthews' correlation coefficient is 0 where it is 0/0, also for two classes.
//! - Classes without a receiver operating characteristic are left out of averages and counted, not included
//!   as 0. Whether scores are logits is said by the caller, not guessed batch by batch.
//!
//! Note that the macro average leaves out classes that are neither targets nor predictions, here as in
//! torchmetrics. Macro values over different parts of a dataset are therefore not comparable.

mod agreement;
mod average;
mod bootstrap;
mod calibration_norm;
mod class_counts;
mod corruption_error;
mod counts;
mod curves;
mod error;
mod hinge_mode;
mod multiclass;
mod name;
mod normalization;
mod probabilistic;
mod score;
mod score_table;
mod statistic;
mod torch_sum;
mod wilson;

pub use agreement::{Weighting, cohen_kappa, matthews_correlation};
pub use average::Average;
pub use bootstrap::bootstrap_interval;
pub use calibration_norm::CalibrationNorm;
pub use corruption_error::{mean_corruption_error, relative_mean_corruption_error};
pub use counts::Counts;
pub use error::Error;
pub use hinge_mode::HingeMode;
pub use multiclass::{Multiclass, MulticlassBuilder};
pub use normalization::Normalization;
pub use probabilistic::{Probabilistic, ProbabilisticBuilder};
pub use score::Score;
pub use wilson::wilson_interval;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
