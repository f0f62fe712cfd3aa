use std::path::{Path, PathBuf};

use datasets::DatasetConfig;
use models::ModelConfig;
use perturb::{Rng, SweepSpec};
use serde::{Deserialize, Serialize};
use study::{MetricsConfig, OnError, Preset, SaliencyConfig, StudyConfig};
use toml::{Table, Value};

use crate::Error;

/// A study, and which dataset, model and folder it is run with: what `study.toml` holds.
///
/// ```
/// use study_file::StudyFile;
///
/// let file = StudyFile::from_toml("seed = 7\n[model]\nthreads = 2")?;
/// assert_eq!((file.seed, file.model.threads, file.perturbers.len()), (7, Some(2), 2));
/// assert_eq!(StudyFile::from_toml(&file.to_toml())?, file);
/// # Ok::<(), study_file::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StudyFile {
    /// [`StudyConfig::seed`].
    pub seed: u64,
    /// [`StudyConfig::rng`].
    pub rng: Rng,
    /// [`StudyConfig::on_error`].
    pub on_error: OnError,
    /// The dataset, and which of its images.
    pub dataset: DatasetConfig,
    /// The model, and how it runs.
    pub model: ModelConfig,
    /// [`StudyConfig::saliency`].
    pub saliency: SaliencyConfig,
    /// [`StudyConfig::metrics`].
    #[serde(skip_serializing_if = "MetricsConfig::is_default")]
    pub metrics: MetricsConfig,
    /// What is written, and where.
    pub output: OutputConfig,
    /// [`StudyConfig::preset`].
    #[serde(skip_serializing)]
    pub preset: Option<Preset>,
    /// [`StudyConfig::perturbers`].
    #[serde(default = "Vec::new", deserialize_with = "study::listed_sweeps")]
    pub perturbers: Vec<SweepSpec>,
}

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputConfig {
    /// The report's folder, by default `stressmap-report`.
    pub folder: PathBuf,
    /// Whether the maps are written too.
    pub save_maps: bool,
    /// The position of the image that the figures show, by default 6, or the last image if there are fewer.
    pub sample: usize,
}

impl Default for StudyFile {
    /// The tutorial on the procedural dataset.
    fn default() -> Self {
        let StudyConfig { seed, rng, on_error, saliency, metrics, preset, perturbers } =
            StudyConfig::default();
        let (dataset, model, output) =
            (DatasetConfig::default(), ModelConfig::default(), OutputConfig::default());
        Self { seed, rng, on_error, dataset, model, saliency, metrics, output, preset, perturbers }
    }
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self { folder: "stressmap-report".into(), save_maps: false, sample: 6 }
    }
}

impl StudyFile {
    /// Reads a study file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if it cannot be read, [`Error::File`] if it is not a study.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let text =
            std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let read: Result<Self, _> = toml::from_str(&text);
        read.map(Self::listed).map_err(|error| Error::File { path, message: message(&error) })
    }

    /// Reads a study from the text of a file.
    ///
    /// # Errors
    ///
    /// [`Error::Values`] names the line and what was expected there.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let read: Result<Self, _> = toml::from_str(text);
        read.map(Self::listed).map_err(|error| Error::Values { message: message(&error) })
    }

    /// The study with the sweeps of its preset among its perturbers.
    pub(crate) fn listed(self) -> Self {
        Self { perturbers: self.study().sweeps(), preset: None, ..self }
    }

    /// Writes the study so that [`from_toml`](Self::from_toml) reads it back.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "every field has a TOML form")]
    pub fn to_toml(&self) -> String {
        #[expect(clippy::expect_used, reason = "every field has a TOML form, and the maps' keys are strings")]
        toml::to_string(&self.clone().listed()).expect("a study has a TOML form")
    }

    /// The study with these values in place of its own; what `over` leaves out stays as it is.
    ///
    /// Of the ways to choose images (`limit` with `offset`, `sample`, `fraction`), those in `over` replace those of the
    /// file. A preset in `over` replaces the perturbers of the file, and a quality its estimator and sampling.
    ///
    /// ```
    /// use study_file::StudyFile;
    /// use std::collections::BTreeMap;
    ///
    /// let file = StudyFile::from_toml("[dataset]\npath = \"photos\"\nsample = 50")?;
    /// let over = BTreeMap::from([("dataset", BTreeMap::from([("limit", 10)]))]);
    /// let file = file.overlaid(&over)?;
    /// assert_eq!(file.dataset.path.to_str(), Some("photos"));
    /// assert_eq!((file.dataset.limit, file.dataset.sample), (Some(datasets::Limit::First(10)), None));
    /// # Ok::<(), study_file::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Values`] if the result is not a study.
    pub fn overlaid(&self, over: &impl Serialize) -> Result<Self, Error> {
        /// The keys of `[dataset]` that choose images.
        const CHOICE: &[&str] = &["limit", "offset", "sample", "fraction"];
        /// By section: if one of the first keys is given over a file, it takes the place of the second ones.
        const REPLACED: [(&str, &[&str], &[&str]); 2] =
            [("dataset", CHOICE, CHOICE), ("saliency", &["quality"], &["estimator", "sampling"])];
        let wrong = |message: String| Error::Values { message };
        let mut table = Table::try_from(self.clone().listed()).map_err(|error| wrong(error.to_string()))?;
        let over = Table::try_from(over).map_err(|error| wrong(error.to_string()))?;
        for (section, given, replaced) in REPLACED {
            let over = over.get(section).and_then(Value::as_table);
            if over.is_some_and(|over| given.iter().any(|key| over.contains_key(*key)))
                && let Some(own) = table.get_mut(section).and_then(Value::as_table_mut)
            {
                own.retain(|key, _| !replaced.contains(&key));
            }
        }
        if over.contains_key("preset") {
            table.remove("perturbers");
        }
        overlay(&mut table, over);
        let file: Result<Self, toml::de::Error> = table.try_into();
        file.map(Self::listed).map_err(|error| wrong(message(&error)))
    }

    /// The study itself.
    #[must_use]
    pub fn study(&self) -> StudyConfig {
        StudyConfig {
            seed: self.seed,
            rng: self.rng,
            on_error: self.on_error,
            saliency: self.saliency.clone(),
            metrics: self.metrics.clone(),
            preset: self.preset,
            perturbers: self.perturbers.clone(),
        }
    }

    /// The file without what changes no result: what a resumed run must have in common with the first.
    pub(crate) fn identity(&self) -> Self {
        let mut identity = self.clone();
        identity.output = OutputConfig::default();
        identity.on_error = OnError::default();
        (identity.model.threads, identity.model.batch_size) = (None, None);
        identity
    }
}

