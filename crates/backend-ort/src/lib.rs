//! ONNX image classifiers on ONNX Runtime, the reference engine for ONNX: any ONNX network as a `protocols::Model`, on the
//! CPU, CUDA or TensorRT.
//!
//! ONNX Runtime is a shared library, which is loaded at run time: [`Runtime::load`] takes its path. This crate builds
//! without it. A model is a folder with `model.onnx` and Hugging Face's `config.json` and `preprocessor_config.json`:
//!
//! ```no_run
//! use backend_ort::{OrtModel, OrtOptions, Runtime};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let runtime = Runtime::load("libonnxruntime.so")?;
//! let model = OrtModel::load(&runtime, &ModelFolder::open("my-convnext")?, &OrtOptions::new())?;
//! let image = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[image.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! An [`OrtModel`] is `Send` and `Sync`: threads may share one.
//!
//! # Features
//!
//! - `test-library`: this crate's tests that need ONNX Runtime.

mod device;
mod error;
mod images;
mod input;
mod model;
mod network;
mod options;
mod placement;
mod runtime;
mod worker;

pub use device::Device;
pub use error::Error;
pub use model::OrtModel;
pub use options::OrtOptions;
pub use runtime::Runtime;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
