//! ConvNeXt and ConvNeXt V2 image classifiers in pure Rust, from the weights that Hugging Face and timm save.
//!
//! A model is a folder as `save_pretrained` writes it: `config.json`, `preprocessor_config.json` and
//! `model.safetensors`, or `pytorch_model.bin`, as older versions write it, or several such files with their index.
//! Nothing has to be exported. Reading a `pytorch_model.bin`, which is a pickle, executes nothing.
//!
//! ```
//! use convnext::{ConvNextModel, ConvNextOptions};
//! use model_folder::ModelFolder;
//! use ndarray::Array3;
//! use protocols::Model;
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");
//! let model = ConvNextModel::load(&ModelFolder::open(path)?, &ConvNextOptions::new())?;
//! let image = Array3::<u8>::zeros((300, 400, 3));
//! let scores = model.predict(&[image.view()])?;
//! assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! # What is supported
//!
//! - ConvNeXt (Liu et al. 2022, <https://arxiv.org/abs/2201.03545>) and ConvNeXt V2 (Woo et al. 2023,
//!   <https://arxiv.org/abs/2301.00808>) with any number of stages, blocks and channels, and images of any size.
//! - Parameters named as in `transformers` or in timm; timm's overlapping stems, its stem of stride 2, its
//!   1x1 convolutions in place of linear layers, and networks with and without layer scale.
//! - Weights in F32, F16, BF16 or F64. The computation is in f32.
//!
//! Everything else is refused by name: other activations than the exact GELU, timm's heads with a hidden layer or
//! with the norm before the pooling, RMS norms, convolutions without bias, kernels other than 7x7 in the blocks, and
//! weights that no layer takes.
//!
//! # How it computes
//!
//! Activations are `(pixels, channels)`, so that a linear layer is one matrix product over the pixels of several
//! images, for which the weights are packed once. The gain and bias of a layer norm, the layer scale and the bias of
//! the response normalisation are folded into the neighbouring products. Between the two products of a block a few
//! pixels' hidden channels stay in a core's cache. After the first forward passes nothing is allocated.
//!
//! An image's scores are the same to the bit in any batch and on any number of threads. They may differ in the last
//! bits between processors, whose vectors are of different widths.

mod block;
mod buffer;
mod checkpoint;
mod config;
mod convolution;
mod depthwise;
mod error;
mod gelu;
mod layer_norm;
mod linear;
mod loader;
mod model;
mod naming;
mod network;
mod options;
mod pickle;
mod residual;
mod response_norm;
mod torch_file;
mod worker;

pub use error::Error;
pub use model::ConvNextModel;
pub use options::ConvNextOptions;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
