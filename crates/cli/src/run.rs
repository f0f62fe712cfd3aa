//! `stressmap run`: the whole study.

use std::ops::ControlFlow;
use std::path::Path;

use indicatif::ProgressBar;
use ndarray::{Array2, Array3};
use protocols::{AlignedModel, BoxError, Dataset};
use results::{ItemResponse, Prediction, SaliencyComparison, write_csv};
use study::{Config, Explained, Limit, ModelConfig, Observer, Pass, SaliencyConfig, Study};

use crate::args;
use crate::failure::{Failure, context};
use crate::files::{MapFile, write_whole};
use crate::{dataset, model, progress, report};

pub(crate) fn run(arguments: &args::Run) -> Result<(), Failure> {
    let config = resolve(arguments)?;
    if config.perturbers.is_empty() {
        return Err(Failure::usage("the study has no perturbers, expected at least one"));
    }
    let explainer = config.saliency.explainer(config.seed).map_err(Failure::usage)?;
    let dataset = dataset::open(&config)?;
    let model = AlignedModel::new(model::open(&config.model)?, &dataset.metadata().labels)
        .map_err(|e| Failure::run(context("the model does not fit the dataset")(e)))?;
    let study = Study::new(config.perturbers.clone(), config.rng.seeded(config.seed), Box::new(explainer));

    let folder = &config.output.folder;
    std::fs::create_dir_all(folder)
        .map_err(|e| Failure::run(context(format!("cannot make the folder {}", folder.display()))(e)))?;
    write_whole(&folder.join("study.toml"), |out| {
        std::io::Write::write_all(out, config.to_toml().as_bytes())
    })?;

    progress::say(&format!("{} images, {} settings", dataset.len(), study.settings()));
    let mut recorder = Recorder::new(&config, study.settings(), dataset.len());
    let outcome = study.run(&dataset, &model, &mut recorder);
    // What is finished is kept, whatever became of the rest.
    recorder.finish_bar();
    write_whole(&folder.join("item_response.csv"), |out| write_csv(&recorder.responses, out))?;
    write_whole(&folder.join("predictions.csv"), |out| write_csv(&recorder.predictions, out))?;
    write_whole(&folder.join("saliency_metrics.csv"), |out| write_csv(&recorder.comparisons, out))?;
    outcome.map_err(Failure::run)?;
    let Recorder { maps, samples, responses, comparisons, .. } = recorder;
    if let Some([truth, predicted]) = maps {
        truth.finish()?;
        predicted.finish()?;
    }
    report::write(folder, &samples, &responses, &comparisons)?;
    summarise(folder, &responses);
    Ok(())
}

/// The study file, or the tutorial, with the flags over it.
fn resolve(arguments: &args::Run) -> Result<Config, Failure> {
    let mut config = match &arguments.config {
        None => Config::default(),
        Some(path) => {
            let named = || format!("cannot read {}", path.display());
            let text = std::fs::read_to_string(path).map_err(|e| Failure::run(context(named())(e)))?;
            Config::from_toml(&text).map_err(|e| Failure::usage(context(path.display().to_string())(e)))?
        }
    };
    apply_model(&mut config.model, &arguments.model);
    apply_rise(&mut config.saliency, &arguments.rise);
    let dataset = &mut config.dataset;
    if let Some(path) = &arguments.dataset {
        dataset.path.clone_from(path);
    }
    if let Some(limit) = arguments.limit {
        (dataset.limit, dataset.fraction) = (limit, None);
    }
    if let Some(offset) = arguments.offset {
        (dataset.offset, dataset.fraction) = (offset, None);
    }
    if let Some(fraction) = arguments.fraction {
        (dataset.limit, dataset.offset, dataset.fraction) = (Limit::All, 0, Some(fraction));
    }
    config.seed = arguments.seed.unwrap_or(config.seed);
    config.rng = arguments.rng.unwrap_or(config.rng);
    if let Some(folder) = &arguments.out {
        config.output.folder.clone_from(folder);
    }
    config.output.save_maps |= arguments.save_maps;
    Ok(config)
}

