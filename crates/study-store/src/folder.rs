use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocols::{Dataset, Model};
use results::{RunInfo, StudyResults};
use serde::Serialize;
use serde_json::Value;
use study::{OnError, Study, StudyObserver};

use crate::file::{remove_temporary_files, write_atomically};
use crate::header::Header;
use crate::journal::{self, Journal};
use crate::maps::Maps;
use crate::record::{self, Record};
use crate::recorder::Recorder;
use crate::samples::Samples;
use crate::{Error, report_files, tables};

/// What a report says of a run, given its results.
type Describe = Arc<dyn Fn(&StudyResults) -> RunInfo + Send + Sync>;

/// A folder that runs one study, keeps its results as they are computed, and holds its report.
///
/// Only one process at a time can run a study in a folder.
///
/// ```
/// use results::RunInfo;
/// use study_store::StudyFolder;
///
/// # let temporary = tempfile::tempdir()?;
/// # let path = temporary.path().join("study");
/// let folder = StudyFolder::open(&path)?
///     .save_maps(true)
///     .sample(3)
///     .run_info(|_results| RunInfo { program: "my-program 1.0".into(), ..RunInfo::default() });
/// assert_eq!(folder.path(), path);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct StudyFolder {
    path: PathBuf,
    save_maps: bool,
    sample: usize,
    run_info: Option<Describe>,
    identity: Value,
    notes: Value,
    attachments: Vec<(String, Vec<u8>)>,
}

