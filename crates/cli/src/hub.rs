//! Datasets and models of the Hugging Face Hub.

use anyhow::Result;
use hub::{Hub, Repo};
use study_file::StudyFile;

use crate::exit::usage;

/// What is left of a download that is stopped.
pub(crate) const LEFT: &str = "what has arrived is kept, and the same command resumes the download";

/// The Hub as the environment describes it, if the study names something on it.
pub(crate) fn named_by(file: &StudyFile) -> Result<Option<Hub>> {
    let paths = [Some(&file.dataset.path), file.model.folder.as_ref()];
    if !paths.into_iter().flatten().filter_map(|path| path.to_str()).any(Repo::is_named_by) {
        return Ok(None);
    }
    Hub::builder().environment(|name| std::env::var(name).ok()).build().map(Some).map_err(usage)
}
