//! What inference backends share whatever runs the network.
//!
//! [`in_passes`] cuts a call into forward passes and spreads them over threads; [`softmax_rows`] turns logits into
//! probabilities.
//!
//! ```
//! use inference::{in_passes, softmax_rows};
//! use ndarray::{Array2, array};
//!
//! // Five images, at most two per forward pass, on three threads.
//! let mut scores = Array2::zeros((5, 2));
//! in_passes(scores.view_mut(), 2, 3, |passes| {
//!     for (_first, mut logits) in passes {
//!         logits.fill(1.0); // the network's work
//!     }
//!     Ok::<(), std::io::Error>(())
//! })?;
//! softmax_rows(&mut scores);
//! assert_eq!(scores, array![[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]);
//! # Ok::<(), std::io::Error>(())
//! ```

mod passes;
mod softmax;

pub use passes::{Passes, in_passes};
pub use softmax::softmax_rows;