/// The flags that say which model and how it is run, over what the study says.
pub(crate) fn apply_model(config: &mut ModelConfig, flags: &args::Model) {
    if flags.folder.is_some() {
        config.folder.clone_from(&flags.folder);
    }
    if let Some(backend) = flags.backend {
        config.backend = Some(backend.name().to_owned());
    }
    if flags.device.is_some() {
        config.device.clone_from(&flags.device);
    }
    config.batch_size = flags.batch_size.or(config.batch_size);
    config.threads = flags.threads.or(config.threads);
}

/// The flags of RISE, over what the study says.
pub(crate) fn apply_rise(config: &mut SaliencyConfig, flags: &args::Rise) {
    config.masks = flags.masks.unwrap_or(config.masks);
    config.grid = flags.grid.unwrap_or(config.grid);
    config.p1 = flags.p1.unwrap_or(config.p1);
    if let Some(fill) = &flags.fill {
        config.fill.clone_from(fill);
    }
}

/// The sample picture at one setting, for the figures.
pub(crate) struct Sample {
    pub(crate) row: SaliencyComparison,
    pub(crate) image: Array3<u8>,
    pub(crate) truth: Array2<f32>,
    pub(crate) predicted: Array2<f32>,
}

/// Keeps what the study finds, and shows how far it is.
struct Recorder {
    bar: Option<ProgressBar>,
    maps: Option<[MapFile; 2]>,
    sample: usize,
    samples: Vec<Sample>,
    responses: Vec<ItemResponse>,
    predictions: Vec<Prediction>,
    comparisons: Vec<SaliencyComparison>,
}

impl Recorder {
    fn new(config: &Config, settings: usize, images: usize) -> Self {
        let file = |name: &str| MapFile::new(config.output.folder.join(name), settings * images);
        Self {
            bar: None,
            maps: config.output.save_maps.then(|| [file("truth.npy"), file("predicted.npy")]),
            sample: config.output.sample.min(images.saturating_sub(1)),
            samples: Vec::new(),
            responses: Vec::new(),
            predictions: Vec::new(),
            comparisons: Vec::new(),
        }
    }

    fn finish_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }
}

impl Observer for Recorder {
    fn begin(&mut self, pass: Pass, _done: usize, total: usize) {
        self.finish_bar();
        self.bar = Some(progress::bar(if pass == Pass::Accuracy { "accuracy" } else { "saliency" }, total));
    }

    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        if let Some(bar) = &self.bar {
            bar.inc(count as u64);
        }
        ControlFlow::Continue(())
    }

    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        self.predictions.extend_from_slice(rows);
        Ok(())
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        self.responses.push(row.clone());
        Ok(())
    }

    fn comparison(&mut self, row: &SaliencyComparison, explained: Explained<'_>) -> Result<(), BoxError> {
        self.comparisons.push(row.clone());
        if let Some([truth, predicted]) = &mut self.maps {
            truth.push(explained.truth)?;
            predicted.push(explained.predicted)?;
        }
        if row.image_id == self.sample {
            self.samples.push(Sample {
                row: row.clone(),
                image: explained.image.to_owned(),
                truth: explained.truth.to_owned(),
                predicted: explained.predicted.to_owned(),
            });
        }
        Ok(())
    }
}

/// A line a setting, and where the report is.
fn summarise(folder: &Path, responses: &[ItemResponse]) {
    progress::say(&format!("\n{:<32} {:>8} {:>8} {:>7}", "setting", "macro", "micro", "images"));
    for row in responses {
        progress::say(&format!(
            "{:<32} {:>8.3} {:>8.3} {:>7}",
            row.setting.to_string(),
            row.accuracy_macro,
            row.accuracy_micro,
            row.count
        ));
    }
    progress::say(&format!("\nThe report is in {}", folder.display()));
}
