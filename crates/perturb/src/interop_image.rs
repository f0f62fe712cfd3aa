//! Conversions from and to the `image` crate.

use image::{DynamicImage, GrayImage, RgbImage};
use ndarray::{Array3, ArrayView3};

/// A picture as an array `(height, width, 3)`, or `(height, width, 1)` if it is grey; alpha is dropped, and
/// deeper colours are cut to 8 bits. A picture that is 8-bit grey or RGB already is not copied.
///
/// ```
/// use image::{DynamicImage, RgbImage};
///
/// let picture = DynamicImage::ImageRgb8(RgbImage::new(4, 2));
/// assert_eq!(perturb::array_from_image(picture).dim(), (2, 4, 3));
/// ```
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "an image's buffer holds exactly its pixels")]
pub fn array_from_image(image: DynamicImage) -> Array3<u8> {
    let (height, width) = (image.height() as usize, image.width() as usize);
    let (channels, values) = match image {
        DynamicImage::ImageLuma8(grey) => (1, grey.into_raw()),
        other => (3, other.into_rgb8().into_raw()),
    };
    #[expect(clippy::expect_used, reason = "an image's buffer holds exactly its pixels")]
    Array3::from_shape_vec((height, width, channels), values)
        .expect("as many values as pixels times channels")
}

/// An array `(height, width, 1 or 3)` as a picture; none for another number of channels.
///
/// ```
/// use ndarray::Array3;
///
/// let picture = perturb::image_from_array(Array3::zeros((2, 4, 3)).view());
/// assert_eq!(picture.map(|picture| (picture.width(), picture.height())), Some((4, 2)));
/// ```
#[must_use]
pub fn image_from_array(array: ArrayView3<'_, u8>) -> Option<DynamicImage> {
    let (height, width, channels) = array.dim();
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let (values, _) = array.as_standard_layout().into_owned().into_raw_vec_and_offset();
    match channels {
        1 => GrayImage::from_raw(width, height, values).map(DynamicImage::ImageLuma8),
        3 => RgbImage::from_raw(width, height, values).map(DynamicImage::ImageRgb8),
        _ => None,
    }
}
