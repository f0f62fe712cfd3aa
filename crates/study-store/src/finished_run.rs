//! A finished run, read from its folder.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use protocols::{Dataset, Model};
use report::{Comparison, thumbnail};
use results::{ExplainedImage, Prediction, StudyResults};
use serde::de::DeserializeOwned;
use study::Study;

use crate::file::write_atomically;
use crate::folder::journal_path;
use crate::header::Header;
use crate::journal::Journal;
use crate::record::{self, Record};
use crate::report_files::draw;
use crate::{Error, StudyFolder};

/// A finished run of a whole study: its results, and what ran.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use report::Comparison;
/// use study_store::{FinishedRun, write_comparison};
///
/// let studies = [
///     FinishedRun::open("runs/small")?.into_results(),
///     FinishedRun::open("runs/large")?.into_results(),
/// ];
/// write_comparison("comparison", &Comparison::new(&studies)?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FinishedRun {
    folder: PathBuf,
    header: Header,
    results: StudyResults,
}

impl FinishedRun {
    /// Opens the folder of a run.
    ///
    /// # Errors
    ///
    /// [`Error::NoRun`] if there is none, it holds a shard, or its results cannot be read; [`Error::UnfinishedRun`].
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref().to_path_buf();
        let refused = |source| Error::NoRun { path: folder.clone(), source };
        let (header, records) =
            Journal::read::<Header, Record>(journal_path(&folder)).map_err(|e| refused(e.into()))?;
        if let Some(shard) = header.shard {
            return Err(refused(format!("it holds the shard {shard}, expected a whole study").into()));
        }
        if records.is_empty() || record::unfinished(&records) {
            return Err(Error::UnfinishedRun { path: folder });
        }
        let file = File::open(folder.join("results.json")).map_err(|e| refused(e.into()))?;
        let results = StudyResults::read_json(BufReader::new(file)).map_err(|e| refused(e.into()))?;
        Ok(Self { folder, header, results })
    }

    /// The run's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The results.
    #[must_use]
    pub fn results(&self) -> &StudyResults {
        &self.results
    }

    /// The results alone.
    #[must_use]
    pub fn into_results(self) -> StudyResults {
        self.results
    }

    /// The notes that [`StudyFolder::notes`] stored with the run.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if they are not of this type.
    pub fn notes<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(self.header.notes.clone()).map_err(|source| Error::Identity { source })
    }

    /// Explains images of the run again, each at the setting of its prediction: the same maps as when the run computed
    /// them, at the size at which reports show them. `folder` holds the identity that the run was made with. Images that
    /// the run has not explained are left out.
    ///
    /// # Errors
    ///
    /// [`Error::DifferentRun`] if the folder's identity, `study`, `dataset` or `model` is not that of the run, and
    /// [`Error::Study`] if an image cannot be explained.
    pub fn explain(
        &self,
        shown: &[&Prediction],
        folder: &StudyFolder,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
    ) -> Result<Vec<ExplainedImage>, Error> {
        let differences = self.header.differences(&folder.header(study, dataset, model));
        if !differences.is_empty() {
            return Err(Error::DifferentRun { path: self.folder.clone(), differences });
        }
        let mut images = Vec::new();
        for row in &self.results.saliency_metrics {
            if shown.iter().any(|other| other.image_id == row.image_id && other.setting == row.setting) {
                let image = study.explain(row, dataset, model).map_err(Error::Study)?;
                let small = thumbnail(&image);
                images.push(small.map_err(|source| Error::Draw { figure: "the samples".into(), source })?);
            }
        }
        Ok(images)
    }
}

/// Writes a comparison of models to a folder, which is created if it does not exist: the page `comparison.html`, the
/// table `comparison.md`, and the curves as `curves.svg` and `curves.png`.
///
/// # Errors
///
/// [`Error::Folder`], [`Error::Draw`] and [`Error::Write`].
pub fn write_comparison(folder: impl AsRef<Path>, comparison: &Comparison<'_>) -> Result<(), Error> {
    let folder = folder.as_ref();
    std::fs::create_dir_all(folder).map_err(|source| Error::Folder {
        path: folder.to_path_buf(),
        what: "create",
        source,
    })?;
    let page = comparison.html();
    let page = page.map_err(|source| Error::Draw { figure: "comparison.html".into(), source })?;
    draw(folder, "curves", comparison.curves())?;
    let text = comparison.markdown();
    write_atomically(&folder.join("comparison.md"), |out| out.write_all(text.as_bytes()))?;
    write_atomically(&folder.join("comparison.html"), |out| out.write_all(page.as_bytes()))
}
