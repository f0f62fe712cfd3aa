//! What the tests share: the library, and images as `data/make.py` draws them.

use std::path::{Path, PathBuf};

use backend_ort::Runtime;
use ndarray::{Array3, ArrayView3};

/// ONNX Runtime, from where `ORT_DYLIB_PATH` or scripts/onnxruntime.sh says.
pub(crate) fn runtime() -> Runtime {
    let installed = || root().join(".venv/libonnxruntime.so");
    let library = std::env::var_os("ORT_DYLIB_PATH").map_or_else(installed, PathBuf::from);
    let loaded = Runtime::load(library);
    assert!(loaded.is_ok(), "{}: run scripts/onnxruntime.sh", loaded.unwrap_err());
    loaded.unwrap()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn labels(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

pub(crate) fn images(count: usize) -> Vec<Array3<u8>> {
    let image = |i| {
        Array3::from_shape_fn((6, 10, 3), |(y, x, k)| {
            ((y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256) as u8
        })
    };
    (0..count).map(image).collect()
}

pub(crate) fn views(images: &[Array3<u8>]) -> Vec<ArrayView3<'_, u8>> {
    images.iter().map(|image| image.view()).collect()
}
