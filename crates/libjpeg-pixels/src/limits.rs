//! Limits on work and memory.

/// The most work and memory that one file may take.
///
/// [`decode`](crate::decode) allocates at most about 12 bytes per pixel, and never more than a fixed multiple
/// of the length of the file, since a block of 8 x 8 samples takes at least one bit.
///
/// ```
/// # let grey: &[u8] = include_bytes!("../tests/files/grey_1x1.jpg");
/// use libjpeg_pixels::{Error, Limits, decode};
///
/// let limits = Limits { max_pixels: 0, ..Limits::default() };
/// assert_eq!(decode(grey, limits), Err(Error::TooManyPixels { width: 1, height: 1, max_pixels: 0 }));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The largest width times height; 2^28 by default.
    pub max_pixels: usize,
    /// The largest number of scans; 500 by default, where encoders write about 10.
    ///
    /// A progressive scan can state in a few bytes that nothing changes, yet each is a pass over the whole image.
    pub max_scans: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: 1 << 28, max_scans: 500 }
    }
}
