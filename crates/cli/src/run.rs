//! `stressmap run`: the whole study, or a part of it.

use std::path::Path;

use anyhow::{Context as _, Result};
use datasets::ChosenImages;
use models::{ModelConfig, OpenedModel};
use perturb::Registry;
use protocols::{AlignedModel, Dataset as _, Model};
use results::StudyResults;
use study::{OnError, Shard, Study};
use study_store::StudyFolder;

use crate::args;
use crate::config::RunConfig;
use crate::exit::{of_datasets, of_store, usage};
use crate::progress::{Meters, note, print};
use crate::run_info::{details, run_info};
use crate::shard::ShardChoice;
use crate::stop::Stop;

pub(crate) fn run(arguments: &args::Run) -> Result<()> {
    let mut config = RunConfig::resolve(arguments)?;
    let shard = arguments.shard.map(ShardChoice::resolve).transpose().map_err(usage)?;
    if let Some(shard) = shard {
        let part = format!("shard-{}-of-{}", shard.number(), shard.of());
        config.output.folder = config.output.folder.join(part);
    }
    let Prepared { study, chosen, model, folder } = Prepared::new(&config, shard)?;
    let dataset = &chosen.images;
    let images = study.images(dataset).len();
    print(&format!("{images} images ({}), {} settings", chosen.selection, study.settings().len()));
    for file in &chosen.unreadable {
        print(&format!("skipped: {file}"));
    }
    let stop = Stop::listen("finished results are kept, and the same command with --resume continues")?;
    let mut observer = Meters::new(stop.clone());
    let results = if arguments.resume {
        folder.resume(&study, dataset, &model, &mut observer)
    } else {
        folder.run(&study, dataset, &model, &mut observer)
    };
    drop(observer);
    chosen.later.take().iter().for_each(|found| note(&found.to_string()));
    summarise(folder.path(), shard, &results.map_err(|e| of_store(e, stop.signal()))?);
    let all = dataset.dataset().len();
    if images < all && shard.is_none() && !config.dataset.is_landcover() {
        let times = all as f64 / images as f64;
        print(&format!("--limit all studies all {all} images, which takes about {times:.0} times as long"));
    }
    Ok(())
}

/// Everything that a study needs.
pub(crate) struct Prepared {
    pub(crate) study: Study,
    pub(crate) chosen: ChosenImages,
    pub(crate) model: AlignedModel<Box<dyn Model>>,
    pub(crate) folder: StudyFolder,
}

impl Prepared {
    pub(crate) fn new(config: &RunConfig, shard: Option<Shard>) -> Result<Self> {
        let mut builder = config.study().builder(&Registry::builtin()).map_err(usage)?;
        if let Some(shard) = shard {
            builder = builder.shard(shard);
        }
        let study = builder.build().map_err(usage)?;
        let chosen =
            config.dataset.open(config.seed, config.on_error == OnError::Skip).map_err(of_datasets)?;
        chosen.notes.iter().for_each(|text| note(text));
        let OpenedModel { model, backend, notes, .. } = open_model(&config.model)?;
        let model = AlignedModel::new(model, &chosen.images.metadata().labels)
            .context("the model does not fit the dataset")?;
        let identity = Identity {
            program: PROGRAM,
            study: config.identity(),
            skipped_files: &chosen.unreadable,
            model: config.model.checksum()?,
        };
        let details = details(config, &chosen, &backend, &notes);
        let described = config.clone();
        let folder = StudyFolder::open(&config.output.folder)?
            .save_maps(config.output.save_maps)
            .sample(config.output.sample)
            .run_info(move |results| run_info(&described, &details, results))
            .identity(&identity)?
            .notes(config)?
            .attachment("study.toml", config.to_toml());
        Ok(Self { study, chosen, model, folder })
    }
}

pub(crate) const PROGRAM: &str = concat!("stressmap ", env!("CARGO_PKG_VERSION"));

/// Opens a model and prints what was found out about it; asking for the impossible is an error of usage.
pub(crate) fn open_model(config: &ModelConfig) -> Result<OpenedModel> {
    let opened = config.open().map_err(|error| if error.is_usage() { usage(error) } else { error.into() })?;
    opened.notes.iter().for_each(|text| note(text));
    Ok(opened)
}

/// What must be equal for a run to be resumed, beside what the libraries compare.
#[derive(serde::Serialize)]
struct Identity<'a> {
    program: &'a str,
    #[serde(flatten)]
    study: RunConfig,
    skipped_files: &'a [String],
    /// A checksum of the model's files.
    #[serde(rename = "model_files")]
    model: String,
}

/// One line per setting, and where the report is.
pub(crate) fn summarise(folder: &Path, shard: Option<Shard>, results: &StudyResults) {
    print(&format!("\n{:<32} {:>8} {:>8} {:>7}", "setting", "macro", "micro", "images"));
    for row in &results.item_response {
        print(&format!(
            "{:<32} {:>8.3} {:>8.3} {:>7}",
            row.setting.to_string(),
            row.accuracy_macro,
            row.accuracy_micro,
            row.count
        ));
    }
    if !results.skipped.is_empty() {
        print(&format!("\nimages were skipped {} times: see skipped.csv", results.skipped.len()));
    }
    match shard {
        None => print(&format!("\nThe report is in {}", folder.display())),
        Some(shard) => {
            print(&format!("\nShard {shard} is in {}; `stressmap merge` makes the report", folder.display()));
        }
    }
}