/// Puts values over others, table by table.
fn overlay(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(over)) => overlay(inner, over),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

fn message(error: &toml::de::Error) -> String {
    error.to_string().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use saliency::RiseSampling;

    use super::*;

    #[test]
    fn a_study_file_reads_back_to_the_same() {
        let mut file = StudyFile::default();
        file.dataset.limit = Some(datasets::Limit::All);
        file.dataset.fraction = Some(0.25);
        file.model.folder = Some("models/mine".into());
        file.metrics.classification = vec!["f1_macro".into()];
        assert_eq!(StudyFile::from_toml(&file.to_toml()).unwrap(), file);
        assert_eq!(StudyFile::from_toml("").unwrap(), StudyFile::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("[dataset]\nlimit = \"some\"", "limit is `some`, expected a number or `all`"),
            ("sead = 1", "unknown field `sead`"),
            ("seed = -1", "seed"),
        ] {
            let said = StudyFile::from_toml(text).unwrap_err().to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn the_sweeps_of_a_preset_are_written_out() {
        let file =
            StudyFile { preset: Some(Preset::Optical), perturbers: Vec::new(), ..StudyFile::default() };
        let read = StudyFile::from_toml(&file.to_toml()).unwrap();
        assert_eq!(read.perturbers, Preset::Optical.sweeps());
        assert_eq!(file.overlaid(&Table::new()).unwrap(), read);
        let said = StudyFile::from_toml("perturbers = []").unwrap_err().to_string();
        assert!(said.contains("there are no perturbers, expected at least one"), "{said}");
    }

    #[test]
    fn nothing_over_a_study_leaves_it_as_it_is() {
        let mut file = StudyFile { seed: i64::MAX as u64, ..StudyFile::default() };
        file.saliency.p1 = 0.1 + 0.2;
        file.saliency.tolerance = Some(f64::from_bits(0x3fb9_9999_9999_9999));
        assert_eq!(file.overlaid(&Table::new()).unwrap(), file);
    }

    #[test]
    fn a_preset_over_a_study_replaces_its_perturbers() {
        let file = StudyFile::from_toml("preset = \"optical\"").unwrap();
        assert_eq!((file.preset, &file.perturbers), (None, &Preset::Optical.sweeps()));
        let over: Table = "preset = \"imagenet-c\"".parse().unwrap();
        assert_eq!(file.overlaid(&over).unwrap().perturbers, Preset::ImageNetC.sweeps());
        assert_eq!(StudyFile::from_toml(&file.to_toml()).unwrap(), file);
    }

    #[test]
    fn a_quality_over_a_study_replaces_its_estimator_and_sampling() {
        let file = StudyFile::from_toml("[saliency]\nsampling = \"paired\"\nmasks = 10").unwrap();
        let over: Table = "[saliency]\nquality = \"tutorial\"".parse().unwrap();
        let saliency = file.overlaid(&over).unwrap().saliency;
        assert_eq!((saliency.sampling, saliency.masks), (RiseSampling::Independent, 10));
        let over: Table = "[saliency]\nquality = \"best\"\nestimator = \"plain\"".parse().unwrap();
        let said = file.overlaid(&over).unwrap_err().to_string();
        assert!(said.contains("quality is `best` and estimator is given"), "{said}");
    }

    #[test]
    fn values_over_a_study_replace_its_own() {
        let file = StudyFile::from_toml("seed = 1\n[saliency]\nmasks = 10\ngrid = 4").unwrap();
        let over: Table = "seed = 2\n[saliency]\nmasks = 20\nfill = [1, 2, 3]".parse().unwrap();
        let file = file.overlaid(&over).unwrap();
        assert_eq!((file.seed, file.saliency.masks, file.saliency.grid), (2, 20, 4));
        assert_eq!(file.saliency.fill, [1, 2, 3]);
        let over: Table = "[saliency]\nmasks = \"many\"".parse().unwrap();
        assert!(file.overlaid(&over).unwrap_err().is_usage());
    }
}
