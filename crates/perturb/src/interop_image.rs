//! The `image` crate's buffers as images.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Pixel, Rgb, RgbImage};
use ndarray::{Array3, ArrayView3, CowArray, Ix3};

use crate::{Error, Image};

/// The buffer's pixels are borrowed.
impl Image for RgbImage {
    type Owned = Self;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        Ok(view(self))
    }

    fn from_array(pixels: Array3<u8>) -> Result<Self, Error> {
        buffer::<Rgb<u8>>(pixels, "3 channels")
    }
}

/// The buffer's pixels are borrowed.
impl Image for GrayImage {
    type Owned = Self;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        Ok(view(self))
    }

    fn from_array(pixels: Array3<u8>) -> Result<Self, Error> {
        buffer::<Luma<u8>>(pixels, "1 channel")
    }
}

/// Grey or colour, with 1 or 3 channels.
///
/// Pixels of 8-bit grey and RGB are borrowed. An alpha channel is dropped, and 16-bit values are cut to their
/// upper 8 bits, as Pillow does; note that the `image` crate's own conversions round them. Floating-point
/// pixels are refused.
impl Image for DynamicImage {
    type Owned = Self;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        Ok(match self {
            Self::ImageLuma8(grey) => view(grey),
            Self::ImageRgb8(color) => view(color),
            Self::ImageLumaA8(grey) => converted(grey, |pixel| [pixel.0[0]]),
            Self::ImageRgba8(color) => converted(color, |pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]),
            Self::ImageLuma16(grey) => converted(grey, |pixel| pixel.0.map(upper)),
            Self::ImageLumaA16(grey) => converted(grey, |pixel| [upper(pixel.0[0])]),
            Self::ImageRgb16(color) => converted(color, |pixel| pixel.0.map(upper)),
            Self::ImageRgba16(color) => {
                converted(color, |pixel| [pixel.0[0], pixel.0[1], pixel.0[2]].map(upper))
            }
            other => {
                let what = format!("of type {:?}", other.color());
                return Err(Error::Image { what, expected: "8 or 16 bits per channel" });
            }
        })
    }

    fn from_array(pixels: Array3<u8>) -> Result<Self, Error> {
        match pixels.dim().2 {
            1 => GrayImage::from_array(pixels).map(Self::ImageLuma8),
            3 => RgbImage::from_array(pixels).map(Self::ImageRgb8),
            _ => Err(Error::Image { what: shape(&pixels), expected: "1 or 3 channels" }),
        }
    }
}

fn upper(value: u16) -> u8 {
    (value >> 8) as u8
}

fn shape(pixels: &Array3<u8>) -> String {
    let (height, width, channels) = pixels.dim();
    format!("{height} x {width} with {channels} channels")
}

/// The size of a buffer, as the shape of an array.
fn dim<P: Pixel>(buffer: &ImageBuffer<P, Vec<P::Subpixel>>, channels: usize) -> (usize, usize, usize) {
    (buffer.height() as usize, buffer.width() as usize, channels)
}

#[expect(
    clippy::expect_used,
    reason = "a buffer made from a vector may be longer than its pixels, never shorter"
)]
fn view<P: Pixel<Subpixel = u8>>(buffer: &ImageBuffer<P, Vec<u8>>) -> CowArray<'_, u8, Ix3> {
    let (height, width, channels) = dim(buffer, P::CHANNEL_COUNT.into());
    let values = &buffer.as_raw()[..height * width * channels];
    ArrayView3::from_shape((height, width, channels), values)
        .expect("as many values as pixels times channels")
        .into()
}

#[expect(clippy::expect_used, reason = "a buffer iterates over exactly its pixels")]
fn converted<P: Pixel, const N: usize>(
    buffer: &ImageBuffer<P, Vec<P::Subpixel>>,
    convert: impl Fn(&P) -> [u8; N],
) -> CowArray<'_, u8, Ix3> {
    let values = buffer.pixels().flat_map(convert).collect();
    Array3::from_shape_vec(dim(buffer, N), values).expect("as many values as pixels times channels").into()
}

fn buffer<P: Pixel<Subpixel = u8>>(
    pixels: Array3<u8>,
    expected: &'static str,
) -> Result<ImageBuffer<P, Vec<u8>>, Error> {
    let (height, width, channels) = pixels.dim();
    let refused = |expected| Error::Image { what: shape(&pixels), expected };
    if channels != usize::from(P::CHANNEL_COUNT) {
        return Err(refused(expected));
    }
    let long = "at most 4294967295 pixels in height and width";
    let height = u32::try_from(height).map_err(|_| refused(long))?;
    let width = u32::try_from(width).map_err(|_| refused(long))?;
    let count = pixels.len();
    let values: Vec<u8> = if pixels.is_standard_layout() {
        // The array may be a part of a longer vector.
        let (mut values, start) = pixels.into_raw_vec_and_offset();
        values.drain(..start.unwrap_or(0));
        values.truncate(count);
        values
    } else {
        pixels.iter().copied().collect()
    };
    #[expect(clippy::expect_used, reason = "height, width and channels are the array's")]
    Ok(ImageBuffer::from_raw(width, height, values).expect("as many values as pixels times channels"))
}

