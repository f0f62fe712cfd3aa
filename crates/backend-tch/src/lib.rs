//! TorchScript image classifiers on CPU or CUDA: any scripted network as a `protocols::Model`, run by libtorch.
//!
//! A model is a folder with `model.pt` and Hugging Face's `config.json` and `preprocessor_config.json`:
//!
//! ```no_run
//! use backend_tch::{TchModel, TchOptions};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let model = TchModel::load(&ModelFolder::open("my-convnext")?, &TchOptions::new().device("cuda:0".parse()?))?;
//! let image = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[image.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! The network takes float32 `(batch, 3, height, width)`, or another [`Precision`], and returns `(batch, classes)`,
//! logits or probabilities. `docs/backend-tch.md` explains how to set libtorch up.

mod device;
mod device_thread;
mod error;
mod input;
mod intra_op_threads;
mod model;
mod network;
mod options;
mod precision;
mod staging;
mod tensor_float;

pub use device::Device;
pub use error::{Error, TorchError};
pub use model::TchModel;
pub use options::TchOptions;
pub use precision::Precision;
