//! The shipped model and images for it.

use std::path::{Path, PathBuf};

use backend_tch::{TchModel, TchOptions};
use model_folder::ModelFolder;
use ndarray::{Array3, ArrayView3};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext")
}

pub(crate) fn shipped(options: &TchOptions) -> TchModel {
    TchModel::load(&ModelFolder::open(folder()).unwrap(), options).unwrap()
}

pub(crate) fn images(count: usize) -> Vec<Array3<u8>> {
    (0..count)
        .map(|i| Array3::from_shape_fn((64, 64, 3), |(y, x, k)| ((y * (i + 3) + x * 5 + k * 40) % 256) as u8))
        .collect()
}

pub(crate) fn views(images: &[Array3<u8>]) -> Vec<ArrayView3<'_, u8>> {
    images.iter().map(|image| image.view()).collect()
}
