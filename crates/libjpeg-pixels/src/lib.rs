//! Decodes JPEG to exactly the pixels that libjpeg-turbo gives, in safe Rust.
//!
//! The standard leaves rounding, chroma upsampling and colour conversion to the decoder, so two good decoders
//! differ by a few grey levels. This matters where results must agree with results from elsewhere: Pillow,
//! OpenCV, torchvision and TensorFlow decode with libjpeg-turbo, and a classifier's scores depend on the
//! last bits. Of the pixel values of EuroSAT's test split (2,700 tiles of 64 x 64), `zune-jpeg` 0.5, which the
//! `image` crate uses, gives 18.9 % another value, by up to 4 grey levels. A ConvNeXt's logits move by up to
//! 0.38 with them, and it puts 17 of the tiles into another class (`examples/jpeg_decoders.rs` in the
//! repository). This crate differs from libjpeg-turbo in none.
//!
//! ```
//! use libjpeg_pixels::{Limits, decode, is_jpeg};
//!
//! # let bytes: &[u8] = include_bytes!("../tests/files/grey_1x1.jpg");
//! assert!(is_jpeg(bytes));
//! let image = decode(bytes, Limits::default())?;
//! assert_eq!((image.width(), image.height(), image.pixels()), (1, 1, &[200, 200, 200][..]));
//! # Ok::<(), libjpeg_pixels::Error>(())
//! ```
//!
//! # What it reads
//!
//! 8-bit, Huffman-coded files of the baseline, extended sequential and progressive processes, with one channel
//! (grey, repeated to three) or three (luminance and chrominance, or RGB), with any sampling factors that
//! libjpeg accepts, restart intervals, and Motion JPEG's omitted tables. Everything else is
//! [`Error::Unsupported`], so that a caller can try another decoder. Damaged files are errors, where libjpeg
//! fills the gaps.
//!
//! # What it agrees with
//!
//! libjpeg-turbo 2.1 and later with its default settings: the accurate integer transform (`JDCT_ISLOW`), "fancy"
//! upsampling (since 2.1 also of vertically halved channels) and the 16-bit colour tables. libjpeg-turbo smooths a
//! progressive image whose last scans are missing; here such a file is unsupported.

mod bit_reader;
mod color;
mod decode;
mod error;
mod fdct;
mod frame;
mod frame_buffer;
mod huffman;
mod idct;
mod image;
mod limits;
mod plane;
mod progressive;
mod quantizer;
mod round_trip;
mod samples;
mod scan;
mod segment;
mod sequential;
mod tables;
mod upsample;

pub use decode::{decode, is_jpeg};
pub use error::{Error, Feature};
pub use image::Image;
pub use limits::Limits;
pub use round_trip::round_trip;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
