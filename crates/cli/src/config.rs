//! A study file: the study, and which dataset, model and folder it is run with.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result};
use models::ModelConfig;
use perturb::{Rng, SweepSpec};
use serde::{Deserialize, Serialize};
use study::{MetricsConfig, OnError, SaliencyConfig, StudyConfig};

use crate::args;
use crate::exit::usage;

/// What `study.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunConfig {
    pub(crate) seed: u64,
    pub(crate) rng: Rng,
    pub(crate) on_error: OnError,
    pub(crate) dataset: DatasetConfig,
    pub(crate) model: ModelConfig,
    pub(crate) saliency: SaliencyConfig,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) metrics: MetricsConfig,
    pub(crate) output: OutputConfig,
    pub(crate) perturbers: Vec<SweepSpec>,
}

fn is_default(metrics: &MetricsConfig) -> bool {
    *metrics == MetricsConfig::default()
}

impl Default for RunConfig {
    /// The tutorial on the procedural dataset.
    fn default() -> Self {
        let StudyConfig { seed, rng, on_error, saliency, metrics, perturbers, .. } = StudyConfig::default();
        let (dataset, model, output) =
            (DatasetConfig::default(), ModelConfig::default(), OutputConfig::default());
        Self { seed, rng, on_error, dataset, model, saliency, metrics, output, perturbers }
    }
}

/// Which dataset, and which of its images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatasetConfig {
    /// A folder of images, a parquet file, a folder of parquet files, or `landcover`.
    pub(crate) path: PathBuf,
    /// The number of images, in the dataset's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<Limit>,
    /// The number of images that are left out before them.
    pub(crate) offset: usize,
    /// Instead of the first images: this many, drawn evenly over the classes by the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sample: Option<usize>,
    /// Instead of the first images: this share of each class, drawn by the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fraction: Option<f64>,
    /// The split, if the dataset has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) split: Option<String>,
    /// The column of the images, in parquet files and tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_column: Option<String>,
    /// The column of the classes, in parquet files and tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label_column: Option<String>,
    /// The range that becomes 0 to 255 in images of more than 8 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sample_range: Option<[f64; 2]>,
}

impl Default for DatasetConfig {
    fn default() -> Self {
        Self {
            path: "landcover".into(),
            limit: None,
            offset: 0,
            sample: None,
            fraction: None,
            split: None,
            image_column: None,
            label_column: None,
            sample_range: None,
        }
    }
}

/// Images that are studied of one's own data if nothing else is asked for.
const SAMPLE: usize = 100;

impl DatasetConfig {
    /// Applies the flags. Of the ways to choose images, the last one given counts.
    fn apply(&mut self, flags: &args::Run) {
        fn set<T: Clone>(field: &mut Option<T>, flag: Option<&T>) {
            if let Some(value) = flag {
                *field = Some(value.clone());
            }
        }
        if let Some(path) = &flags.dataset {
            self.path.clone_from(path);
        }
        if flags.limit.is_some() || flags.offset.is_some() {
            (self.sample, self.fraction) = (None, None);
            set(&mut self.limit, flags.limit.as_ref());
            self.offset = flags.offset.unwrap_or(self.offset);
        }
        if flags.sample.is_some() || flags.fraction.is_some() {
            (self.limit, self.offset) = (None, 0);
            (self.sample, self.fraction) = (flags.sample, flags.fraction);
        }
        set(&mut self.split, flags.split.as_ref());
        set(&mut self.image_column, flags.image_column.as_ref());
        set(&mut self.label_column, flags.label_column.as_ref());
        if let Some(&[low, high]) = flags.sample_range.as_deref() {
            self.sample_range = Some([low, high]);
        }
    }

    pub(crate) fn is_landcover(&self) -> bool {
        self.path == Path::new("landcover")
    }

    /// Chooses images if neither the study file nor the flags do.
    fn settle(&mut self) {
        if self.limit.is_none() && self.sample.is_none() && self.fraction.is_none() {
            match (self.is_landcover(), self.offset) {
                (true, _) => self.limit = Some(Limit::First(27)),
                (false, 0) => self.sample = Some(SAMPLE),
                (false, _) => self.limit = Some(Limit::All),
            }
        }
    }
}

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OutputConfig {
    /// The report's folder.
    pub(crate) folder: PathBuf,
    /// Whether the maps are written too.
    pub(crate) save_maps: bool,
    /// The image that the figures show, or the last one if there are fewer.
    pub(crate) sample: usize,
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self { folder: "stressmap-report".into(), save_maps: false, sample: 6 }
    }
}

