use std::path::PathBuf;

use protocols::BoxError;
use study::Shard;

use crate::journal;

/// Why a study in a folder cannot be run, resumed or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be made or read.
    #[error("cannot {what} the folder {path}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// `create` or `read`.
        what: &'static str,
        /// What the system reports.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BoxError,
    },
    /// A file of maps cannot be read, or resumed.
    #[error("cannot read {path}", path = path.display())]
    Maps {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BoxError,
    },
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The folder holds an unfinished run, which a new run would overwrite.
    #[error("{folder} holds an unfinished run{damage}: resume it, use another folder, or remove {journal} to start again",
        folder = folder.display(), journal = journal.display(),
        damage = damage.as_ref().map(|damage| format!(" ({damage})")).unwrap_or_default())]
    Unfinished {
        /// The folder.
        folder: PathBuf,
        /// The run's journal.
        journal: PathBuf,
        /// Why the journal cannot be read, if it cannot.
        damage: Option<String>,
    },
    /// The folder holds a run of a different study.
    #[error("cannot resume: {folder} belongs to a different study: {}", .differences.join("; "),
        folder = folder.display())]
    Different {
        /// The folder.
        folder: PathBuf,
        /// What differs, one sentence each.
        differences: Vec<String>,
    },
    /// The folder's run skipped images, and this study stops at the first failure.
    #[error("cannot resume: the run in {folder} skipped images, such as image {image_id} at {setting}; the study must \
             skip failures too", folder = folder.display())]
    Skipped {
        /// The folder.
        folder: PathBuf,
        /// The first skipped image.
        image_id: usize,
        /// The setting at which it was skipped.
        setting: String,
    },
    /// The study failed or was stopped; the folder keeps all finished results.
    #[error("finished results are kept")]
    Study(#[source] study::Error),
    /// Every image was skipped.
    #[error("every image was skipped, the first one because of this: {first}")]
    EveryImageSkipped {
        /// Why the first image was skipped.
        first: String,
    },
    /// What the program says of the run has no JSON form.
    #[error("the identity of the run has no JSON form")]
    Identity {
        /// Why.
        source: serde_json::Error,
    },
    /// A figure or the page could not be drawn.
    #[error("cannot draw {figure}")]
    Draw {
        /// The figure.
        figure: String,
        /// Why.
        source: report::Error,
    },
    /// There are no shards to merge.
    #[error("{path}: expected the folder of a shard, or a folder that holds such folders", path = path.display())]
    NoShard {
        /// Where they were looked for.
        path: PathBuf,
        /// What is wrong with its journal, if it has one.
        source: Option<BoxError>,
    },
    /// A folder does not hold the run of a whole study.
    #[error("{path}: expected the folder of a finished run", path = path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// What is missing, or cannot be read.
        source: BoxError,
    },
    /// A run is not finished.
    #[error("{path} holds a run that is not finished: resume it first", path = path.display())]
    UnfinishedRun {
        /// The run's folder.
        path: PathBuf,
    },
    /// A run was not made with what its images are to be explained with.
    #[error("cannot explain images of {path} again: {}", .differences.join("; "), path = path.display())]
    DifferentRun {
        /// The run's folder.
        path: PathBuf,
        /// What differs, one sentence each.
        differences: Vec<String>,
    },
    /// A shard is not finished.
    #[error("{path} holds shard {shard}, which is not finished: resume it first", path = path.display())]
    UnfinishedShard {
        /// The shard's folder.
        path: PathBuf,
        /// The shard.
        shard: Shard,
    },
    /// Two shards belong to different studies.
    #[error("{one} and {other} do not belong to the same study: {}", .differences.join("; "),
        one = one.display(), other = other.display())]
    DifferentShards {
        /// A shard's folder.
        one: PathBuf,
        /// The other's folder.
        other: PathBuf,
        /// What differs, one sentence each.
        differences: Vec<String>,
    },
    /// Shards are missing, or were given twice.
    #[error("there are shards {given:?} of {of}, expected each exactly once{}", missing_part(.missing))]
    MissingShards {
        /// The numbers of the shards that were given.
        given: Vec<usize>,
        /// The number of shards of the study.
        of: usize,
        /// The numbers of those that are missing.
        missing: Vec<usize>,
    },
}

impl Error {
    /// Whether the folder, the study and the shards do not fit each other, so that trying again cannot help.
    ///
    /// ```
    /// use study_store::Shards;
    ///
    /// let error = Shards::open(&["there-is-no-such-folder"]).unwrap_err();
    /// assert!(!error.is_usage(), "{error}");
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Unfinished { .. }
            | Self::Different { .. }
            | Self::Skipped { .. }
            | Self::DifferentRun { .. }
            | Self::DifferentShards { .. }
            | Self::NoRun { .. }
            | Self::UnfinishedRun { .. }
            | Self::MissingShards { .. } => true,
            Self::Study(error) => {
                use study::Error::{Foreign, Parameter, Setting};
                matches!(error, Parameter { .. } | Foreign { .. } | Setting { .. })
            }
            _ => false,
        }
    }
}

fn missing_part(missing: &[usize]) -> String {
    if missing.is_empty() { String::new() } else { format!("; {missing:?} are missing") }
}
