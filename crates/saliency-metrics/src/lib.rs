//! Numbers for saliency maps: entropy of one map, SSD and cross-correlation of two.
//!
//! The definitions, degenerate cases included, are those of XAITK-Saliency 0.15; the functions take
//! `ndarray` views `(height, width)` of f32 or f64 and need nothing else of this workspace. They round as NumPy
//! does and add up in its order: the values are the same on every machine, and agree with the original's also
//! where these are mostly rounding, as the correlation of unrelated maps in f32 is.
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
//! [`SaliencyMetric`] and [`SaliencyComparison`] are thin traits over the functions, for programs that keep
//! a list of metrics.
//!
//! # Features
//!
//! - `protocols`: `CausalMetric`, insertion and deletion, which ask a `protocols::Model` what it thinks of a
//!   picture as the pixels that a map holds most important come or go. Off by default.

mod blurred;
#[cfg(feature = "protocols")]
mod causal;
mod entropy;
mod error;
mod loops;
mod metric;
mod pairwise;
mod pixels;
mod ssd;
mod value;
mod xcorr;

pub use blurred::blurred;
#[cfg(feature = "protocols")]
pub use causal::{CausalCurve, CausalError, CausalMetric};
pub use entropy::{ClipRange, entropy};
pub use error::Error;
pub use metric::{Entropy, SaliencyComparison, SaliencyMetric, Ssd, Xcorr};
pub use ssd::ssd;
pub use value::MapValue;
pub use xcorr::xcorr;