impl StudyFolder {
    /// Opens a folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if it cannot be created.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        std::fs::create_dir_all(&path).map_err(|source| Error::Folder {
            path: path.clone(),
            what: "create",
            source,
        })?;
        Ok(Self {
            path,
            save_maps: false,
            sample: 0,
            run_info: None,
            identity: Value::Null,
            notes: Value::Null,
            attachments: Vec::new(),
        })
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the maps of every image are kept, in `truth.npy` and `predicted.npy`: float32 `[rows, height, width]`, in
    /// the order of `saliency_metrics.csv`. The maps that `saliency_drift.csv` is computed from are in
    /// `truth_unscaled.npy`, `predicted_unscaled.npy`, `reference_unscaled.npy` and `half_difference.npy`, in the same
    /// order; see [`UnscaledMaps`](results::UnscaledMaps). Maps of several sizes go to files such as
    /// `truth-480x640.npy`, and `maps.csv` says where each row's maps are. By default they are not kept.
    pub fn save_maps(self, save_maps: bool) -> Self {
        Self { save_maps, ..self }
    }

    /// The position of the image that the figures show, or the last image if there are fewer; by default the first.
    pub fn sample(self, sample: usize) -> Self {
        Self { sample, ..self }
    }

    /// What the report says of the run, given its results. The dataset, the model, the classes, the number of images and
    /// the seed are those of the study, whatever `run_info` returns.
    pub fn run_info(self, run_info: impl Fn(&StudyResults) -> RunInfo + Send + Sync + 'static) -> Self {
        Self { run_info: Some(Arc::new(run_info)), ..self }
    }

    /// What must be equal for a run to be resumed, besides the study's [fingerprint](Study::fingerprint), the dataset's
    /// length, names and classes, and the model's name and classes: for instance a checksum of the model's files. Differences
    /// are reported by the names of its fields.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if it has no JSON form.
    pub fn identity(self, identity: &impl Serialize) -> Result<Self, Error> {
        let identity = serde_json::to_value(identity).map_err(|source| Error::Identity { source })?;
        Ok(Self { identity, ..self })
    }

    /// Notes that are stored with the run and are not compared; [`Shards::notes`](crate::Shards::notes) reads them.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if they have no JSON form.
    pub fn notes(self, notes: &impl Serialize) -> Result<Self, Error> {
        let notes = serde_json::to_value(notes).map_err(|source| Error::Identity { source })?;
        Ok(Self { notes, ..self })
    }

    /// A file that is written to the folder when a run starts, such as the study's own configuration.
    pub fn attachment(mut self, name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        self.attachments.push((name.into(), contents.into()));
        self
    }

    /// Runs a study from the start, and leaves its tables and its report in the folder.
    ///
    /// # Errors
    ///
    /// [`Error::Unfinished`] if the folder holds an unfinished run, and as [`resume`](Self::resume).
    pub fn run(
        &self,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        let header = self.header(study, dataset, model);
        self.execute(self.start(&header)?, &header, study, dataset, model, observer)
    }

    /// Resumes an interrupted run, or starts a new one if there is none.
    ///
    /// Nothing that is finished is computed again, and all files are those of an uninterrupted run, byte for byte. A
    /// finished run is not repeated; its report is written again.
    ///
    /// # Errors
    ///
    /// [`Error::Different`] if the folder belongs to a different study, [`Error::Skipped`] if its run skipped images and
    /// this study does not, [`Error::Study`] if the study fails or is stopped, [`Error::EveryImageSkipped`] if no image
    /// is left, and [`Error::Journal`], [`Error::Maps`], [`Error::Write`], [`Error::Draw`] for the folder's files.
    pub fn resume(
        &self,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        let header = self.header(study, dataset, model);
        let opened = match Journal::open::<Header, Record>(journal_path(&self.path)) {
            Err(error) if is_absent(&error) => self.start(&header)?,
            Err(error) => return Err(error.into()),
            Ok((journal, found, records)) => self.continued(&header, study, journal, &found, records)?,
        };
        self.execute(opened, &header, study, dataset, model, observer)
    }

    pub(crate) fn header(&self, study: &Study, dataset: &dyn Dataset, model: &dyn Model) -> Header {
        Header::new(study, dataset, model, self.identity.clone(), self.notes.clone(), self.save_maps)
    }

    /// Starts a journal. One whose run is not finished is not overwritten: hours of work may be in it.
    fn start(&self, header: &Header) -> Result<(Journal, Vec<Record>), Error> {
        let path = journal_path(&self.path);
        let damage = match Journal::read::<Value, Record>(&path) {
            Ok((_, records)) if !record::unfinished(&records) => None,
            Err(error) if is_absent(&error) => None,
            Ok(_) => Some(None),
            Err(error) => Some(Some(error.to_string())),
        };
        if let Some(damage) = damage {
            return Err(Error::Unfinished { folder: self.path.clone(), journal: path, damage });
        }
        Ok((Journal::create(&path, header)?, Vec::new()))
    }

    /// Checks that an earlier run can be resumed by this study.
    fn continued(
        &self,
        header: &Header,
        study: &Study,
        mut journal: Journal,
        found: &Header,
        mut records: Vec<Record>,
    ) -> Result<(Journal, Vec<Record>), Error> {
        let mut differences = found.differences(header);
        if found.shard != header.shard {
            let text =
                |shard: Option<study::Shard>| shard.map_or("the whole".into(), |shard| shard.to_string());
            differences.push(format!("the shard was {} and is {}", text(found.shard), text(header.shard)));
        }
        // Maps that were not kept cannot be had any more; those that were may be dropped.
        if header.maps && record::keeps_maps(&records) == Some(false) {
            differences.push("save_maps was false and is true".into());
        }
        if !differences.is_empty() {
            return Err(Error::Different { folder: self.path.clone(), differences });
        }
        // The report is written again from the same records.
        if records.last() == Some(&Record::Finished) {
            records.pop();
            journal.truncate(records.len())?;
        }
        let skipped = records.iter().find_map(|record| match record {
            Record::Skipped(row) => Some(row),
            _ => None,
        });
        match skipped {
            Some(row) if study.on_error() == OnError::Stop => Err(Error::Skipped {
                folder: self.path.clone(),
                image_id: row.image_id,
                setting: row.setting.to_string(),
            }),
            _ => Ok((journal, records)),
        }
    }

    /// Runs the rest of a study and writes its files.
    pub(crate) fn execute(
        &self,
        (mut journal, mut records): (Journal, Vec<Record>),
        header: &Header,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        remove_temporary_files(&self.path);
        let numbers: HashMap<String, usize> = study.settings().map(ToString::to_string).zip(0..).collect();
        let maps = if header.maps { Some(self.open_maps(&mut records, &numbers)?) } else { None };
        journal.truncate(records.len())?;
        for (name, contents) in &self.attachments {
            write_atomically(&self.path.join(name), |out| out.write_all(contents))?;
        }
        let kept = record::results(records);
        let mut recorder =
            Recorder { journal, maps, numbers, samples: Samples::default(), kept: kept.clone(), observer };
        let mut results = match study.resume(kept, dataset, model, &mut recorder) {
            Ok(results) => results,
            Err(error) => {
                // The journal holds all finished results, so a table that cannot be written is not worth an error
                // that hides this one. A study that never started has nothing to write.
                if !matches!(error, study::Error::Foreign { .. } | study::Error::Parameter { .. }) {
                    let _ = tables::write(&self.path, &recorder.kept, study.on_error());
                }
                return Err(Error::Study(error));
            }
        };
        let Recorder { mut journal, maps, samples, observer, .. } = recorder;
        if let Some(describe) = &self.run_info {
            let described = describe(&results);
            let RunInfo { dataset: name, model: model_name, labels, images, seed, .. } = results.run;
            results.run = RunInfo { dataset: name, model: model_name, labels, images, seed, ..described };
        }
        results.robustness = report::robustness(&results.item_response, &results.predictions);
        tables::write(&self.path, &results, study.on_error())?;
        let everything = study.shard().is_none() && results.saliency_metrics.is_empty();
        if let Some(first) = results.skipped.first().filter(|_| everything) {
            return Err(Error::EveryImageSkipped { first: first.error.clone() });
        }
        if let Some(maps) = maps {
            maps.finish(&results.saliency_metrics)?;
        }
        // Figures of a part would not show what those of the whole show.
        if study.shard().is_none() {
            let first = self.sample.min(dataset.len().saturating_sub(1));
            let samples = samples.choose(first, &results, study, dataset, model, observer)?;
            tables::write_summary(&self.path, &results)?;
            report_files::write(&self.path, &results, &samples)?;
        }
        journal.append(&Record::Finished)?;
        journal.sync()?;
        Ok(results)
    }

    /// Opens the files of maps, and drops the records behind the last one whose maps they hold.
    fn open_maps(&self, records: &mut Vec<Record>, numbers: &HashMap<String, usize>) -> Result<Maps, Error> {
        let rows = records.iter().filter_map(|record| match record {
            Record::Explained { comparison, maps: Some(row), .. } => {
                // A setting that the study does not have is refused when the study is resumed.
                let number = numbers.get(&comparison.setting.to_string()).copied().unwrap_or(usize::MAX);
                Some(((number, comparison.image_id), *row))
            }
            _ => None,
        });
        let (maps, intact) = Maps::open(&self.path, rows.collect())?;
        let mut seen = 0;
        let whole = records.iter().position(|record| {
            seen += usize::from(matches!(record, Record::Explained { .. }));
            seen > intact
        });
        records.truncate(whole.unwrap_or(records.len()));
        Ok(maps)
    }
}

impl fmt::Debug for StudyFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StudyFolder")
            .field("path", &self.path)
            .field("save_maps", &self.save_maps)
            .field("sample", &self.sample)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

/// The journal of a folder.
pub(crate) fn journal_path(folder: &Path) -> PathBuf {
    folder.join("study.journal")
}

/// Whether there is no journal, or one of a run that was killed before it started.
pub(crate) fn is_absent(error: &journal::Error) -> bool {
    match error {
        journal::Error::NoHeader { .. } => true,
        journal::Error::Io { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}
