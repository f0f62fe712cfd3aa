//! Decodes JPEG to exactly the pixels that libjpeg-turbo gives, in safe Rust.
//!
//! The standard leaves the decoder free in how it rounds the inverse transform, enlarges the chrominance
//! and converts the colours, so two good decoders differ by a few grey levels. Where numbers measured
//! on pictures shall agree with numbers measured elsewhere, that matters: Pillow, OpenCV, torchvision and
//! TensorFlow read with libjpeg-turbo or its like, and a classifier's scores move with the last bits.
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
//! (grey, repeated to three) or three (luminance and chrominance, or RGB), any sampling factors that libjpeg
//! takes, restart intervals and Motion JPEG's missing tables. Everything else is
//! [`Error::Unsupported`], so that another decoder can be asked. Damaged files are errors; libjpeg fills gaps.
//!
//! # What it agrees with
//!
//! libjpeg-turbo 2.1 and later with its default settings: the accurate integer transform (`JDCT_ISLOW`), "fancy"
//! upsampling (since 2.1 of vertically halved channels too) and the 16-bit colour tables. A progressive file
//! whose last scans are missing would be smoothed there between blocks; here it is unsupported.

mod bit_reader;
mod color;
mod decode;
mod error;
mod fdct;
mod frame;
mod huffman;
mod idct;
mod image;
mod limits;
mod picture;
mod plane;
mod progressive;
mod round_trip;
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
