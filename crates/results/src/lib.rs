//! The rows of a robustness study, and their tables.
//!
//! A study answers two questions. How accurate is the model at each setting of each perturber: that is an
//! [`ItemResponse`] a setting, made of a [`Prediction`] a setting and image. And how does the explanation of
//! the true class differ from that of the predicted class: that is a [`SaliencyComparison`] a setting and
//! image. What failed and was passed over is a [`Skipped`]. All are plain serde types, so that another program
//! can make them, read them back and draw them; this crate writes and reads them as CSV and JSON, and writes
//! Markdown. [`StudyResults`] is all of them and what was run, as one value.
//!
//! ```
//! use results::{ItemResponse, Setting, Value, read_csv, write_csv};
//!
//! let rows = vec![ItemResponse {
//!     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
//!     accuracy_macro: 0.5,
//!     accuracy_micro: 0.625,
//!     count: 8,
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
mod row;
mod setting;
mod study_results;
mod table;

pub use error::Error;
pub use explained_image::ExplainedImage;
pub use row::{ItemResponse, Prediction, Row, SaliencyComparison, Skipped};
pub use setting::{Setting, Value};
pub use study_results::{RunInfo, StudyResults};
pub use table::{read_csv, read_json, write_csv, write_json, write_markdown};
