//! Picture files in and out.

use std::path::Path;

use ::perturb::Image;
use image::DynamicImage;
use ndarray::{Array3, ArrayView3};

use crate::failure::{Failure, context};
use crate::files::write_whole;

/// Reads a png, jpeg or other picture as RGB, with the limits and the pixels of the datasets.
pub(crate) fn read(path: &Path) -> Result<Array3<u8>, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|e| Failure::run(context(format!("cannot read {}", path.display()))(e)))?;
    datasets::decode(&bytes, || path.display().to_string()).map_err(Failure::run)
}

/// Writes a picture as png.
pub(crate) fn write_png(path: &Path, image: ArrayView3<'_, u8>) -> Result<(), Failure> {
    let picture = DynamicImage::from_array(image.to_owned()).map_err(Failure::run)?;
    write_whole(path, |out| picture.write_to(out, image::ImageFormat::Png))
}
