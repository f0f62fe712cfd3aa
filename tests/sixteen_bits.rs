//! 16 bits become 8 in one way, whichever crate reads the image.

use std::io::Cursor;

use datasets::DecodeOptions;
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};
use ndarray::Array3;
use perturb::Image;

/// Values that rounding and truncation turn into different bytes, among others.
fn value(x: u32, y: u32) -> u16 {
    [0, 129, 255, 256, 384, 32_768, 65_151, 65_280, 65_535][(x + 3 * y) as usize % 9]
}

#[test]
fn the_image_crates_images_and_decoded_files_have_the_same_pixels() {
    let images = [
        DynamicImage::from(ImageBuffer::from_fn(5, 4, |x, y| Luma([value(x, y)]))),
        ImageBuffer::from_fn(5, 4, |x, y| LumaA([value(x, y), value(y, x)])).into(),
        ImageBuffer::from_fn(5, 4, |x, y| Rgb([value(x, y), value(y, x), 0x1280])).into(),
        ImageBuffer::from_fn(5, 4, |x, y| Rgba([value(x, y), value(y, x), 0x1280, 7])).into(),
    ];
    for image in images {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, ImageFormat::Png).unwrap();
        let decoded = DecodeOptions::new().decode(file.get_ref(), || "test".to_owned()).unwrap().image;
        let pixels = image.to_array().unwrap();
        // A file is always decoded to colour.
        let color = Array3::from_shape_fn(decoded.dim(), |(y, x, channel)| {
            pixels[[y, x, channel.min(pixels.dim().2 - 1)]]
        });
        assert_eq!(decoded, color, "{:?}", image.color());
    }
}
