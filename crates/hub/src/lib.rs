//! Models and datasets of the Hugging Face Hub by name, in the cache of Python's `huggingface_hub`.
//!
//! [`Repo`] is a name, such as `hf:cm93/eurosat`. [`Hub::repository`] resolves its revision to a commit and lists the
//! files; [`Repository::fetch`] downloads those that are wanted and are not in the cache yet, and returns the folder
//! that holds them. The crates `models` and `datasets` know which files a model or a dataset needs.
//!
//! ```no_run
//! use hub::{Hub, Repo, RepoKind};
//!
//! let hub = Hub::builder().environment(|name| std::env::var(name).ok()).build()?;
//! let repo: Repo = "hf:nielsr/convnext-tiny-224-finetuned-eurosat-albumentations".parse()?;
//! let repository = hub.repository(&repo, RepoKind::Model, &mut ())?;
//! let folder = repository.fetch(&["config.json"], &mut ())?;
//! println!("{} is in {}", repository.pinned(), folder.display());
//! # Ok::<(), hub::Error>(())
//! ```
//!
//! # Guarantees
//!
//! - A file is in the cache whole or not at all. Its content is verified: by SHA-256 for files in Git LFS or Xet, and
//!   as a Git blob, by SHA-1, for all others.
//! - A download that breaks off resumes where it broke off, within a call and in a later one.
//! - The cache is Python's: what Python downloaded is found, and vice versa. Downloads hold the same locks.
//! - A commit whose listing and files are in the cache needs no network.
//!
//! # Why this is not `hf-hub`
//!
//! `hf-hub` 1.0 is asynchronous and brings 236 crates (this one adds 24 to the command), no longer resumes downloads
//! (its issue 196) and does not compare what arrives over HTTP with its checksum. Its last version with a light
//! client, 0.5, names partial files differently from Python, compares nothing either, knows neither `Retry-After` nor
//! an offline mode, and fails on large files behind the Hub's CDN (its issue 141). What is left to do on top of
//! `ureq` is small.

#![warn(clippy::indexing_slicing)]

mod cache;
mod checksum;
mod client;
mod download;
mod environment;
mod error;
mod hub;
mod listing;
mod repo;
mod repo_kind;
mod repository;

pub use error::Error;
pub use hub::{Hub, HubBuilder};
pub use repo::Repo;
pub use repo_kind::RepoKind;
pub use repository::Repository;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
