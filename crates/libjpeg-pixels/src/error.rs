//! What can be wrong with a file.

use std::fmt;

/// What is wrong with a file, or why its pixels cannot be given.
///
/// ```
/// use libjpeg_pixels::{Error, Limits, decode};
///
/// assert_eq!(decode(b"GIF89a", Limits::default()), Err(Error::NotJpeg { start: [b'G', b'I'] }));
/// assert!(matches!(decode(&[0xFF, 0xD8], Limits::default()), Err(Error::Truncated { length: 2 })));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not start with a start-of-image marker.
    #[error("found the bytes {start:02x?} at the start, expected the marker [ff, d8]")]
    NotJpeg {
        /// The first two bytes, zero where there are fewer.
        start: [u8; 2],
    },
    /// The bytes end before the end-of-image marker.
    #[error("the file ends after {length} bytes, expected an end-of-image marker before that")]
    Truncated {
        /// How many bytes there are.
        length: usize,
    },
    /// The bytes contradict the standard.
    #[error("at byte {position}: found {found}, expected {expected}")]
    Malformed {
        /// The offset from the start of the file near which it was noticed.
        position: usize,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// The file is a JPEG of a kind that this crate does not decode; another decoder may.
    #[error("found {feature}, expected 8-bit Huffman-coded baseline or progressive, grey or three channels")]
    Unsupported {
        /// What the file makes use of.
        feature: Feature,
    },
    /// The picture has more pixels than the caller allows.
    #[error("the picture has {width} x {height} pixels, expected at most {max_pixels}")]
    TooManyPixels {
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
        /// [`Limits::max_pixels`](crate::Limits::max_pixels).
        max_pixels: usize,
    },
    /// The picture comes in more scans than the caller allows.
    #[error("the picture has more than {max_scans} scans, expected at most that many")]
    TooManyScans {
        /// [`Limits::max_scans`](crate::Limits::max_scans).
        max_scans: usize,
    },
    /// An image cannot be encoded.
    #[error("cannot encode {found}, expected {expected}")]
    Encode {
        /// What was given.
        found: String,
        /// What should be.
        expected: &'static str,
    },
}

/// A part of the JPEG standard that this crate does not decode.
///
/// ```
/// use libjpeg_pixels::Feature;
///
/// assert_eq!(Feature::Channels { count: 4 }.to_string(), "4 channels");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Feature {
    /// Arithmetic instead of Huffman coding.
    Arithmetic,
    /// The lossless process of 1992.
    Lossless,
    /// Pictures coded as differences from smaller ones.
    Hierarchical,
    /// More or fewer than 8 bits a sample.
    Precision {
        /// Bits a sample.
        bits: u8,
    },
    /// Another number of channels than 1 or 3, such as the 4 of CMYK.
    Channels {
        /// How many there are.
        count: u8,
    },
    /// A channel whose sampling factor does not divide the largest one, which libjpeg refuses as well.
    FractionalSampling,
    /// A progressive picture without its last scans, whose blocks libjpeg would smooth by estimated coefficients.
    UnfinishedProgression,
}

impl fmt::Display for Feature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arithmetic => formatter.write_str("arithmetic coding"),
            Self::Lossless => formatter.write_str("the lossless process"),
            Self::Hierarchical => formatter.write_str("the hierarchical process"),
            Self::Precision { bits } => write!(formatter, "{bits} bits a sample"),
            Self::Channels { count } => write!(formatter, "{count} channels"),
            Self::FractionalSampling => formatter.write_str("a fractional ratio of sampling factors"),
            Self::UnfinishedProgression => {
                formatter.write_str("a progressive picture without its last scans")
            }
        }
    }
}
