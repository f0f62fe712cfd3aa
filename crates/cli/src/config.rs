//! A study file: the study, and which dataset, model and folder it is run with.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use datasets::DatasetConfig;
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
        apply_dataset(&mut config.dataset, arguments);
        config.seed = arguments.seed.unwrap_or(config.seed);
        config.rng = arguments.rng.unwrap_or(config.rng);
        config.on_error = arguments.on_error.unwrap_or(config.on_error);
        if !arguments.sweeps.is_empty() {
            config.perturbers.clone_from(&arguments.sweeps);
        }
        if let Some(folder) = &arguments.out {
            config.output.folder.clone_from(folder);
        }
        config.output.save_maps |= arguments.save_maps;
        config.dataset = config.dataset.settled();
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

/// Sets a field if its flag is given.
fn set<T: Clone>(field: &mut Option<T>, flag: Option<&T>) {
    if let Some(value) = flag {
        *field = Some(value.clone());
    }
}

/// Applies the flags that choose images. Of the ways to choose them, the one that was given counts.
fn apply_dataset(config: &mut DatasetConfig, flags: &args::Run) {
    if let Some(path) = &flags.dataset {
        config.path.clone_from(path);
    }
    if flags.limit.is_some() || flags.offset.is_some() {
        (config.sample, config.fraction) = (None, None);
        set(&mut config.limit, flags.limit.as_ref());
        config.offset = flags.offset.unwrap_or(config.offset);
    }
    if flags.sample.is_some() || flags.fraction.is_some() {
        (config.limit, config.offset) = (None, 0);
        (config.sample, config.fraction) = (flags.sample, flags.fraction);
    }
    set(&mut config.split, flags.split.as_ref());
    set(&mut config.image_column, flags.image_column.as_ref());
    set(&mut config.label_column, flags.label_column.as_ref());
    set(&mut config.sample_range, flags.sample_range.as_ref());
}

/// Applies the flags that choose the model.
pub(crate) fn apply_model(config: &mut ModelConfig, flags: &args::Model) {
    set(&mut config.folder, flags.folder.as_ref());
    set(&mut config.backend, flags.backend.as_ref());
    set(&mut config.output, flags.output.as_ref());
    set(&mut config.scores, flags.scores.as_ref());
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
        config.dataset.limit = Some(datasets::Limit::All);
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
