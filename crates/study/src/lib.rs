//! A robustness and saliency study, as data and as the run of it.
//!
//! A [`Study`] perturbs a dataset along sweeps, measures a model's accuracy at each setting, explains each
//! perturbed picture's true and predicted class, and compares the two maps: the tutorial "Test and Analyze
//! Model Robustness with NRTK and XAITK" as a library call. It knows no file, dataset or backend, only
//! `protocols::Dataset` and `protocols::Model`.
//!
//! Long studies are made to survive: an [`Observer`] is given each result as soon as it is there,
//! [`Study::resume`] takes what an earlier run finished and goes on from there, and a [`Shard`] is a part that
//! may run elsewhere.
//!
//! [`Config`] is a study as `study.toml` holds it; its default is the tutorial.
//!
//! ```
//! let config = study::Config::default();
//! assert_eq!(config.perturbers[0].name(), "GaussianBlur");
//! assert!(config.to_toml().contains("values = [1, 5, 11, 15, 21]"));
//! ```

#![warn(clippy::indexing_slicing)]

mod accuracy;
mod config;
mod error;
mod finished;
mod observer;
mod run;
mod scoring;
mod shard;

pub use accuracy::item_response;
pub use config::{Config, DatasetConfig, Limit, ModelConfig, OnError, OutputConfig, Rng, SaliencyConfig};
pub use error::Error;
pub use observer::{Explained, Observer, Pass, Sample};
pub use run::{Outcome, Study};
pub use shard::Shard;
