//! What inference backends share whatever runs the network.
//!
//! [`in_passes`] cuts a call into forward passes and spreads them over threads. [`Outputs`] turns what a network
//! returns, logits or probabilities, into scores; [`trial_images`] are what a network is given to find out which.
//! [`Idle`] keeps what a thread needs from call to call. The other functions check a backend's options and outputs.
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

mod checks;
mod error;
#[cfg(feature = "onnx")]
mod graph;
mod idle;
mod images;
mod output_choice;
mod outputs;
mod passes;
mod softmax;
mod threads;

pub use checks::{check_finite, columns, positive};
pub use error::Error;
#[cfg(feature = "onnx")]
pub use graph::last_operator;
pub use idle::Idle;
pub use images::{drawn, trial_images};
pub use output_choice::choose_output;
pub use outputs::{OutputKind, Outputs};
pub use passes::{Passes, in_passes};
pub use softmax::softmax_rows;
pub use threads::available_threads;
