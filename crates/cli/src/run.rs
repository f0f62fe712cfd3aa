//! `stressmap run`: the whole study, or a part of it.

use std::path::Path;

use perturb::{Randomness, Registry};
use protocols::{AlignedModel, Dataset, Model};
use results::{Row, StudyResults, write_csv};
use study::{Config, Limit, ModelConfig, OnError, Outcome, SaliencyConfig, Shard, Study};

use crate::checkpoint::{self, Header, Record};
use crate::failure::{Failure, context};
use crate::files::{remove_passing, write_whole};
use crate::maps::Maps;
use crate::model::Opened;
use crate::recorder::Recorder;
use crate::stop::Stop;
use crate::{args, dataset, model, progress, report};

pub(crate) fn run(arguments: &args::Run) -> Result<(), Failure> {
    let mut config = resolve(arguments)?;
    let shard = match arguments.shard {
        Some(choice) => Some(choice.resolve(|name| std::env::var(name).ok())?),
        None => None,
    };
    if let Some(shard) = shard {
        let part = format!("shard-{}-of-{}", shard.number(), shard.of());
        config.output.folder = config.output.folder.join(part);
    }
    execute(&config, shard, arguments.resume)
}

/// Runs a study, from where its journal ends if it is to go on, and leaves the report in its folder.
pub(crate) fn execute(config: &Config, shard: Option<Shard>, resume: bool) -> Result<(), Failure> {
    let study = study(config, shard)?;
    let (dataset, left_out) = dataset::open(config)?;
    let Opened { model, backend } = model::open(&config.model)?;
    let model = AlignedModel::new(model, &dataset.metadata().labels)
        .map_err(|e| Failure::run(context("the model does not fit the dataset")(e)))?;
    let header = Header::new(config, shard, &dataset, &left_out)?;

    let folder = &config.output.folder;
    std::fs::create_dir_all(folder)
        .map_err(|e| Failure::run(context(format!("cannot make the folder {}", folder.display()))(e)))?;
    let (mut journal, mut records) = checkpoint::open(folder, &header, resume)?;
    remove_passing(folder);
    let maps = if config.output.save_maps { Some(open_maps(folder, &mut records)?) } else { None };
    journal.truncate(records.len()).map_err(Failure::run)?;
    let (found, _) = checkpoint::found(records);
    write_whole(&folder.join("study.toml"), |out| {
        std::io::Write::write_all(out, config.to_toml().as_bytes())
    })?;

    let part = shard.map_or(0..dataset.len(), |shard| shard.range(dataset.len()));
    progress::say(&format!("{} images, {} settings", part.len(), study.settings()));
    for file in &left_out {
        progress::say(&format!("left out: {file}"));
    }
    let stop = Stop::listen()?;
    let mut recorder = Recorder::new(journal, maps, found.clone(), stop.clone());
    let done = study.resume(found, &dataset, &model, &mut recorder);
    recorder.meter = None;
    let outcome = match done {
        Ok(outcome) => outcome,
        Err(error) => {
            // The tables of what is finished; the journal has it in any case, and the error goes first.
            let _ = write_tables(folder, config, &recorder.kept);
            return Err(match (error, stop.asked()) {
                (study::Error::Stopped, Some(code)) => Failure::Stopped(code),
                (error, _) => Failure::run(context("what is finished is kept for --resume")(error)),
            });
        }
    };
    write_tables(folder, config, &outcome)?;
    let nothing = shard.is_none() && outcome.comparisons.is_empty();
    if let Some(first) = outcome.skipped.first().filter(|_| nothing) {
        let why = format!("every image was left out, the first because of this: {}", first.error);
        return Err(Failure::run(why));
    }
    let samples = std::mem::take(&mut recorder.samples);
    let (mut journal, maps) = recorder.into_files();
    if let Some(maps) = maps {
        maps.finish()?;
    }
    // The figures of a part would not show what those of the whole do.
    if shard.is_none() {
        let first = config.output.sample.min(dataset.len().saturating_sub(1));
        let samples = samples.choose(first, &outcome.comparisons, &study, &dataset, &model)?;
        let results = StudyResults {
            run: report::run_info(config, &dataset, &left_out, model.metadata(), &backend, &outcome.skipped),
            item_response: outcome.responses.clone(),
            predictions: outcome.predictions.clone(),
            saliency_metrics: outcome.comparisons.clone(),
            skipped: outcome.skipped.clone(),
        };
        report::write(folder, &results, &samples)?;
    }
    journal.append(&Record::Finished).and_then(|()| journal.sync()).map_err(Failure::run)?;
    summarise(folder, &outcome);
    Ok(())
}

