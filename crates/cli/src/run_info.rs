//! What the report says of a run.

use datasets::ChosenImages;
use results::{RunInfo, StudyResults};
use saliency::{RiseEstimator, RiseSampling};
use study::SaliencyConfig;

use crate::config::RunConfig;
use crate::run::PROGRAM;

/// How the study is run, by name.
pub(crate) fn details(
    config: &RunConfig,
    chosen: &ChosenImages,
    backend: &str,
    notes: &[String],
) -> Vec<(String, String)> {
    let SaliencyConfig { masks, grid, p1, fill, estimator, sampling, .. } = &config.saliency;
    let fill: Vec<String> = fill.iter().map(u8::to_string).collect();
    let details = [
        ("Path of the dataset", config.dataset.path.display().to_string()),
        ("Choice of images", chosen.selection.to_string()),
        ("Maps", format!("RISE, {masks} masks of {grid} by {grid} cells, p1 {p1}")),
        ("Estimator", estimator.to_string()),
        ("Colour of hidden pixels", fill.join(", ")),
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
    details.extend(chosen.notes.iter().chain(notes).map(|text| ("Note".to_owned(), text.clone())));
    if !chosen.unreadable.is_empty() {
        details.push(("Skipped files".to_owned(), chosen.unreadable.join("; ")));
    }
    details
}

pub(crate) fn run_info(config: &RunConfig, details: &[(String, String)], results: &StudyResults) -> RunInfo {
    RunInfo {
        program: PROGRAM.to_owned(),
        command: "stressmap run --config study.toml".to_owned(),
        details: details.to_vec(),
        study: reproducible(config, results).to_toml(),
        ..RunInfo::default()
    }
}

/// The study without what changes none of its numbers, so that equal numbers give equal reports, wherever and however
/// they were computed.
fn reproducible(config: &RunConfig, results: &StudyResults) -> RunConfig {
    let mut study = config.identity();
    study.output.sample = config.output.sample;
    if !results.skipped.is_empty() {
        study.on_error = config.on_error;
    }
    study
}
