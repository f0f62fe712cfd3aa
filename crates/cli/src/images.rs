//! Image files.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use ndarray::{Array3, ArrayView3};

/// Reads an image as RGB, with the limits and the pixels of the datasets.
pub(crate) fn read(path: &Path) -> Result<Array3<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(datasets::decode(&bytes, || path.display().to_string())?)
}

/// Writes an image as PNG.
pub(crate) fn write_png(path: &Path, image: ArrayView3<'_, u8>) -> Result<()> {
    let drawn = ::perturb::image_from_array(image)
        .ok_or_else(|| anyhow!("an image with {} channels cannot be written as PNG", image.dim().2))?;
    Ok(study_store::write_atomically(path, |out| drawn.write_to(out, image::ImageFormat::Png))?)
}
