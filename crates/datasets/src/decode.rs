use std::io::Cursor;

use image::codecs::pnm::PnmDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use libjpeg_pixels::is_jpeg;
use ndarray::Array3;
use protocols::BoxError;

use crate::orientation::{of_decoder, of_jpeg};
use crate::samples::Raster;
use crate::{Error, Note, SampleRange, tiff_samples};

/// The most pixels that an image may have along one side and in all, and the most memory that decoding it
/// may take: a few bytes of file can otherwise ask for any amount.
const MAX_SIDE: u32 = 20_000;
const MAX_PIXELS: usize = 1 << 27;
const MAX_BYTES: u64 = 512 << 20;

/// How a Git LFS pointer begins: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
pub(crate) const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";

/// How an image file becomes `(height, width, 3)`, 0 to 255.
///
/// PNG, JPEG, BMP, GIF, TIFF, WebP and netpbm's PBM, PGM, PPM and PAM are read. The format is told by the
/// first bytes, never by a name.
///
/// Pixels are those of Pillow 13's `convert("RGB")`:
///
/// - JPEG has libjpeg-turbo's pixels; the kinds of JPEG that `libjpeg-pixels` does not decode are left to the
///   `image` crate.
/// - Grey becomes three equal channels, palettes are looked up, alpha is dropped, and of an animation the
///   first frame is taken.
/// - **16 bits** become 8 by keeping the upper 8: `v >> 8`. Samples of netpbm formats are scaled from their
///   own largest value and rounded, ties to even: `v / maxval * 255`. (Of 16-bit grey, Pillow makes white
///   wherever the value is above 255; here it is treated as colour is.)
/// - **Floats** and integers of 32 and 64 bits, as TIFF may hold, have no range of their own and are refused
///   unless a [`sample_range`](Self::sample_range) is given, for which Pillow has no equal.
/// - **EXIF orientation** is followed if [`upright`](Self::upright) is set; that of TIFF always is, as in
///   Pillow.
///
/// ```
/// use datasets::DecodeOptions;
///
/// // A BMP of one blue pixel: its headers say 1 x 1 of 24 bits; rows come as blue, green, red.
/// let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bmp.resize(54, 0);
/// bmp.extend([255, 10, 0, 0]);
///
/// let image = DecodeOptions::new().decode(&bmp, || "blue.bmp".to_owned())?.image;
/// assert_eq!(image.dim(), (1, 1, 3));
/// assert_eq!(image.as_slice(), Some(&[0, 10, 255][..]));
///
/// let error = DecodeOptions::new().decode(b"no image", || "notes.txt".to_owned()).unwrap_err();
/// assert_eq!(error.to_string(), "notes.txt: cannot decode the image");
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DecodeOptions {
    upright: bool,
    sample_range: Option<SampleRange>,
}

/// A decoded image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// `(height, width, 3)`, 0 to 255.
    pub image: Array3<u8>,
    /// [`Note::Dark`] if the image has more than 8 bits and uses less than a quarter of its range.
    pub note: Option<Note>,
}

impl DecodeOptions {
    /// The defaults that each setter states.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the image is turned upright by its EXIF orientation. By default it stays as it is stored.
    #[must_use]
    pub fn upright(self, upright: bool) -> Self {
        Self { upright, ..self }
    }

    /// The range of samples that becomes 0 to 255 in images of more than 8 bits. By default there is none.
    #[must_use]
    pub fn sample_range(self, range: impl Into<Option<SampleRange>>) -> Self {
        Self { sample_range: range.into(), ..self }
    }

    /// Decodes a file's bytes. `what` names the image in errors and notes.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for what is no image or a damaged one, and for one that has no pixels, is wider or
    /// higher than 20,000 pixels, has more than 2^27 pixels or needs more than 512 MiB to decode;
    /// [`Error::NoSampleRange`] for floats without a range; [`Error::LfsPointer`] for a file that is not
    /// there.
    pub fn decode(&self, bytes: &[u8], what: impl Fn() -> String) -> Result<Decoded, Error> {
        let failed = |source: BoxError| Error::Decode { what: what(), source };
        if is_lfs_pointer(bytes) {
            return Err(Error::LfsPointer { what: what() });
        }
        if let Some(image) = libjpeg(bytes).map_err(failed)? {
            let orientation = if self.upright { of_jpeg(bytes) } else { Orientation::NoTransforms };
            return Ok(Decoded { image: turned(image, orientation).map_err(failed)?, note: None });
        }
        if let Some(format) = unread_format(bytes) {
            return Err(failed(format!("it is {format}, which is not read").into()));
        }
        let format = image::guess_format(bytes).map_err(|e| failed(e.into()))?;
        let (raster, orientation) = self.raster(bytes, format).map_err(failed)?;
        let (pixels, note) = raster.into_rgb8(self.sample_range, &what)?;
        Ok(Decoded { image: turned(pixels, orientation).map_err(failed)?, note })
    }

