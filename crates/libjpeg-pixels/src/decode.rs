//! The whole file: from its segments to the image.

use crate::color::ColorSpace;
use crate::error::{Error, Feature};
use crate::frame::Frame;
use crate::frame_buffer::FrameBuffer;
use crate::image::Image;
use crate::limits::Limits;
use crate::scan::Scan;
use crate::segment::{Content, Segments};
use crate::tables::Tables;

/// Returns whether the bytes start like a JPEG file.
///
/// ```
/// assert!(libjpeg_pixels::is_jpeg(&[0xFF, 0xD8, 0xFF, 0xE0]));
/// assert!(!libjpeg_pixels::is_jpeg(b"\x89PNG"));
/// ```
#[must_use]
pub fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8, 0xFF])
}

/// Decodes a JPEG file to the red, green and blue values that libjpeg-turbo gives with its default settings.
///
/// Grey images get three equal values per pixel. Bytes after the end-of-image marker and between segments are
/// ignored.
///
/// # Errors
///
/// - [`Error::NotJpeg`] if the first two bytes are not the start-of-image marker.
/// - [`Error::Unsupported`] for arithmetic coding, 12 bits, the lossless process, CMYK and the rest of
///   [`Feature`].
/// - [`Error::Truncated`] if the bytes end before the end-of-image marker.
/// - [`Error::Malformed`] if they contradict the standard. For some such files libjpeg returns an image with gaps.
/// - [`Error::TooManyPixels`] and [`Error::TooManyScans`] beyond `limits`.
///
/// ```
/// # let grey: &[u8] = include_bytes!("../tests/files/grey_1x1.jpg");
/// use libjpeg_pixels::{Error, Limits, decode};
///
/// let image = decode(grey, Limits::default())?;
/// assert_eq!(image.pixels(), [200, 200, 200]);
/// let length = grey.len() - 2;
/// assert_eq!(decode(&grey[..length], Limits::default()), Err(Error::Truncated { length }));
/// # Ok::<(), Error>(())
/// ```
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Image, Error> {
    let mut segments = Segments::new(bytes)?;
    let mut decoder = Decoder::new(limits);
    loop {
        let marker = segments.next_marker()?;
        match marker {
            // Markers without a segment: restarts that a scan left behind, and one without meaning.
            0x01 | 0xD0..=0xD7 => {}
            0xD9 => return decoder.image(&segments),
            _ => {
                let content = segments.content()?;
                decoder.segment(marker, content, &mut segments)?;
            }
        }
    }
}

/// What the segments have said so far.
struct Decoder {
    limits: Limits,
    tables: Tables,
    restart_interval: usize,
    has_jfif: bool,
    adobe_transform: Option<u8>,
    buffer: Option<FrameBuffer>,
    scans: usize,
}

impl Decoder {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            tables: Tables::default(),
            restart_interval: 0,
            has_jfif: false,
            adobe_transform: None,
            buffer: None,
            scans: 0,
        }
    }

    fn segment(
        &mut self,
        marker: u8,
        mut content: Content<'_>,
        segments: &mut Segments<'_>,
    ) -> Result<(), Error> {
        let unsupported = |feature| Err(Error::Unsupported { feature });
        match marker {
            0xC0..=0xC2 => {
                if self.buffer.is_some() {
                    return Err(segments.malformed("a second frame".into(), "one"));
                }
                let frame = Frame::read(segments, content, marker == 0xC2, self.limits)?;
                self.buffer = Some(FrameBuffer::new(frame));
            }
            0xC3 => return unsupported(Feature::Lossless),
            0xC5..=0xC7 | 0xDE | 0xDF => return unsupported(Feature::Hierarchical),
            0xC9..=0xCB | 0xCD..=0xCF => return unsupported(Feature::Arithmetic),
            0xC4 => self.tables.define_huffman(content)?,
            0xDB => self.tables.define_quantization(content)?,
            0xDD => {
                self.restart_interval = content.word()?.into();
                content.end()?;
            }
            0xDA => self.scan(content, segments)?,
            0xE0 => self.has_jfif |= content.bytes.len() >= 14 && content.bytes.starts_with(b"JFIF\0"),
            0xEE => {
                if let [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..] = content.bytes {
                    self.adobe_transform = Some(*transform);
                }
            }
            // Settings of arithmetic coding, the number of lines, data of other applications, and comments.
            0xCC | 0xDC | 0xE1..=0xED | 0xEF | 0xFE => {}
            _ => {
                return Err(segments
                    .malformed(format!("the marker ff {marker:02x}"), "one that the standard assigns"));
            }
        }
        Ok(())
    }

    fn scan(&mut self, content: Content<'_>, segments: &mut Segments<'_>) -> Result<(), Error> {
        self.scans += 1;
        if self.scans > self.limits.max_scans {
            return Err(Error::TooManyScans { max_scans: self.limits.max_scans });
        }
        let Some(buffer) = &mut self.buffer else {
            return Err(segments.malformed("a scan".into(), "a frame before it"));
        };
        let scan = Scan::read(buffer.frame(), content)?;
        if !buffer.frame().progressive {
            self.tables.use_standard_huffman();
        }
        buffer.scan(&scan, &self.tables, segments, self.restart_interval)
    }

    /// Turns the channels into pixels, after the last scan.
    fn image(mut self, segments: &Segments<'_>) -> Result<Image, Error> {
        let Some(buffer) = self.buffer.take() else {
            return Err(segments.malformed("the end of the image".into(), "a frame before it"));
        };
        let color_space = self.color_space(buffer.frame());
        buffer.image(color_space, segments)
    }

    /// What three channels mean, as `default_decompress_parms` guesses.
    fn color_space(&self, frame: &Frame) -> ColorSpace {
        let ids = frame.components.iter().map(|component| component.id);
        match (self.has_jfif, self.adobe_transform) {
            (false, Some(0)) => ColorSpace::Rgb,
            (false, None) if ids.eq(*b"RGB") => ColorSpace::Rgb,
            _ => ColorSpace::YCbCr,
        }
    }
}
