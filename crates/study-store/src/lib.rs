//! Robustness studies in a folder: resumable, in parts, with tables, figures and a report.
//!
//! A [`StudyFolder`] runs a [`study::Study`] and never loses finished work. Each result is appended to a journal as soon
//! as it is computed. An interrupted run is resumed with one call and gives byte-identical files; the parts of a study,
//! run anywhere as shards, are merged to the files of one run. At the end the folder holds CSV tables, `results.json`,
//! figures and the self-contained page `report.html`.
//!
//! ```
//! use ndarray::{Array2, Array3};
//! use perturb::{SaltNoise, Sweep};
//! use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
//! use saliency::Rise;
//! use study::Study;
//! use study_store::StudyFolder;
//!
//! let labels = vec!["dark".to_owned(), "bright".to_owned()];
//! let images = (0..4).map(|i| (Array3::from_elem((8, 8, 3), 60 * i), usize::from(i > 1))).collect();
//! let dataset = MemoryDataset::new("greys", labels.clone(), images)?;
//! let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
//!     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
//!     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
//! });
//! let study = Study::builder()
//!     .sweep(Sweep::new("SaltNoise", "amount", [0.0, 0.9], SaltNoise::new)?)
//!     .explainer(Rise::builder().masks(20).build()?)
//!     .build()?;
//!
//! # let temporary = tempfile::tempdir()?;
//! # let path = temporary.path().join("study");
//! let results = StudyFolder::open(&path)?.resume(&study, &dataset, &model, &mut ())?;
//! assert_eq!(results.item_response.len(), 2);
//! assert!(path.join("report.html").exists());
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! # The files
//!
//! | file | what it holds |
//! | --- | --- |
//! | `report.html`, `*.png`, `*.svg` | the study on one page, and its figures |
//! | `item_response.csv`, `.md` | accuracies and further metrics, one row per setting |
//! | `predictions.csv` | one row per setting and image |
//! | `saliency_metrics.csv` | the metrics of maps, one row per setting and image |
//! | `robustness.csv` | areas under the curves, tests, calibration, where images are first lost: one row per number |
//! | `saliency_drift.csv` | how maps have moved from the sweep's first setting, one row per setting and image |
//! | `skipped.csv` | images that failed, if the study skips them |
//! | `truth.npy`, `predicted.npy` and others | the maps, float32 `[rows, height, width]`, on request |
//! | `results.json` | all tables and what was run, as one value |
//! | `study.journal` | the finished work: what a resumed run starts from |

#![warn(clippy::indexing_slicing)]

mod error;
mod file;
mod finished_run;
mod folder;
mod header;
pub mod journal;
mod map_file;
mod maps;
mod merge;
mod record;
mod recorder;
mod report_files;
mod samples;
mod tables;

pub use error::Error;
pub use file::write_atomically;
pub use finished_run::{FinishedRun, write_comparison};
pub use folder::StudyFolder;
pub use merge::Shards;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
