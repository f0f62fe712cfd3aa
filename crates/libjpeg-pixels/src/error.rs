//! Why a file cannot be decoded.

use std::fmt;

/// Why a file cannot be decoded.
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
        /// Length of the file in bytes.
        length: usize,
    },
    /// The bytes contradict the standard.
    #[error("at byte {position}: found {found}, expected {expected}")]
    Malformed {
        /// Approximate offset in the file.
        position: usize,
        /// What was found there.
        found: String,
        /// What the standard requires.
        expected: &'static str,
    },
    /// The file is a JPEG of a kind that this crate does not decode. Another decoder may.
    #[error("found {feature}, expected 8-bit Huffman-coded baseline or progressive, grey or three channels")]
    Unsupported {
        /// The feature that the file uses.
        feature: Feature,
    },
    /// The image has more pixels than the caller allows.
    #[error("the image has {width} x {height} pixels, expected at most {max_pixels}")]
    TooManyPixels {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// [`Limits::max_pixels`](crate::Limits::max_pixels).
        max_pixels: usize,
    },
    /// The image comes in more scans than the caller allows.
    #[error("the image has more scans than {max_scans}, expected at most that many")]
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
    /// Images coded as differences from smaller ones.
    Hierarchical,
    /// A sample size other than 8 bits.
    Precision {
        /// Bits per sample.
        bits: u8,
    },
    /// A number of channels other than 1 and 3, such as the 4 of CMYK.
    Channels {
        /// Number of channels.
        count: u8,
    },
    /// A channel whose sampling factor does not divide the largest one. libjpeg refuses this as well.
    FractionalSampling,
    /// A progressive image whose last scans are missing. libjpeg smooths its blocks by estimated coefficients.
    UnfinishedProgression,
}

impl fmt::Display for Feature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arithmetic => formatter.write_str("arithmetic coding"),
            Self::Lossless => formatter.write_str("the lossless process"),
            Self::Hierarchical => formatter.write_str("the hierarchical process"),
            Self::Precision { bits } => write!(formatter, "{bits} bits per sample"),
            Self::Channels { count } => write!(formatter, "{count} channels"),
            Self::FractionalSampling => formatter.write_str("a fractional ratio of sampling factors"),
            Self::UnfinishedProgression => formatter.write_str("a progressive image without its last scans"),
        }
    }
}
