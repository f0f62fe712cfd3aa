//! ONNX image classifiers in pure Rust: any ONNX network as a `protocols::Model`, run by `rten`.
//!
//! A model is a folder with `model.onnx` and Hugging Face's `config.json` and `preprocessor_config.json`:
//!
//! ```no_run
//! use backend_rten::{RtenOptions, RtenModel};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let model = RtenModel::load(&ModelFolder::open("my-convnext")?, &RtenOptions::new())?;
//! let picture = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[picture.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! The network takes float32 `(batch, 3, height, width)` and returns logits `(batch, classes)`; the batch may be
//! any number or fixed. A picture's scores do not depend on the others of its batch nor on the number of threads, to
//! the bit. An [`RtenModel`] is `Send` and `Sync`: threads may share one.

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
