//! ONNX image classifiers in pure Rust: any ONNX network as a `protocols::Model`, run by `rten`.
//!
//! A model is a folder with `model.onnx` and Hugging Face's `config.json` and `preprocessor_config.json`:
//!
//! ```no_run
//! use backend_rten::{RtenModel, RtenOptions};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let model = RtenModel::load(&ModelFolder::open("my-convnext")?, &RtenOptions::new())?;
//! let image = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[image.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! The network takes float32 or bytes, `(batch, 3, height, width)` or `(batch, height, width, 3)`, and returns logits
//! or probabilities, `(batch, classes)`. Before `rten` loads it, operators that `rten` computes differently from the
//! ONNX standard are rewritten; what cannot be rewritten is refused by the operator's name.
//!
//! An image's scores do not depend on the others of its batch nor on the number of threads, to the bit. An
//! [`RtenModel`] is `Send` and `Sync`: threads may share one.

mod error;
mod model;
mod onnx;
mod options;
mod pass;
mod worker;

pub use error::Error;
pub use model::RtenModel;
pub use onnx::{external_data, rewrite_onnx};
pub use options::RtenOptions;
