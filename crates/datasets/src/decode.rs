use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits, Luma, LumaA, Rgb, Rgba};
use libjpeg_pixels::is_jpeg;
use ndarray::Array3;

use crate::Error;

/// A side of a picture may have this many pixels, and decoding it may take this much memory: a few bytes
/// of file can otherwise ask for any amount.
const MAX_SIDE: u32 = 20_000;
const MAX_BYTES: u64 = 512 << 20;
const MAX_PIXELS: usize = 128 << 20;

/// Decodes a file of PNG, JPEG, BMP, GIF, TIFF or WebP into `(height, width, 3)`, 0 to 255.
///
/// The kind is told by the first bytes, never by a name. JPEG comes out with libjpeg-turbo's pixels, which
/// are Pillow's; kinds of it that `libjpeg-pixels` does not know are left to the image crate. Palettes are
/// looked up, grey becomes three equal channels, an alpha channel is dropped and 16 bits are cut to their
/// upper 8, all as Pillow's `convert("RGB")` does. (One exception: of 16-bit grey, Pillow makes white
/// wherever the value is above 255. Here it is cut like any other.) TIFF with a palette, or with grey and
/// alpha, cannot be read. Of an animation the first picture is
/// taken; a camera's note of how it was held is not followed.
///
/// `what` names the picture in errors.
///
/// # Errors
///
/// [`Error::Decode`] for what is no picture or a damaged one, and for one that has no pixels, is wider or
/// higher than 20,000 pixels, has more than 2^27 of them or needs more than 512 MiB to decode.
///
/// # Examples
///
/// ```
/// // A BMP of one blue pixel: its headers say 1 x 1 of 24 bits; rows come as blue, green, red.
/// let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bmp.resize(54, 0);
/// bmp.extend([255, 10, 0, 0]);
///
/// let image = datasets::decode(&bmp, || "blue.bmp".to_owned())?;
/// assert_eq!(image.dim(), (1, 1, 3));
/// assert_eq!(image.as_slice(), Some(&[0, 10, 255][..]));
///
/// let error = datasets::decode(b"no picture", || "notes.txt".to_owned()).unwrap_err();
/// assert_eq!(error.to_string(), "notes.txt: cannot decode the picture");
/// # Ok::<(), datasets::Error>(())
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
    let picture = reader.decode().map_err(|e| failed(e.into()))?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return Err(failed(format!("it is {width}x{height}, expected at least one pixel").into()));
    }
    Array3::from_shape_vec((height, width, 3), rgb(picture)).map_err(|e| failed(e.into()))
}

/// The pixels, row by row. The image crate would round 16 bits to 8.
fn rgb(picture: DynamicImage) -> Vec<u8> {
    let upper = |value: u16| (value >> 8) as u8;
    match picture {
        DynamicImage::ImageLuma16(picture) => {
            picture.pixels().flat_map(|&Luma([grey])| [upper(grey); 3]).collect()
        }
        DynamicImage::ImageLumaA16(picture) => {
            picture.pixels().flat_map(|&LumaA([grey, _])| [upper(grey); 3]).collect()
        }
        DynamicImage::ImageRgb16(picture) => {
            picture.pixels().flat_map(|&Rgb(values)| values.map(upper)).collect()
        }
        DynamicImage::ImageRgba16(picture) => {
            picture.pixels().flat_map(|&Rgba([red, green, blue, _])| [red, green, blue].map(upper)).collect()
        }
        picture => picture.into_rgb8().into_raw(),
    }
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, ImageFormat, Luma, Rgb, Rgba};

    use super::*;

    fn pixel(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.into().write_to(&mut file, format).unwrap();
        let image = decode(file.get_ref(), || "test".to_owned()).unwrap();
        assert_eq!(image.dim(), (2, 5, 3));
        image.as_slice().unwrap()[..3].to_vec()
    }

    #[test]
    fn sixteen_bits_are_cut_to_their_upper_eight() {
        // Rounding to 8 bits would give 1 and 255 for 129 and 65,407.
        let color = ImageBuffer::from_pixel(5, 2, Rgb([129_u16, 256, 65_407]));
        assert_eq!(pixel(color.clone(), ImageFormat::Png), [0, 1, 255]);
        assert_eq!(pixel(color, ImageFormat::Tiff), [0, 1, 255]);
        let clear = ImageBuffer::from_pixel(5, 2, Rgba([384_u16, 511, 512, 0]));
        assert_eq!(pixel(clear, ImageFormat::Png), [1, 1, 2]);
        let grey = ImageBuffer::from_pixel(5, 2, Luma([0x1280_u16]));
        assert_eq!(pixel(grey, ImageFormat::Png), [0x12; 3]);
    }

    #[test]
    fn alpha_is_dropped_and_grey_repeated_in_every_lossless_format() {
        let clear = ImageBuffer::from_pixel(5, 2, Rgba([7_u8, 8, 9, 0]));
        let grey = ImageBuffer::from_pixel(5, 2, Luma([7_u8]));
        for format in [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Bmp] {
            assert_eq!(pixel(clear.clone(), format), [7, 8, 9], "{format:?}");
            assert_eq!(pixel(grey.clone(), format), [7, 7, 7], "{format:?}");
        }
        let solid = ImageBuffer::from_pixel(5, 2, Rgb([7_u8, 8, 9]));
        assert_eq!(pixel(solid.clone(), ImageFormat::WebP), [7, 8, 9]);
        assert_eq!(pixel(solid, ImageFormat::Gif), [7, 8, 9]);
    }

    #[test]
    fn a_picture_without_pixels_is_an_error() {
        let bmp = |width: i32, height: i32| {
            let mut bytes = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
            bytes.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
            bytes.extend(b"\x01\0\x18\0");
            bytes.resize(58, 0);
            bytes
        };
        let gif = b"GIF89a\0\0\0\0\0\0\0,\0\0\0\0\0\0\0\0\0\x02\x02L\x01\0;".to_vec();
        assert!(decode(&bmp(1, 1), || "one".to_owned()).is_ok());
        for bytes in [bmp(0, 0), bmp(0, 1), bmp(1, 0), gif] {
            assert!(matches!(decode(&bytes, || "none".to_owned()), Err(Error::Decode { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn a_file_cut_short_is_an_error() {
        let picture = DynamicImage::from(ImageBuffer::from_fn(40, 30, |x, y| {
            Rgb([(x * 7 % 256) as u8, (y * 31 % 256) as u8, (x * y % 256) as u8])
        }));
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, format).unwrap();
            let file = file.into_inner();
            for length in [0, 1, 7, 20, file.len() / 2] {
                let error = decode(&file[..length], || "cut".to_owned()).unwrap_err();
                assert!(matches!(error, Error::Decode { .. }), "{format:?} {length}");
            }
        }
    }
}
