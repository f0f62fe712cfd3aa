use std::path::Path;

use ndarray::Array3;
use serde::Deserialize;

use crate::{Error, read_file};

/// The largest difference from the expected outputs, as a share of their largest magnitude.
const TOLERANCE: f64 = 1e-3;

/// An image and what the network returned for it when it was exported: a backend that returns something else computes
/// another network.
///
/// A model folder may hold `check.png`, an RGB image of 8 bits, and `check.json`, which is
/// `{"outputs": [0.1, -2.3]}`: what the original network returned for that image, prepared by the folder's
/// processor. `scripts/export_torchscript.py` writes both.
///
/// ```
/// use model_folder::Check;
/// use ndarray::Array3;
///
/// let check = Check::new(Array3::zeros((8, 8, 3)), vec![0.5, -2.0]);
/// assert!(check.verify(&[0.5004, -2.0]).is_ok());
/// assert!(check.verify(&[0.51, -2.0]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    image: Array3<u8>,
    outputs: Vec<f32>,
}

#[derive(Deserialize)]
struct Json {
    outputs: Vec<f32>,
}

impl Check {
    /// A check with an image `(height, width, 3)` and the network's outputs for it, before softmax.
    #[must_use]
    pub fn new(image: Array3<u8>, outputs: Vec<f32>) -> Self {
        Self { image, outputs }
    }

    /// The image, `(height, width, 3)`.
    #[must_use]
    pub fn image(&self) -> &Array3<u8> {
        &self.image
    }

    /// The network's outputs for the image, before softmax.
    #[must_use]
    pub fn outputs(&self) -> &[f32] {
        &self.outputs
    }

    /// Compares a backend's outputs for the image with the expected ones.
    ///
    /// # Errors
    ///
    /// [`Error::CheckLength`] if there are more or fewer outputs than expected, and [`Error::Check`] if one of them
    /// differs by more than 1e-3 times the largest expected magnitude, or by more than 1e-3 if that is below 1.
    pub fn verify(&self, found: &[f32]) -> Result<(), Error> {
        if found.len() != self.outputs.len() {
            return Err(Error::CheckLength { found: found.len(), expected: self.outputs.len() });
        }
        let largest =
            self.outputs.iter().fold(1.0_f64, |largest, &value| largest.max(f64::from(value).abs()));
        for (class, (&found, &expected)) in found.iter().zip(&self.outputs).enumerate() {
            let difference = (f64::from(found) - f64::from(expected)).abs() / largest;
            // Refuses NaN, too.
            if !matches!(
                difference.partial_cmp(&TOLERANCE),
                Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)
            ) {
                return Err(Error::Check { class, found, expected });
            }
        }
        Ok(())
    }

    /// Reads a folder's `check.png` and `check.json`, if they are there.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let (png, json) = (folder.join("check.png"), folder.join("check.json"));
        if !json.is_file() {
            return Ok(None);
        }
        let at = |source| Error::File { path: json.clone(), source: Box::new(source) };
        let text = read_file(&json, "the expected outputs")?;
        let Json { outputs } = serde_json::from_slice(&text)
            .map_err(|e| at(Error::Json { expected: "a check.json", problem: e.to_string() }))?;
        let bytes = read_file(&png, "the image of check.json")?;
        let image = decode(&bytes)
            .map_err(|problem| Error::File { path: png, source: Box::new(Error::CheckImage { problem }) })?;
        Ok(Some(Self { image, outputs }))
    }
}

fn decode(bytes: &[u8]) -> Result<Array3<u8>, String> {
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
    let (color, depth) = reader.output_color_type();
    if (color, depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(format!("{color:?} of {depth:?} bits, expected RGB of 8"));
    }
    let size = reader.output_buffer_size().ok_or("more bytes than fit in memory")?;
    let mut values = vec![0; size];
    let info = reader.next_frame(&mut values).map_err(|e| e.to_string())?;
    let shape = (info.height as usize, info.width as usize, 3);
    Array3::from_shape_vec(shape, values).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_measured_against_the_largest_output() {
        let check = Check::new(Array3::zeros((1, 1, 3)), vec![20.0, 0.0]);
        assert!(check.verify(&[20.0, 0.019]).is_ok());
        assert!(matches!(check.verify(&[20.0, 0.021]), Err(Error::Check { class: 1, .. })));
        assert!(matches!(check.verify(&[f32::NAN, 0.0]), Err(Error::Check { class: 0, .. })));
        assert!(matches!(check.verify(&[20.0]), Err(Error::CheckLength { found: 1, expected: 2 })));
    }

    #[test]
    fn a_check_is_read_from_its_two_files() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Check::read(folder.path()).unwrap(), None);
        std::fs::write(folder.path().join("check.json"), r#"{"outputs": [1.5, -2]}"#).unwrap();
        assert!(matches!(Check::read(folder.path()), Err(Error::Io { .. })));
        let file = std::fs::File::create(folder.path().join("check.png")).unwrap();
        let mut encoder = png::Encoder::new(file, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&[1, 2, 3, 4, 5, 6]).unwrap();
        let check = Check::read(folder.path()).unwrap().unwrap();
        assert_eq!(check.outputs(), [1.5, -2.0]);
        assert_eq!(check.image().as_slice().unwrap(), [1, 2, 3, 4, 5, 6]);
        std::fs::write(folder.path().join("check.png"), "no image").unwrap();
        assert!(matches!(Check::read(folder.path()), Err(Error::File { .. })));
    }
}
