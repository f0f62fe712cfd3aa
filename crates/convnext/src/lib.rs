//! ConvNeXt and ConvNeXt V2 image classifiers in pure Rust, from the weights that Hugging Face and timm save.
mod block;
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
mod residual;
mod response_norm;
mod worker;

pub use error::Error;
pub use model::ConvNextModel;
pub use options::ConvNextOptions;
