//! The results of a robustness study as one HTML page, and as SVG and PNG figures.
//!
//! Everything here is a function from plain data: the rows of `results`, and images and maps as arrays.
//!
//! - [`Page`] is a whole study as one self-contained HTML page, and [`Comparison`] sets several models side by side.
//! - Figures such as [`item_response_curves`] and [`saliency_grid`] return a [`Figure`]: an SVG text that renders itself
//!   to PNG with an embedded font.
//! - [`Gallery`] shows what perturbers do, as a page or as Markdown.
//! - [`falls`], [`drift_summaries`], [`areas_under_curves`], [`first_losses`], [`calibrations`], [`McNemar`] and
//!   [`corruption_errors`] are the numbers behind them; [`robustness()`] has them as a table.
//!
//! ```
//! use report::{accuracy_points, item_response_curves};
//! use results::{ItemResponse, Setting, Value, Values};
//!
//! let rows: Vec<ItemResponse> = [(1.0, 0.9), (5.0, 0.6), (11.0, 0.2)]
//!     .map(|(ksize, accuracy)| ItemResponse {
//!         setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
//!         accuracy_macro: accuracy,
//!         accuracy_micro: accuracy,
//!         count: 27,
//!         metrics: Values::default(),
//!     })
//!     .into();
//! let figure = item_response_curves(&accuracy_points(&rows, &[], 7))?;
//! assert!(figure.svg().contains("GaussianBlur"));
//! assert!(figure.png()?.starts_with(b"\x89PNG"));
//! # Ok::<(), report::Error>(())
//! ```

mod accuracy;
mod channels;
mod chart;
mod comparison;
mod confusion;
mod drift_curves;
mod drift_summary;
mod encode;
mod error;
mod explained_image;
mod fall;
mod figure;
mod fonts;
mod gallery;
mod item_response;
mod metric_curves;
mod movement;
mod page;
mod perturbed_examples;
mod robustness;
mod saliency_grid;
mod saliency_metric;
mod sample_choice;
mod shrink;
mod spread;
mod svg;
mod text;
mod units;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use accuracy::{AccuracyPoint, accuracy_points};
pub use comparison::{Comparison, OrderChange, PairedSetting};
pub use confusion::{Confusion, confusion_matrices, confusions};
pub use drift_curves::drift_curves;
pub use drift_summary::{DriftGroup, DriftSummary, drift_summaries};
pub use error::Error;
pub use explained_image::thumbnail;
pub use fall::{BrokenClass, Fall, Half, Refuge, falls};
pub use figure::Figure;
pub use gallery::Gallery;
pub use item_response::item_response_curves;
pub use metric_curves::metric_curves;
pub use movement::{Movement, most_moved};
pub use page::Page;
pub use perturbed_examples::perturbed_examples;
pub use robustness::{
    AgainstFirst, AreaUnderCurve, Calibration, ClassLosses, CorruptionErrors, FirstLoss, McNemar,
    against_first, areas_under_curves, calibrations, corruption_errors, first_losses, losses_by_class,
    robustness,
};
pub use saliency::{Colormap, overlay};
pub use saliency_grid::saliency_grid;
pub use sample_choice::SampleChoice;
pub use spread::Spread;