/// The study that a configuration describes.
pub(crate) fn study(config: &Config, shard: Option<Shard>) -> Result<Study, Failure> {
    if config.perturbers.is_empty() {
        return Err(Failure::usage("the study has no perturbers, expected at least one"));
    }
    let explainer = config.saliency.explainer(config.seed).map_err(Failure::usage)?;
    let sweeps = config.sweeps(&Registry::builtin()).map_err(Failure::usage)?;
    let randomness = Randomness::new(config.rng, config.seed);
    let mut study = Study::new(sweeps, randomness, Box::new(explainer));
    if let Some(shard) = shard {
        study = study.with_shard(shard);
    }
    if config.on_error == OnError::Skip {
        study = study.skip_failures();
    }
    Ok(study)
}

/// Opens the files of maps, and drops the records behind the last one whose maps they hold.
fn open_maps(folder: &Path, records: &mut Vec<Record>) -> Result<Maps, Failure> {
    let checks: Vec<_> = records.iter().filter_map(checks_of).collect();
    let maps = Maps::open(folder, &checks)?;
    let mut rows = 0;
    let whole = records.iter().position(|record| {
        rows += usize::from(matches!(record, Record::Comparison(..)));
        rows > maps.rows()
    });
    records.truncate(whole.unwrap_or(records.len()));
    Ok(maps)
}

fn checks_of(record: &Record) -> Option<crate::maps::Checks> {
    if let Record::Comparison(_, checks) = record { *checks } else { None }
}

/// Writes the tables of what is found.
fn write_tables(folder: &Path, config: &Config, found: &Outcome) -> Result<(), Failure> {
    table(folder, "item_response", &found.responses)?;
    table(folder, "predictions", &found.predictions)?;
    table(folder, "saliency_metrics", &found.comparisons)?;
    if config.on_error == OnError::Skip {
        table(folder, "skipped", &found.skipped)?;
    }
    Ok(())
}

fn table<R: Row>(folder: &Path, name: &str, rows: &[R]) -> Result<(), Failure> {
    write_whole(&folder.join(format!("{name}.csv")), |out| write_csv(rows, out))
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
    config.on_error = arguments.on_error.unwrap_or(config.on_error);
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
    if flags.precision.is_some() {
        config.precision.clone_from(&flags.precision);
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
    config.estimator = flags.estimator.unwrap_or(config.estimator);
    config.sampling = flags.sampling.unwrap_or(config.sampling);
    config.tolerance = flags.tolerance.or(config.tolerance);
}

/// A line a setting, and where the report is.
fn summarise(folder: &Path, outcome: &Outcome) {
    progress::say(&format!("\n{:<32} {:>8} {:>8} {:>7}", "setting", "macro", "micro", "images"));
    for row in &outcome.responses {
        progress::say(&format!(
            "{:<32} {:>8.3} {:>8.3} {:>7}",
            row.setting.to_string(),
            row.accuracy_macro,
            row.accuracy_micro,
            row.count
        ));
    }
    if !outcome.skipped.is_empty() {
        let left_out = outcome.skipped.len();
        progress::say(&format!("\n{left_out} times an image was left out: see skipped.csv"));
    }
    progress::say(&format!("\nThe report is in {}", folder.display()));
}
