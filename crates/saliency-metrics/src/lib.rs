//! Numbers for saliency maps: entropy of one map, SSD and cross-correlation of two.
//!
//! The definitions, degenerate cases included, are those of XAITK-Saliency 0.15; the functions take
//! `ndarray` views `(height, width)` of f32 or f64 and need nothing else of this workspace.
//!
//! ```
//! use ndarray::array;
//! use saliency_metrics::{entropy, ssd, xcorr};
//!
//! let truth = array![[0.0_f32, 1.0], [1.0, 0.0]];
//! let predicted = array![[1.0_f32, 0.0], [0.0, 1.0]];
//! assert_eq!(entropy(truth.view(), None)?, 1.0); // two pixels share all of the mass: one bit
//! assert_eq!(ssd(truth.view(), predicted.view())?, 2.0);
//! assert_eq!(xcorr(truth.view(), predicted.view())?, -1.0);
//! # Ok::<(), saliency_metrics::Error>(())
//! ```
//!
//! [`SaliencyMetric`] and [`SaliencyComparison`] are thin traits over the functions, for programs that keep
//! a list of metrics.

mod entropy;
mod error;
mod metric;
mod pixels;
mod ssd;
mod xcorr;

pub use entropy::{ClipRange, entropy};
pub use error::Error;
pub use metric::{Entropy, SaliencyComparison, SaliencyMetric, Ssd, Xcorr};
pub use ssd::ssd;
pub use xcorr::xcorr;
