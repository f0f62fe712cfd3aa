//! The page and the figures of a study as files.

use std::io::Write as _;
use std::path::Path;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use report::{
    Colormap, Figure, Page, accuracy_points, confusion_matrices, confusions, drift_curves, drift_summaries,
    item_response_curves, metric_curves, perturbed_examples, saliency_grid,
};
use results::{ExplainedImage, StudyResults};

use crate::Error;
use crate::file::write_atomically;

/// The files beside the page that it links to; that of skipped images if there are any.
const FILES: [&str; 9] = [
    "item_response.csv",
    "item_response.md",
    "predictions.csv",
    "saliency_metrics.csv",
    "saliency_drift.csv",
    "robustness.csv",
    "skipped.csv",
    "results.json",
    "study.toml",
];

/// Writes the page and the figures.
pub(crate) fn write(folder: &Path, results: &StudyResults, samples: &[ExplainedImage]) -> Result<(), Error> {
    figures(folder, results, samples)?;
    let linked =
        |file: &&str| folder.join(file).exists() && (*file != "skipped.csv" || !results.skipped.is_empty());
    let files: Vec<&str> = FILES.into_iter().filter(linked).collect();
    let page = Page::new(results).images(samples).files(&files).html();
    let page = page.map_err(|source| Error::Draw { figure: "report.html".into(), source })?;
    write_atomically(&folder.join("report.html"), |out| out.write_all(page.as_bytes()))
}

/// A figure that is yet to be drawn.
type Drawing<'a> = Box<dyn Fn() -> Result<Figure, report::Error> + Send + Sync + 'a>;

/// Draws what there are results for, one figure per thread.
fn figures(folder: &Path, results: &StudyResults, samples: &[ExplainedImage]) -> Result<(), Error> {
    let StudyResults { run, item_response, predictions, saliency_metrics, saliency_drift, .. } = results;
    let mut figures: Vec<(String, Drawing<'_>)> = Vec::new();
    if !item_response.is_empty() {
        let curves = || item_response_curves(&accuracy_points(item_response, predictions, run.seed));
        figures.push(("item_response".to_owned(), Box::new(curves)));
    }
    if !predictions.is_empty() {
        let matrices = || confusion_matrices(&confusions(predictions, &run.labels));
        figures.push(("confusion".to_owned(), Box::new(matrices)));
    }
    if !saliency_metrics.is_empty() {
        figures.push(("metrics".to_owned(), Box::new(|| metric_curves(saliency_metrics))));
    }
    let drifts = drift_summaries(saliency_drift, predictions);
    if !drifts.is_empty() {
        figures.push(("drift".to_owned(), Box::new(move || drift_curves(&drifts))));
    }
    // The figures show the first image, which is the study's own sample wherever it was explained.
    if let Some(first) = samples.chunk_by(|a, b| a.image_id == b.image_id).next() {
        figures.push(("perturbed".to_owned(), Box::new(|| perturbed_examples(first))));
        for sweep in first.chunk_by(|a, b| a.setting.perturber == b.setting.perturber) {
            let perturber = sweep.first().map_or("", |image| image.setting.perturber.as_str());
            for (suffix, colormap) in [("", Colormap::Jet), ("_diverging", Colormap::RedBlue)] {
                let name = format!("saliency_{}{suffix}", in_file_name(perturber));
                figures.push((name, Box::new(move || saliency_grid(sweep, saliency_metrics, colormap))));
            }
        }
    }
    let drawn = figures.into_par_iter().map(|(name, figure)| draw(folder, &name, figure()));
    // The first error in the figures' order, whichever came first.
    let drawn: Vec<Result<(), Error>> = drawn.collect();
    drawn.into_iter().collect()
}

/// A perturber's name as part of a file's name.
fn in_file_name(perturber: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "_-+.,=()".contains(c) { c } else { '_' };
    perturber.chars().map(kept).collect()
}

pub(crate) fn draw(folder: &Path, name: &str, figure: Result<Figure, report::Error>) -> Result<(), Error> {
    let failed = |source| Error::Draw { figure: name.to_owned(), source };
    let figure = figure.map_err(failed)?;
    let png = figure.png().map_err(failed)?;
    write_atomically(&folder.join(format!("{name}.svg")), |out| out.write_all(figure.svg().as_bytes()))?;
    write_atomically(&folder.join(format!("{name}.png")), |out| out.write_all(&png))
}
