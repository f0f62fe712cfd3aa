//! What a run leaves: one page, the figures as files, and the results as one file that reads back.

use std::io::Write;
use std::path::Path;

use ::report::{
    Colormap, Figure, Page, accuracy_points, confusion_matrices, confusions, item_response_curves,
    metric_curves, perturbed_examples, saliency_grid,
};
use protocols::{Dataset, ModelMetadata};
use results::{ExplainedImage, RunInfo, Skipped, StudyResults, write_markdown};
use saliency::{RiseEstimator, RiseSampling};
use study::{Config, OnError, OutputConfig};

use crate::failure::{Failure, context};
use crate::files::write_whole;

/// The files beside the page that it links to; to the failures if there are any.
const FILES: [&str; 7] = [
    "item_response.csv",
    "item_response.md",
    "predictions.csv",
    "saliency_metrics.csv",
    "skipped.csv",
    "results.json",
    "study.toml",
];

/// Writes everything that is made of a study's results.
pub(crate) fn write(
    folder: &Path,
    results: &StudyResults,
    samples: &[ExplainedImage],
) -> Result<(), Failure> {
    write_whole(&folder.join("results.json"), |out| results.write_json(out))?;
    write_whole(&folder.join("item_response.md"), |out| write_markdown(&results.item_response, out))?;
    figures(folder, results, samples)?;
    let linked = |file: &&str| *file != "skipped.csv" || !results.skipped.is_empty();
    let files: Vec<&str> = FILES.into_iter().filter(linked).collect();
    let page = Page::new(results).images(samples).files(&files).html();
    let page = page.map_err(|e| Failure::run(context("cannot make the page")(e)))?;
    write_whole(&folder.join("report.html"), |out| out.write_all(page.as_bytes()))
}

/// The figures of whatever there is: a study that stopped early has fewer.
fn figures(folder: &Path, results: &StudyResults, samples: &[ExplainedImage]) -> Result<(), Failure> {
    let StudyResults { run, item_response, predictions, saliency_metrics, .. } = results;
    if !item_response.is_empty() {
        let points = accuracy_points(item_response, predictions, run.seed);
        draw(folder, "item_response", item_response_curves(&points))?;
    }
    if !predictions.is_empty() {
        let matrices = confusion_matrices(&confusions(predictions, &run.labels));
        draw(folder, "confusion", matrices)?;
    }
    if !saliency_metrics.is_empty() {
        draw(folder, "metrics", metric_curves(saliency_metrics))?;
    }
    // The figures show the first image, which is the study's own sample wherever that was explained.
    let mut of_image = samples.chunk_by(|one, next| one.image_id == next.image_id);
    let Some(samples) = of_image.next() else { return Ok(()) };
    draw(folder, "perturbed", perturbed_examples(samples))?;
    for sweep in samples.chunk_by(|one, next| one.setting.perturber == next.setting.perturber) {
        let perturber = &sweep[0].setting.perturber;
        let grid = |name: &str, colors| draw(folder, name, saliency_grid(sweep, saliency_metrics, colors));
        grid(&format!("saliency_{perturber}"), Colormap::Jet)?;
        grid(&format!("saliency_{perturber}_diverging"), Colormap::RedBlue)?;
    }
    Ok(())
}

fn draw(folder: &Path, name: &str, figure: Result<Figure, ::report::Error>) -> Result<(), Failure> {
    let failed = || context(format!("cannot draw {name}"));
    let figure = figure.map_err(|e| Failure::run(failed()(e)))?;
    let png = figure.png().map_err(|e| Failure::run(failed()(e)))?;
    write_whole(&folder.join(format!("{name}.svg")), |out| out.write_all(figure.svg().as_bytes()))?;
    write_whole(&folder.join(format!("{name}.png")), |out| out.write_all(&png))
}

/// What was run, for whoever reads the report.
pub(crate) fn run_info(
    config: &Config,
    dataset: &dyn Dataset,
    left_out: &[String],
    model: &ModelMetadata,
    backend: &str,
    skipped: &[Skipped],
) -> RunInfo {
    let saliency = &config.saliency;
    let fill: Vec<String> = saliency.fill.iter().map(u8::to_string).collect();
    let chosen = &config.dataset;
    let selection = match chosen.fraction {
        Some(fraction) => format!("a share of {fraction} of each class, drawn by the seed"),
        None if chosen.offset > 0 => format!("in the dataset's order, from number {} on", chosen.offset),
        None => "the first ones, in the dataset's order".to_owned(),
    };
    let device = config.model.device.as_deref().unwrap_or("cpu");
    let precision = config.model.precision.as_deref().unwrap_or("f32");
    let details = [
        ("Path of the dataset", chosen.path.display().to_string()),
        ("Choice of images", selection),
        (
            "Maps",
            format!("RISE, {} masks of {2} by {2} cells, p1 {}", saliency.masks, saliency.p1, saliency.grid),
        ),
        ("Estimator", saliency.estimator.to_string()),
        ("Hidden with colour", fill.join(", ")),
        ("Random streams", format!("{:?}", config.rng).to_lowercase()),
        ("Backend", format!("{backend}, on {device} in {precision}")),
        ("Platform", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
    ];
    let mut details: Vec<(String, String)> = details.map(|(name, value)| (name.to_owned(), value)).into();
    let masks = (saliency.masks, saliency.grid, saliency.estimator, saliency.sampling);
    if masks == (200, 8, RiseEstimator::Debiased, RiseSampling::Independent) && saliency.p1 == 0.5 {
        // Measured in docs/estimators.md, with these settings.
        let converged = "correlation 0.37 with converged maps (EuroSAT)";
        details.push(("How converged".to_owned(), converged.to_owned()));
    }
    if !left_out.is_empty() {
        details.push(("Files left out".to_owned(), left_out.join("; ")));
    }
    RunInfo {
        program: concat!("stressmap ", env!("CARGO_PKG_VERSION")).to_owned(),
        command: "stressmap run --config study.toml".to_owned(),
        dataset: dataset.metadata().id.clone(),
        model: model.id.clone(),
        labels: model.labels.clone(),
        images: dataset.len(),
        seed: config.seed,
        details,
        study: told(config, skipped).to_toml(),
    }
}

/// The study without what changes none of its numbers, so that the same numbers make the same report wherever and
/// however they were found.
fn told(config: &Config, skipped: &[Skipped]) -> Config {
    let mut told = config.clone();
    if skipped.is_empty() {
        told.on_error = OnError::default();
    }
    told.output = OutputConfig { sample: config.output.sample, ..OutputConfig::default() };
    (told.model.threads, told.model.batch_size) = (None, None);
    told
}
