//! The rows of a robustness study, and their tables.
//!
//! A study answers three questions. How accurate is the model at each setting of each perturber? That is one
//! [`ItemResponse`] per setting, computed from one [`Prediction`] per setting and image. How does the saliency map of the
//! true class differ from that of the predicted class? That is one [`SaliencyComparison`] per setting and image. How has the
//! map of one class moved from the clean image's? That is one [`SaliencyDrift`] per setting and image. Images
//! that failed are listed as [`Skipped`]. All rows are plain serde types that other programs can write, read and draw;
//! this crate reads and writes them as CSV and JSON, and writes Markdown. [`StudyResults`] holds all of them together
//! with what was run; [`ExplainedImage`] is what a comparison was computed from.
//!
//! ```
//! use results::{ItemResponse, Setting, Value, Values, read_csv, write_csv};
//!
//! let rows = vec![ItemResponse {
//!     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
//!     accuracy_macro: 0.5,
//!     accuracy_micro: 0.625,
//!     count: 8,
//!     metrics: Values::default(),
//! }];
//! let mut file = Vec::new();
//! write_csv(&rows, &mut file)?;
//! assert_eq!(
//!     std::str::from_utf8(&file)?,
//!     "perturber,parameter,value,accuracy_macro,accuracy_micro,count\nGaussianBlur,ksize,11,0.5,0.625,8\n",
//! );
//! assert_eq!(read_csv::<ItemResponse>(file.as_slice())?, rows);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(clippy::indexing_slicing)]

mod error;
mod explained_image;
mod number;
mod robustness;
mod row;
mod setting;
mod study_results;
mod table;
mod unscaled_maps;
mod values;

pub use error::Error;
pub use explained_image::ExplainedImage;
pub use robustness::Robustness;
pub use row::{ItemResponse, Prediction, Row, SaliencyComparison, SaliencyDrift, Skipped};
pub use setting::{Setting, Value};
pub use study_results::{RunInfo, StudyResults};
pub use table::{read_csv, read_json, write_csv, write_json, write_markdown};
pub use unscaled_maps::UnscaledMaps;
pub use values::Values;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
