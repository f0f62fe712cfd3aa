//! TorchScript image classifiers on CPU or CUDA.
