//! ONNX image classifiers in pure Rust.