#[cfg(test)]
mod tests {
    use image::{LumaA, Rgba};
    use ndarray::s;

    use super::*;
    use crate::{Brightness, GaussianBlur};

    fn noise(channels: usize) -> Array3<u8> {
        let mut random = crate::Random::chacha(1, 0);
        Array3::from_shape_simple_fn((5, 7, channels), || random.next_u64() as u8)
    }

    #[test]
    fn pixels_lead_there_and_back() {
        let color = RgbImage::from_array(noise(3)).unwrap();
        assert_eq!(color.dimensions(), (7, 5));
        assert_eq!(color.get_pixel(6, 2).0, [0, 1, 2].map(|channel| noise(3)[[2, 6, channel]]));
        assert_eq!(color.to_array().unwrap(), noise(3));
        assert!(color.to_array().unwrap().is_view());
        let grey = GrayImage::from_array(noise(1)).unwrap();
        assert_eq!(grey.to_array().unwrap(), noise(1));
        for pixels in [noise(1), noise(3)] {
            let image = DynamicImage::from_array(pixels.clone()).unwrap();
            assert!(image.to_array().unwrap().is_view());
            assert_eq!(image.to_array().unwrap(), pixels);
        }
    }

    #[test]
    fn an_array_in_another_order_becomes_the_image_that_is_seen() {
        let turned = noise(3).permuted_axes([1, 0, 2]);
        assert_eq!(RgbImage::from_array(turned.clone()).unwrap().to_array().unwrap(), turned);
        for part in [noise(3).slice_move(s![1..4, ..;2, ..]), noise(3).slice_move(s![1..4, .., ..])] {
            assert_eq!(RgbImage::from_array(part.clone()).unwrap().to_array().unwrap(), part);
        }
    }

    #[test]
    fn applying_to_an_image_is_applying_to_its_pixels() {
        let blur = GaussianBlur::new(3).unwrap();
        let expected = blur.apply(noise(3)).unwrap();
        assert_eq!(blur.apply(noise(3).view()).unwrap(), expected);
        let image = RgbImage::from_array(noise(3)).unwrap();
        assert_eq!(blur.apply(&image).unwrap().to_array().unwrap(), expected);
        assert_eq!(blur.apply(&DynamicImage::from(image)).unwrap().to_array().unwrap(), expected);
    }

    #[test]
    fn sixteen_bits_are_cut_to_their_upper_eight() {
        // Rounding would give 1 and 254 for 129 and 65,280.
        let color = DynamicImage::from(ImageBuffer::from_pixel(2, 1, Rgb([129_u16, 256, 65_280])));
        assert_eq!(color.to_array().unwrap().as_slice().unwrap(), [0, 1, 255, 0, 1, 255]);
        let grey = DynamicImage::from(ImageBuffer::from_pixel(1, 1, Luma([0x1280_u16])));
        assert_eq!(grey.to_array().unwrap(), Array3::from_elem((1, 1, 1), 0x12));
    }

    #[test]
    fn alpha_is_dropped() {
        let one = |image: DynamicImage| image.to_array().unwrap().iter().copied().collect::<Vec<_>>();
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Rgba([7_u8, 8, 9, 0])).into()), [7, 8, 9]);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, LumaA([7_u8, 0])).into()), [7]);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Rgba([384_u16, 511, 512, 0])).into()), [1, 1, 2]);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, LumaA([384_u16, 0])).into()), [1]);
    }

    #[test]
    fn what_an_image_cannot_hold_is_refused() {
        let error = RgbImage::from_array(noise(1)).unwrap_err();
        assert_eq!(error.to_string(), "the image is 5 x 7 with 1 channels, expected 3 channels");
        assert!(GrayImage::from_array(noise(3)).is_err());
        assert!(DynamicImage::from_array(noise(4)).is_err());
        let float = DynamicImage::from(ImageBuffer::from_pixel(1, 1, Rgb([0.5_f32; 3])));
        let error = Brightness::new(0.5).unwrap().apply(&float).unwrap_err();
        assert_eq!(error.to_string(), "the image is of type Rgb32F, expected 8 or 16 bits per channel");
    }
}
