//! What the report says of a run.

use datasets::ChosenImages;
use results::{RunInfo, StudyResults};
use saliency::{RiseEstimator, RiseSampling};
use study::SaliencyConfig;

use crate::StudyFile;

/// What ran the study; a run of another version is not resumed.
pub(crate) const PROGRAM: &str = concat!("stressmap ", env!("CARGO_PKG_VERSION"));

/// How the study is run, by name.
pub(crate) fn details(
    file: &StudyFile,
    images: &ChosenImages,
    backend: &str,
    notes: &[String],
) -> Vec<(String, String)> {
    let SaliencyConfig { masks, grid, p1, fill, estimator, sampling, .. } = &file.saliency;
    let fill: Vec<String> = fill.iter().map(u8::to_string).collect();
    let details = [
        ("Path of the dataset", file.dataset.path.display().to_string()),
        ("Choice of images", images.selection.to_string()),
        ("Maps", format!("RISE, {masks} masks of {grid} by {grid} cells, p1 {p1}")),
        ("Estimator", estimator.to_string()),
        ("Colour of hidden pixels", fill.join(", ")),
        ("Random streams", file.rng.to_string()),
        ("Backend", format!("{backend}, on {} in {}", file.model.device(), file.model.precision())),
        ("Platform", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
    ];
    let mut details: Vec<(String, String)> = details.map(|(name, value)| (name.to_owned(), value)).into();
    let tutorial = (200, 8, RiseEstimator::Debiased, RiseSampling::Independent);
    if (*masks, *grid, *estimator, *sampling) == tutorial && *p1 == 0.5 {
        // Measured in docs/estimators.md, with these settings.
        let converged = "correlation 0.37 with converged maps (EuroSAT)";
        details.push(("How converged".to_owned(), converged.to_owned()));
    }
    details.extend(images.notes.iter().chain(notes).map(|text| ("Note".to_owned(), text.clone())));
    if !images.unreadable.is_empty() {
        details.push(("Skipped files".to_owned(), images.unreadable.join("; ")));
    }
    details
}

pub(crate) fn run_info(file: &StudyFile, details: &[(String, String)], results: &StudyResults) -> RunInfo {
    RunInfo {
        program: PROGRAM.to_owned(),
        command: "stressmap run --config study.toml".to_owned(),
        details: details.to_vec(),
        study: reproducible(file, results).to_toml(),
        ..RunInfo::default()
    }
}

/// The study without what changes none of its numbers, so that equal numbers give equal reports, wherever and however
/// they were computed.
fn reproducible(file: &StudyFile, results: &StudyResults) -> StudyFile {
    let mut study = file.identity();
    study.output.sample = file.output.sample;
    if !results.skipped.is_empty() {
        study.on_error = file.on_error;
    }
    study
}
