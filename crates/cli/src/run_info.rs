//! What the report says of a run.

use results::{RunInfo, StudyResults};
use saliency::{RiseEstimator, RiseSampling};
use study::{OnError, SaliencyConfig};

use crate::config::{OutputConfig, RunConfig};
use crate::run::PROGRAM;

pub(crate) fn run_info(
    config: &RunConfig,
    unreadable: &[String],
    backend: &str,
    results: &StudyResults,
) -> RunInfo {
    let (saliency, chosen) = (&config.saliency, &config.dataset);
    let fill: Vec<String> = saliency.fill.iter().map(u8::to_string).collect();
    let selection = match chosen.fraction {
        Some(fraction) => format!("a share of {fraction} of each class, drawn by the seed"),
        None if chosen.offset > 0 => format!("in the dataset's order, from number {} on", chosen.offset),
        None => "the first ones, in the dataset's order".to_owned(),
    };
    let SaliencyConfig { masks, grid, p1, estimator, sampling, .. } = saliency;
    let details = [
        ("Path of the dataset", chosen.path.display().to_string()),
        ("Choice of images", selection),
        ("Maps", format!("RISE, {masks} masks of {grid} by {grid} cells, p1 {p1}")),
        ("Estimator", estimator.to_string()),
        ("Hidden with colour", fill.join(", ")),
        ("Random streams", config.rng.to_string()),
        ("Backend", format!("{backend}, on {} in {}", config.model.device(), config.model.precision())),
        ("Platform", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
    ];
    let mut details: Vec<(String, String)> = details.map(|(name, value)| (name.to_owned(), value)).into();
    let tutorial = (200, 8, RiseEstimator::Debiased, RiseSampling::Independent);
    if (*masks, *grid, *estimator, *sampling) == tutorial && *p1 == 0.5 {
        // Measured in docs/estimators.md, with these settings.
        let converged = "correlation 0.37 with converged maps (EuroSAT)";
        details.push(("How converged".to_owned(), converged.to_owned()));
    }
    if !unreadable.is_empty() {
        details.push(("Skipped files".to_owned(), unreadable.join("; ")));
    }
    RunInfo {
        program: PROGRAM.to_owned(),
        command: "stressmap run --config study.toml".to_owned(),
        details,
        study: reproducible(config, results).to_toml(),
        ..RunInfo::default()
    }
}

/// The study without what changes none of its numbers, so that equal numbers give equal reports, wherever and however
/// they were computed.
fn reproducible(config: &RunConfig, results: &StudyResults) -> RunConfig {
    let mut study = config.clone();
    if results.skipped.is_empty() {
        study.on_error = OnError::default();
    }
    study.output = OutputConfig { sample: config.output.sample, ..OutputConfig::default() };
    (study.model.threads, study.model.batch_size) = (None, None);
    study
}
