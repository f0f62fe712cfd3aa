//! Image classifiers from Hugging Face folders, on the backend of your choice.
//!
//! [`ModelConfig`] says which model, and how it runs; [`ModelConfig::open`] opens it as a `protocols::Model`, whatever
//! computes its scores. Without a folder it is the model that the workspace ships, a ConvNeXt for EuroSAT.
//!
//! ```
//! use models::ModelConfig;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! let opened = ModelConfig::default().open()?;
//! assert!(opened.backend.starts_with("native"));
//! let scores = opened.model.predict(&[Array3::zeros((64, 64, 3)).view()])?;
//! assert_eq!(scores.dim(), (1, 10));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! # Features
//!
//! - `hub`: models of the Hugging Face Hub by name, `hf:OWNER/NAME` ([`ModelConfig::fetch`]).
//! - `tch`: TorchScript models on libtorch, on the CPU or CUDA.
//! - `ort`: ONNX models on ONNX Runtime, on the CPU, CUDA or TensorRT. The library is loaded at run time.

#![warn(clippy::indexing_slicing)]

mod backend;
mod config;
mod error;
#[cfg(feature = "hub")]
mod fetched_model;
mod open;
mod shipped;

pub use backend::Backend;
pub use config::ModelConfig;
pub use error::Error;
#[cfg(feature = "hub")]
pub use fetched_model::FetchedModel;
pub use inference::OutputKind;
pub use open::OpenedModel;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
