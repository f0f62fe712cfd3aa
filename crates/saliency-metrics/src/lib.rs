//! Metrics of saliency maps: the entropy of one map, SSD and cross-correlation of two.
//!
//! Definitions and degenerate cases are those of XAITK-Saliency 0.15. The functions take `ndarray` views
//! `(height, width)` of f32 or f64 and depend on no other crate of this workspace. They round and sum in NumPy's
//! order: values are the same on every machine, and they agree with the original's even where these are mostly
//! rounding, as the correlation of unrelated f32 maps is.
//!
//! ```
//! use ndarray::array;
//! use saliency_metrics::{entropy, ssd, xcorr};
//!
//! let truth = array![[0.0, 1.0], [1.0, 0.0]];
//! let predicted = array![[1.0, 0.0], [0.0, 1.0]];
//! assert_eq!(entropy(truth.view(), None)?, 1.0); // two pixels share all of the mass: one bit
//! assert_eq!(ssd(truth.view(), predicted.view())?, 2.0);
//! assert_eq!(xcorr(truth.view(), predicted.view())?, -1.0);
//! # Ok::<(), saliency_metrics::Error>(())
//! ```
//!
//! The coverage of a ground-truth region is measured by [`iou_coverage`], [`saliency_coverage`] and
//! [`ground_truth_coverage`], how a map has moved from another by [`pearson`], [`spearman`], [`unscaled_ssd`],
//! [`top_overlap`] and [`centre_shift`]; [`noise_pearson`] says how much of that is noise.
//!
//! [`SaliencyMetric`] is a thin trait over the functions, for programs that hold a list of metrics.

mod correlation;
mod coverage;
mod drift;
mod entropy;
mod error;
mod fn_metric;
mod loops;
mod pairwise;
mod pixels;
mod saliency_metric;
mod shrinking;
mod ssd;
mod value;
mod xcorr;

pub use correlation::{pearson, spearman};
pub use coverage::{ground_truth_coverage, iou_coverage, saliency_coverage};
pub use drift::{centre_shift, noise_pearson, top_overlap, unscaled_ssd};
pub use entropy::{ClipRange, Entropy, entropy};
pub use error::Error;
pub use fn_metric::FnMetric;
pub use saliency_metric::SaliencyMetric;
pub use ssd::{Ssd, ssd};
pub use value::MapValue;
pub use xcorr::{Xcorr, xcorr};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
