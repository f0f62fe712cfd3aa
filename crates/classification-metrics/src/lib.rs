//! Multiclass classification metrics with the semantics of torchmetrics, as `protocols` metrics.
//!
//! [`Multiclass`] counts each picture once and computes from the counts whatever it was asked for:
//! accuracy, precision, recall and F1 under any average, top-k variants and the confusion matrix. Counts of
//! parts of a dataset can be merged; means of batch accuracies could not. Values are computed in f32 in the
//! order in which torchmetrics does, and have the same bits.
//!
//! ```
//! use classification_metrics::{Average, Multiclass, Score};
//! use ndarray::array;
//! use protocols::{DatumMetadata, Metric};
//!
//! let mut metric = Multiclass::new(3)?
//!     .with(Score::Accuracy, Average::Macro)
//!     .with(Score::Accuracy, Average::Micro);
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
//! - A target that is no class, a NaN score, and a `top_k` of 0 are errors.
//! - Before the first update there is no value; torchmetrics warns and returns 0.
//! - Among equal scores the first class ranks highest, in top-k as in top-1; `torch.topk` promises no order.
//!
//! A warning that holds for both: the macro average leaves out classes that are neither targets nor
//! predictions, so that macro values over different parts of a dataset are not comparable.

mod average;
mod bootstrap;
mod counts;
mod error;
mod multiclass;
mod score;
mod torch_sum;
mod wilson;

pub use average::Average;
pub use bootstrap::bootstrap_interval;
pub use counts::Counts;
pub use error::Error;
pub use multiclass::Multiclass;
pub use score::Score;
pub use wilson::wilson_interval;
