//! A robustness study as one TOML file: its dataset, its model, its settings and its folder.
//!
//! [`StudyFile`] is the file, [`StudyFile::open`] opens what it names, and [`OpenedStudy`] runs it in its folder,
//! resumes it, or merges its shards.
//!
//! ```no_run
//! use perturb::Registry;
//! use study_file::StudyFile;
//!
//! let file = StudyFile::read("study.toml")?;
//! let opened = file.open(&Registry::builtin(), None, &mut |note| eprintln!("{note}"))?;
//! let results = opened.resume(&mut ())?;
//! println!("{}", results.summary());
//! # Ok::<(), study_file::Error>(())
//! ```

#![warn(clippy::indexing_slicing)]

mod description;
mod error;
mod opened_study;
mod study_file;

pub use error::Error;
pub use opened_study::OpenedStudy;
pub use study_file::{OutputConfig, StudyFile};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
