//! The decoded image.

/// An image of 8-bit red, green and blue values.
///
/// ```
/// # let grey: &[u8] = include_bytes!("../tests/files/grey_1x1.jpg");
/// use libjpeg_pixels::{Limits, decode};
///
/// let image = decode(grey, Limits::default())?;
/// assert_eq!((image.width(), image.height()), (1, 1));
/// assert_eq!(image.pixels().len(), 3);
/// # Ok::<(), libjpeg_pixels::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Image {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Image {
    /// `pixels` holds `3 * width * height` values.
    pub(crate) fn new(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        debug_assert_eq!(pixels.len(), 3 * width * height);
        Self { width, height, pixels }
    }

    /// Returns the width in pixels, from 1 to 65,535.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the height in pixels, from 1 to 65,535.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the values, row by row from the top, red, green and blue of each pixel: `(height, width, 3)`.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Returns the values of [`pixels`](Self::pixels) without a copy.
    #[must_use]
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}
