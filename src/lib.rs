//! Measure how an image classifier breaks under perturbation, and where it looks while it does.
//!
//! This crate re-exports the workspace's libraries, each useful alone, most of them behind features that are all on by
//! default. Not among them are `backend-tch` and `backend-ort`, which need a library, and the crates that stand behind
//! others: `convnext`, `hub`, `inference` and `libjpeg-pixels`.
//!
//! ```
//! use stressmap::perturb::GaussianBlur;
//! use stressmap::protocols::Dataset;
//!
//! let tile = stressmap::datasets::LandCover::new(10, 7)?.get(6)?;
//! let blurred = GaussianBlur::new(11)?.apply(&tile.image)?;
//! assert_eq!(blurred.dim(), (64, 64, 3));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

#[cfg(feature = "rten")]
pub use backend_rten;
#[cfg(feature = "classification-metrics")]
pub use classification_metrics;
#[cfg(feature = "datasets")]
pub use datasets;
#[cfg(feature = "rten")]
pub use model_folder;
#[cfg(feature = "rten")]
pub use models;
pub use numpy_rng;
pub use perturb;
pub use protocols;
#[cfg(feature = "report")]
pub use report;
#[cfg(any(feature = "report", feature = "study"))]
pub use results;
pub use saliency;
pub use saliency_metrics;
#[cfg(feature = "study")]
pub use study;
#[cfg(feature = "study-file")]
pub use study_file;
#[cfg(feature = "study-store")]
pub use study_store;
