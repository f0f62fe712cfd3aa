//! TorchScript image classifiers on CPU or CUDA: any scripted network as a `protocols::Model`, run by libtorch.
//!
//! A model is a folder with `model.pt` and Hugging Face's `config.json` and `preprocessor_config.json`:
//!
//! ```no_run
//! use backend_tch::{TchOptions, TchModel};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let model = TchModel::load(&ModelFolder::open("my-convnext")?, &TchOptions::new().device("cuda:0".parse()?))?;
//! let picture = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[picture.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! The network takes float32 `(batch, 3, height, width)`, or what [`Precision`] says, and returns logits
//! `(batch, classes)`. How to set libtorch up is told in `docs/backend-tch.md`.

mod device;
mod error;
mod input;
mod intra_op_threads;
mod model;
mod network;
mod options;
mod precision;
mod staging;

pub use device::Device;
pub use error::{Error, TorchError};
pub use model::TchModel;
pub use options::TchOptions;
pub use precision::Precision;
