use std::io::Cursor;

use image::{ImageReader, Limits};
use libjpeg_pixels::is_jpeg;
use ndarray::Array3;

use crate::Error;

/// A side of a picture may have this many pixels, and decoding it may take this much memory: a few bytes
/// of file can otherwise ask for any amount.
const MAX_SIDE: u32 = 20_000;
const MAX_BYTES: u64 = 512 << 20;
const MAX_PIXELS: usize = 128 << 20;

/// Decodes a picture into `(height, width, 3)`.
///
/// JPEG comes out with libjpeg-turbo's pixels, which are Pillow's; kinds of it that `libjpeg-pixels` does not
/// know are left to the image crate. Grey becomes three equal channels, an alpha channel is dropped, 16 bits
/// are cut to 8, as Pillow's `convert("RGB")` does. A picture may have 20,000 pixels a side, and decoding it may
/// take 512 MiB.
///
/// # Errors
///
/// [`Error::Decode`], with what `what` says of the picture: usually its file.
///
/// # Examples
///
/// ```
/// let error = datasets::decode(b"no picture", || "notes.txt".to_owned()).unwrap_err();
/// assert_eq!(error.to_string(), "notes.txt: cannot decode the picture");
/// ```
pub fn decode(bytes: &[u8], what: impl Fn() -> String) -> Result<Array3<u8>, Error> {
    let failed = |source: protocols::BoxError| Error::Decode { what: what(), source };
    if is_jpeg(bytes) {
        let limits = libjpeg_pixels::Limits { max_pixels: MAX_PIXELS, ..Default::default() };
        match libjpeg_pixels::decode(bytes, limits) {
            Ok(picture) => {
                let shape = (picture.height(), picture.width(), 3);
                return Array3::from_shape_vec(shape, picture.into_pixels()).map_err(|e| failed(e.into()));
            }
            Err(libjpeg_pixels::Error::Unsupported { .. }) => {}
            Err(error) => return Err(failed(error.into())),
        }
    }
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| failed(e.into()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|e| failed(e.into()))?.into_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Array3::from_shape_vec((height, width, 3), picture.into_raw()).map_err(|e| failed(e.into()))
}
