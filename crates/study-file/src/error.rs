use std::path::PathBuf;

/// Why a study file cannot be read, or what it names cannot be opened or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a study.
    #[error("{path}: {message}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line and what was expected there.
        message: String,
    },
    /// The text, or a study with other values put over its own, is not a study.
    #[error("not a study: {message}")]
    Values {
        /// What was expected.
        message: String,
    },
    /// The study's settings are not possible.
    #[error(transparent)]
    Study(#[from] study::Error),
    /// The dataset cannot be opened, or its images cannot be chosen.
    #[error(transparent)]
    Dataset(#[from] datasets::Error),
    /// The model cannot be opened.
    #[error(transparent)]
    Model(#[from] models::Error),
    /// The model's classes are not those of the dataset.
    #[error("the model does not fit the dataset")]
    Labels(#[source] protocols::Error),
    /// An image cannot be explained.
    #[error(transparent)]
    Saliency(#[from] saliency::Error),
    /// The study's folder cannot be used, or the study failed.
    #[error(transparent)]
    Store(#[from] study_store::Error),
}

impl Error {
    /// Whether something impossible was asked for, whatever the files hold.
    ///
    /// ```
    /// use perturb::Registry;
    /// use study_file::StudyFile;
    ///
    /// let file = StudyFile::from_toml("[saliency]\np1 = 1.5")?;
    /// assert!(file.open(&Registry::builtin(), None, &mut |_| ()).is_err_and(|error| error.is_usage()));
    /// # Ok::<(), study_file::Error>(())
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::File { .. } | Self::Values { .. } | Self::Study(_) => true,
            Self::Dataset(error) => error.is_usage(),
            Self::Model(error) => error.is_usage(),
            Self::Store(error) => error.is_usage(),
            Self::Read { .. } | Self::Labels(_) | Self::Saliency(_) => false,
        }
    }

    /// Whether an observer asked to stop.
    ///
    /// ```
    /// let stopped = study_file::Error::Store(study_store::Error::Study(study::Error::Stopped));
    /// assert!(stopped.is_stopped() && !stopped.is_usage());
    /// ```
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        match self {
            Self::Store(study_store::Error::Study(study::Error::Stopped))
            | Self::Saliency(saliency::Error::Stopped { .. }) => true,
            #[cfg(feature = "hub")]
            Self::Dataset(datasets::Error::Hub(error)) | Self::Model(models::Error::Hub(error)) => {
                matches!(error, hub::Error::Stopped { .. })
            }
            _ => false,
        }
    }
}
