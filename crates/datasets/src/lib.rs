//! Labelled pictures as [`protocols::Dataset`]s: image folders, Hugging Face parquet and procedural land
//! cover.
//!
//! - [`ImageFolder`]: a directory a class, with pictures in it.
//! - [`HuggingFaceParquet`]: the shards that Hugging Face's datasets are published in, read row by row.
//! - [`LandCover`]: satellite tiles drawn from a seed, for where no data can be had.
//!
//! [`open`] takes a path for what it is. [`Selection`] chooses from any dataset: a stretch of it, a random
//! part, or a part with the same share of every class. Nothing is decoded before it is asked for, and a
//! picture's class can be asked for alone. Every picture becomes 8-bit RGB, with Pillow's pixels
//! ([`decode`]).
//!
//! Files are not trusted: damaged ones, and those that claim to be enormous, are errors that name the file
//! and the row.
//!
//! ```
//! use datasets::{LandCover, Selection};
//! use protocols::{Dataset, Subset};
//!
//! let tiles = LandCover::new(1000, 42)?;
//! let chosen = Selection::Stratified { fraction: 0.02, seed: 1 }.indices(&tiles)?;
//! let few = Subset::new(tiles, chosen)?;
//!
//! assert_eq!(few.len(), 20);
//! let of_rivers = (0..few.len()).filter(|&i| few.target(i).is_ok_and(|class| class == 1));
//! assert_eq!((few.metadata().labels[1].as_str(), of_rivers.count()), ("River", 2));
//! # Ok::<(), protocols::BoxError>(())
//! ```

#![warn(clippy::indexing_slicing)]

mod classes;
mod decode;
mod error;
mod hugging_face_parquet;
mod image_folder;
#[expect(clippy::indexing_slicing, reason = "drawing loops over the canvas's own indices")]
mod land_cover;
mod listing;
mod note;
mod open;
mod orientation;
mod sample_range;
mod samples;
mod selection;
mod shard;
mod shard_file;
mod shard_schema;
mod split;
mod table;
mod tiff_samples;

pub use decode::{DecodeOptions, Decoded};
pub use error::Error;
pub use hugging_face_parquet::HuggingFaceParquet;
pub use image_folder::ImageFolder;
pub use land_cover::LandCover;
pub use note::{Note, Notes, PassedOver};
pub use open::{OpenOptions, OpenedDataset, open};
pub use sample_range::SampleRange;
pub use selection::{Selection, absent_classes};
