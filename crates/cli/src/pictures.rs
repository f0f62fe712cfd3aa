//! Picture files in and out.

use std::io::Write;
use std::path::Path;

use ndarray::{Array3, ArrayView3};

use crate::failure::{Failure, context};
use crate::files::write_whole;

/// Reads a png, jpeg or other picture as RGB, with the limits and the pixels of the datasets.
pub(crate) fn read(path: &Path) -> Result<Array3<u8>, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|e| Failure::run(context(format!("cannot read {}", path.display()))(e)))?;
    let decoded =
        datasets::DecodeOptions::new().decode(&bytes, || path.display().to_string()).map_err(Failure::run)?;
    if let Some(note) = decoded.note {
        writeln!(std::io::stderr(), "note: {note}").map_err(Failure::run)?;
    }
    Ok(decoded.image)
}

/// Writes a picture as png.
pub(crate) fn write_png(path: &Path, image: ArrayView3<'_, u8>) -> Result<(), Failure> {
    let picture = ::perturb::image_from_array(image)
        .ok_or_else(|| Failure::run(format!("a picture of {} channels cannot be a png", image.dim().2)))?;
    write_whole(path, |out| picture.write_to(out, image::ImageFormat::Png))
}
