//! A robustness and saliency study, as data and as a computation.
//!
//! A [`Study`] perturbs a dataset along sweeps, measures a model's accuracy at each setting, explains the true and the
//! predicted class of each perturbed image, compares the two maps, and measures how each has moved from that of the
//! unperturbed image: the tutorial "Test and Analyze Model Robustness with NRTK and XAITK" as a library call, and more. Everything it uses is a trait that a program can implement: the dataset, the
//! model and the metrics (`protocols`), the perturbers (`perturb`), the explainer (`saliency`), the metrics of maps
//! (`saliency-metrics`). It knows no file and no backend.
//!
//! Long studies can be interrupted: a [`StudyObserver`] receives each result as soon as it is computed,
//! [`Study::resume`] takes the results of an earlier run and computes the rest, and a [`Shard`] is a part that can run
//! elsewhere. The crate `study-store` keeps all this in a folder.
//!
//! [`StudyConfig`] is a study as a TOML file holds it; its default is the tutorial. A [`Preset`] names the perturbers of
//! another well-known study, such as ImageNet-C.
//!
//! ```
//! use perturb::Registry;
//! use study::StudyConfig;
//!
//! let config = StudyConfig::default();
//! assert!(config.to_toml().contains("values = [1, 5, 11, 15, 21]"));
//! let study = config.study(&Registry::builtin())?;
//! assert_eq!(study.settings().len(), 10);
//! # Ok::<(), study::Error>(())
//! ```

#![warn(clippy::indexing_slicing)]

mod accuracy;
mod config;
mod decoded_once;
mod drift;
mod error;
mod explain;
mod finished;
mod observer;
mod on_error;
mod pixels;
mod preset;
mod probe;
mod run;
mod saliency_config;
mod scheduler;
mod scored_once;
mod scoring;
mod shard;
mod study;

#[doc(hidden)]
pub use config::listed_sweeps;
pub use config::{MetricsConfig, StudyConfig};
pub use error::Error;
pub use observer::{ImageResults, StudyObserver};
pub use on_error::OnError;
pub use preset::Preset;
pub use saliency_config::SaliencyConfig;
pub use scheduler::ShardChoice;
pub use shard::Shard;
pub use study::{Study, StudyBuilder, class_names};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
