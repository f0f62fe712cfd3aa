//! Image files.

use std::path::Path;

use ::perturb::Image as _;
use anyhow::{Context as _, Result};
use datasets::DecodeOptions;
use image::{DynamicImage, ImageFormat};
use ndarray::{Array3, ArrayView3};

use crate::exit::wrong;
use crate::progress::note;

/// Reads an image as RGB, with the limits and the pixels of the datasets.
pub(crate) fn read(path: &Path) -> Result<Array3<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let decoded = DecodeOptions::new().decode(&bytes, || path.display().to_string())?;
    if let Some(found) = decoded.note {
        note(&found.to_string());
    }
    Ok(decoded.image)
}

/// The format in which an image is written, by its file's ending.
pub(crate) fn format(path: &Path) -> Result<ImageFormat> {
    match ImageFormat::from_path(path) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => Ok(format),
        _ => Err(wrong(format!("{} has another ending, expected .png, .jpg or .jpeg", path.display()))),
    }
}

/// Writes an image in a format of [`format`].
pub(crate) fn write(path: &Path, image: ArrayView3<'_, u8>, format: ImageFormat) -> Result<()> {
    let image = DynamicImage::from_array(image.to_owned())?;
    Ok(study_store::write_atomically(path, |out| image.write_to(out, format))?)
}