/// A number of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "LimitText", try_from = "LimitText")]
pub(crate) enum Limit {
    /// All there are.
    All,
    /// At most this many.
    First(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LimitText {
    Number(usize),
    Text(String),
}

impl From<Limit> for LimitText {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::All => Self::Text("all".into()),
            Limit::First(count) => Self::Number(count),
        }
    }
}

impl TryFrom<LimitText> for Limit {
    type Error = String;

    fn try_from(text: LimitText) -> Result<Self, String> {
        match text {
            LimitText::Number(count) => Ok(Self::First(count)),
            LimitText::Text(text) => text.parse(),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            _ => text
                .parse()
                .map(Self::First)
                .map_err(|_| format!("limit is `{text}`, expected a number or `all`")),
        }
    }
}

impl RunConfig {
    /// The study file, or the tutorial, with the flags over it.
    pub(crate) fn resolve(arguments: &args::Run) -> Result<Self> {
        let mut config = match &arguments.config {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let read: Result<Self, _> = toml::from_str(&text);
                read.map_err(|e| {
                    let message = e.to_string();
                    usage(
                        anyhow::Error::msg(message.trim_end().to_owned()).context(path.display().to_string()),
                    )
                })?
            }
        };
        apply_model(&mut config.model, &arguments.model);
        apply_rise(&mut config.saliency, &arguments.rise);
        config.dataset.apply(arguments);
        config.seed = arguments.seed.unwrap_or(config.seed);
        config.rng = arguments.rng.unwrap_or(config.rng);
        config.on_error = arguments.on_error.unwrap_or(config.on_error);
        if let Some(folder) = &arguments.out {
            config.output.folder.clone_from(folder);
        }
        config.output.save_maps |= arguments.save_maps;
        config.dataset.settle();
        Ok(config)
    }

    /// The study itself.
    pub(crate) fn study(&self) -> StudyConfig {
        StudyConfig {
            seed: self.seed,
            rng: self.rng,
            on_error: self.on_error,
            saliency: self.saliency.clone(),
            metrics: self.metrics.clone(),
            perturbers: self.perturbers.clone(),
        }
    }

    /// The configuration without what changes no result: what a resumed run must have in common with the first.
    pub(crate) fn identity(&self) -> Self {
        let mut identity = self.clone();
        identity.output = OutputConfig::default();
        identity.on_error = OnError::default();
        (identity.model.threads, identity.model.batch_size) = (None, None);
        identity
    }

    /// Writes the configuration as a study file.
    pub(crate) fn to_toml(&self) -> String {
        #[expect(clippy::expect_used, reason = "every field has a TOML form, and the maps' keys are strings")]
        toml::to_string(self).expect("a study has a TOML form")
    }
}

/// Applies the flags that choose the model.
pub(crate) fn apply_model(config: &mut ModelConfig, flags: &args::Model) {
    fn set<T: Clone>(field: &mut Option<T>, flag: Option<&T>) {
        if let Some(value) = flag {
            *field = Some(value.clone());
        }
    }
    set(&mut config.folder, flags.folder.as_ref());
    set(&mut config.backend, flags.backend.as_ref());
    set(&mut config.device, flags.device.as_ref());
    set(&mut config.precision, flags.precision.as_ref());
    set(&mut config.batch_size, flags.batch_size.as_ref());
    set(&mut config.threads, flags.threads.as_ref());
}

/// Applies the flags of RISE.
pub(crate) fn apply_rise(config: &mut SaliencyConfig, flags: &args::Rise) {
    config.masks = flags.masks.unwrap_or(config.masks);
    config.grid = flags.grid.unwrap_or(config.grid);
    config.p1 = flags.p1.unwrap_or(config.p1);
    if let Some(fill) = &flags.fill {
        config.fill.clone_from(fill);
    }
    config.estimator = flags.estimator.unwrap_or(config.estimator);
    config.sampling = flags.sampling.unwrap_or(config.sampling);
    config.tolerance = flags.tolerance.or(config.tolerance);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_file_reads_back_to_the_same() {
        let mut config = RunConfig::default();
        config.dataset.limit = Some(Limit::All);
        config.dataset.fraction = Some(0.25);
        config.model.folder = Some("models/mine".into());
        config.metrics.classification = vec!["f1_macro".into()];
        assert_eq!(toml::from_str::<RunConfig>(&config.to_toml()).unwrap(), config);
        assert_eq!(toml::from_str::<RunConfig>("").unwrap(), RunConfig::default());
        let error = toml::from_str::<RunConfig>("[dataset]\nlimit = \"some\"").unwrap_err();
        assert!(error.to_string().contains("limit is `some`, expected a number or `all`"), "{error}");
        let error = toml::from_str::<RunConfig>("sead = 1").unwrap_err();
        assert!(error.to_string().contains("unknown field `sead`"), "{error}");
    }
}