    /// The samples as they are stored, and how to turn them.
    fn raster(&self, bytes: &[u8], format: ImageFormat) -> Result<(Raster, Orientation), BoxError> {
        if format == ImageFormat::Tiff && tiff_samples::is_ours(bytes)? {
            return tiff_samples::read(bytes);
        }
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_BYTES);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        let (width, height) = decoder.dimensions();
        check_size(width, height)?;
        let orientation = if self.upright || format == ImageFormat::Tiff {
            of_decoder(&mut decoder)?
        } else {
            Orientation::NoTransforms
        };
        limits.reserve(decoder.total_bytes())?;
        decoder.set_limits(limits)?;
        let maxval = match format {
            // A bitmap has no samples to scale.
            ImageFormat::Pnm if !matches!(bytes, [b'P', b'1' | b'4', ..]) => {
                let header = PnmDecoder::new(Cursor::new(bytes))?.into_inner().1;
                Some(u16::try_from(header.maximal_sample())?)
            }
            _ => None,
        };
        let raster = Raster::from_image(DynamicImage::from_decoder(decoder)?);
        Ok((raster.with_maxval(maxval), orientation))
    }
}

/// The pixels of a JPEG that `libjpeg-pixels` decodes; none for other files.
fn libjpeg(bytes: &[u8]) -> Result<Option<RgbImage>, BoxError> {
    if !is_jpeg(bytes) {
        return Ok(None);
    }
    let limits = libjpeg_pixels::Limits { max_pixels: MAX_PIXELS, ..Default::default() };
    match libjpeg_pixels::decode(bytes, limits) {
        Ok(image) => {
            let (width, height) = (image.width() as u32, image.height() as u32);
            check_size(width, height)?;
            Ok(RgbImage::from_raw(width, height, image.into_pixels()))
        }
        Err(libjpeg_pixels::Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Refuses images without pixels, and images that are larger than the limits.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), BoxError> {
    if width == 0 || height == 0 {
        return Err(format!("it is {width} x {height} pixels, expected at least 1 x 1").into());
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(
            format!("it is {width} x {height} pixels, expected at most {MAX_SIDE} along each side").into()
        );
    }
    if width as usize * height as usize > MAX_PIXELS {
        return Err(format!("it is {width} x {height} pixels, expected at most {MAX_PIXELS} in all").into());
    }
    Ok(())
}

fn turned(image: RgbImage, orientation: Orientation) -> Result<Array3<u8>, BoxError> {
    let image = if orientation == Orientation::NoTransforms {
        image
    } else {
        let mut image = DynamicImage::ImageRgb8(image);
        image.apply_orientation(orientation);
        image.into_rgb8()
    };
    let (width, height) = (image.width() as usize, image.height() as usize);
    Ok(Array3::from_shape_vec((height, width, 3), image.into_raw())?)
}

pub(crate) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(LFS_POINTER)
}

/// Whether the first bytes are those of an image that may have more than 8 bits per sample.
pub(crate) fn may_be_deep(bytes: &[u8]) -> bool {
    // The bit depth of a PNG is the 25th byte.
    let png = bytes.starts_with(b"\x89PNG") && bytes.get(24) == Some(&16);
    png || [&b"II"[..], b"MM", b"P2", b"P3", b"P5", b"P6", b"P7"].iter().any(|start| bytes.starts_with(start))
}

/// What a file is that people have for an image and that is not read.
fn unread_format(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let starts =
        |start: &str| text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()));
    match bytes.get(4..12) {
        Some(b"ftypavif" | b"ftypavis") => return Some("AVIF"),
        Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftyphevc") => return Some("HEIC"),
        Some(b"JXL \r\n\x87\n") => return Some("JPEG XL"),
        Some(b"jP  \r\n\x87\n") => return Some("JPEG 2000"),
        _ => {}
    }
    if bytes.is_empty() {
        Some("an empty file")
    } else if bytes.starts_with(&[0xFF, 0x0A]) {
        Some("JPEG XL")
    } else if bytes.starts_with(b"%PDF") {
        Some("PDF")
    } else if starts("<!doctype html") || starts("<html") {
        Some("an HTML page")
    } else if starts("<svg") || starts("<?xml") {
        Some("SVG or other XML")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
