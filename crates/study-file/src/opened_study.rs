use std::fmt;
use std::path::Path;

use datasets::ChosenImages;
use models::{ModelConfig, OpenedModel};
use perturb::Registry;
use protocols::{AlignedModel, Dataset as _, Model};
use results::{ExplainedImage, Prediction, StudyResults};
use serde::Serialize;
use study::{OnError, Shard, Study, StudyObserver};
use study_store::{FinishedRun, Shards, StudyFolder};

use crate::description::{PROGRAM, details, run_info};
use crate::{Error, StudyFile};

/// A study whose dataset, model and folder are open.
pub struct OpenedStudy {
    study: Study,
    images: ChosenImages,
    model: AlignedModel<Box<dyn Model>>,
    folder: StudyFolder,
}

/// What must be equal for a run to be resumed, besides what `study-store` compares.
#[derive(Serialize)]
struct Identity<'a> {
    program: &'a str,
    #[serde(flatten)]
    study: StudyFile,
    skipped_files: &'a [String],
    /// Scores of two backends may differ in their last bits.
    backend: &'a str,
    /// A checksum of the model's files.
    #[serde(rename = "model_files")]
    model: String,
}

impl StudyFile {
    /// Opens the dataset, the model and the folder, with the perturbers of `registry`. A shard has a folder of its own
    /// inside that of the report.
    ///
    /// `note` is called with what was guessed or noticed, one line each, as soon as it is known.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but those of reading the file. Nothing is computed yet.
    pub fn open(
        &self,
        registry: &Registry,
        shard: Option<Shard>,
        note: &mut dyn FnMut(&str),
    ) -> Result<OpenedStudy, Error> {
        let (file, study) = self.prepared(registry, shard)?;
        let images = file.dataset.open(file.seed, file.on_error == OnError::Skip)?;
        let local = file.model.clone();
        file.opened(study, images, &local, note)
    }

    /// As [`open`](Self::open), but the dataset and the model may also be on the Hugging Face Hub. Their files are
    /// fetched, and the commits that they are from are written into the study's folder. `observer` is told of
    /// downloads, and may stop them.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and those of [`DatasetConfig::fetch`](datasets::DatasetConfig::fetch) and
    /// [`ModelConfig::fetch`].
    #[cfg(feature = "hub")]
    pub fn fetch(
        &self,
        hub: &hub::Hub,
        registry: &Registry,
        shard: Option<Shard>,
        note: &mut dyn FnMut(&str),
        observer: &mut dyn protocols::Observer,
    ) -> Result<OpenedStudy, Error> {
        let (mut file, study) = self.prepared(registry, shard)?;
        let dataset = file.dataset.fetch(hub, observer)?;
        let model = file.model.fetch(hub, observer)?;
        file.dataset.clone_from(&dataset.pinned);
        file.model = model.pinned;
        let images = dataset.open(file.seed, file.on_error == OnError::Skip)?;
        file.opened(study, images, &model.local, note)
    }

    /// The Hub as environment variables describe it, if the dataset or the model is named there; `variable` looks one
    /// up.
    ///
    /// # Errors
    ///
    /// [`hub::Error::Setting`] if a variable's value is not possible.
    #[cfg(feature = "hub")]
    pub fn hub(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<hub::Hub>, hub::Error> {
        let mut paths = std::iter::once(&self.dataset.path).chain(&self.model.folder);
        if !paths.any(|path| path.to_str().is_some_and(hub::Repo::is_named_by)) {
            return Ok(None);
        }
        hub::Hub::builder().environment(variable).build().map(Some)
    }

    /// The study, and the file with everything settled that does not depend on the dataset or the model.
    fn prepared(&self, registry: &Registry, shard: Option<Shard>) -> Result<(Self, Study), Error> {
        let mut file = self.clone().listed();
        file.dataset = file.dataset.settled();
        let mut builder = file.study().builder(registry)?;
        if let Some(shard) = shard {
            builder = builder.shard(shard);
            let part = format!("shard-{}-of-{}", shard.number(), shard.of());
            file.output.folder = file.output.folder.join(part);
        }
        Ok((file, builder.build()?))
    }

    /// Opens the model, which `local` says where to find, and the folder.
    fn opened(
        self,
        study: Study,
        images: ChosenImages,
        local: &ModelConfig,
        note: &mut dyn FnMut(&str),
    ) -> Result<OpenedStudy, Error> {
        images.notes.iter().for_each(|text| note(text));
        let OpenedModel { model, backend, notes, .. } = local.open()?;
        notes.iter().for_each(|text| note(text));
        let model = AlignedModel::new(model, &images.images.metadata().labels).map_err(Error::Labels)?;
        let identity = Identity {
            program: PROGRAM,
            study: self.identity(),
            skipped_files: &images.unreadable,
            backend: &backend,
            model: local.checksum()?,
        };
        let details = details(&self, &images, &backend, &notes);
        let text = self.to_toml();
        let described = self.clone();
        let folder = StudyFolder::open(&self.output.folder)?
            .save_maps(self.output.save_maps)
            .sample(self.output.sample)
            .run_info(move |results| run_info(&described, &details, results))
            .identity(&identity)?
            .notes(&self)?
            .attachment("study.toml", text);
        Ok(OpenedStudy { study, images, model, folder })
    }

    /// The study whose shards these are, as the first of them has it, with another folder for its report.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if they were not run from a study file.
    pub fn of_shards(shards: &Shards, folder: impl AsRef<Path>) -> Result<Self, Error> {
        let mut file: Self = shards.notes()?;
        file.output.folder = folder.as_ref().to_path_buf();
        file.output.save_maps = shards.maps();
        Ok(file)
    }

    /// The study that a finished run was made from.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if it was not run from a study file.
    pub fn of_run(run: &FinishedRun) -> Result<Self, Error> {
        let mut file: Self = run.notes()?;
        file.output.folder = run.path().to_path_buf();
        Ok(file)
    }
}

impl OpenedStudy {
    /// The study.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The images, how they were chosen, and what was noticed of them.
    #[must_use]
    pub fn images(&self) -> &ChosenImages {
        &self.images
    }

    /// The folder of the results.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the study from the start.
    ///
    /// # Errors
    ///
    /// As [`StudyFolder::run`].
    pub fn run(&self, observer: &mut dyn StudyObserver) -> Result<StudyResults, Error> {
        Ok(self.folder.run(&self.study, &self.images.images, &self.model, observer)?)
    }

    /// Resumes an interrupted run, or starts a new one if there is none.
    ///
    /// # Errors
    ///
    /// As [`StudyFolder::resume`].
    pub fn resume(&self, observer: &mut dyn StudyObserver) -> Result<StudyResults, Error> {
        Ok(self.folder.resume(&self.study, &self.images.images, &self.model, observer)?)
    }

    /// Merges the study's shards into its folder.
    ///
    /// # Errors
    ///
    /// As [`Shards::merge`].
    pub fn merge(&self, shards: &Shards, observer: &mut dyn StudyObserver) -> Result<StudyResults, Error> {
        Ok(shards.merge(&self.folder, &self.study, &self.images.images, &self.model, observer)?)
    }

    /// Explains images of a finished run of this study again, such as those that a comparison shows.
    ///
    /// # Errors
    ///
    /// As [`FinishedRun::explain`].
    pub fn explain(&self, run: &FinishedRun, shown: &[&Prediction]) -> Result<Vec<ExplainedImage>, Error> {
        Ok(run.explain(shown, &self.folder, &self.study, &self.images.images, &self.model)?)
    }
}

impl fmt::Debug for OpenedStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedStudy")
            .field("images", &self.images)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
