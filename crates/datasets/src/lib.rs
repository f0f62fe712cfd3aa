//! Labelled pictures as `protocols::Dataset`s: image folders, Hugging Face parquet and procedural land cover.
//!
//! [`open`] takes a path for what it is; [`Selection`] chooses pictures from a dataset; pictures are decoded
//! when they are asked for, with limits against files that claim to be enormous.

mod decode;
mod error;
mod hugging_face_parquet;
mod image_folder;
mod land_cover;
mod open;
mod selection;
mod shard;
mod shard_schema;

pub use decode::decode;
pub use error::Error;
pub use hugging_face_parquet::HuggingFaceParquet;
pub use image_folder::ImageFolder;
pub use land_cover::LandCover;
pub use open::open;
pub use selection::Selection;
