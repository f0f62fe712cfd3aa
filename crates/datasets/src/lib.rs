//! Labelled images as [`protocols::Dataset`]s: image folders, Hugging Face parquet and procedural land cover.
//!
//! - [`ImageFolder`]: a folder of images per class, or images listed with their classes in `metadata.csv`.
//! - [`HuggingFaceParquet`]: the parquet files in which Hugging Face publishes datasets.
//! - [`LandCover`]: satellite tiles drawn from a seed, for when no data is at hand.
//!
//! [`OpenOptions`] opens a path by what it holds. What it had to guess, choose or leave out is in the
//! [`Notes`] beside the dataset, to be shown to the user. [`Selection`] chooses images of any dataset: a
//! range, a random sample, or a sample by class. Images are decoded when they are asked for, and an image's
//! class can be asked for alone. Every image becomes 8-bit RGB with Pillow's pixels ([`DecodeOptions`]).
//!
//! Files are not trusted: damaged files, and files that claim to be enormous, are errors that name the file
//! and the row.
//!
//! # EXIF orientation
//!
//! Images are turned upright where the original does so: in parquet and in tables (`metadata.csv`), as Hugging
//! Face's `datasets` does. They stay as stored in folders of classes, as in torchvision's `ImageFolder`. TIFF
//! is always upright, since Pillow itself turns it.
//!
//! # Features
//!
//! - `hub`: datasets of the Hugging Face Hub by name, `hf:cm93/eurosat` ([`DatasetConfig::fetch`]).
//!
//! ```
//! use datasets::{LandCover, Selection};
//! use protocols::{Dataset, Subset};
//!
//! let tiles = LandCover::new(1000, 42)?;
//! let chosen = Selection::Balanced { count: 20, seed: 1 }.indices(&tiles)?;
//! let few = Subset::new(tiles, chosen)?;
//!
//! assert_eq!(few.len(), 20);
//! let of_rivers = (0..few.len()).filter(|&i| few.target(i).is_ok_and(|class| class == 1));
//! assert_eq!((few.metadata().labels[1].as_str(), of_rivers.count()), ("River", 2));
//! # Ok::<(), protocols::BoxError>(())
//! ```

#![warn(clippy::indexing_slicing)]

mod classes;
mod config;
mod decode;
mod error;
#[cfg(feature = "hub")]
mod fetched_dataset;
mod hugging_face_parquet;
mod image_folder;
#[expect(clippy::indexing_slicing, reason = "drawing loops over the canvas's own indices")]
mod land_cover;
mod listing;
mod note;
mod open;
mod orientation;
mod random;
mod sample_range;
mod samples;
mod selection;
mod shard;
mod shard_file;
mod shard_schema;
mod split;
mod table;
mod tiff_samples;

pub use config::{ChosenImages, DatasetConfig, Limit};
pub use decode::{DecodeOptions, Decoded};
pub use error::Error;
#[cfg(feature = "hub")]
pub use fetched_dataset::FetchedDataset;
pub use hugging_face_parquet::HuggingFaceParquet;
pub use image_folder::ImageFolder;
pub use land_cover::LandCover;
pub use note::{Note, Notes, PassedOver};
pub use open::{OpenOptions, OpenedDataset, open};
pub use sample_range::SampleRange;
pub use selection::{Selection, absent_classes};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
