//! The figures of a run.

use std::path::Path;

use ::report::{
    Figure, PerturbedExample, SaliencyCell, item_response_curves, metric_curves, perturbed_examples,
    saliency_grid,
};
use results::{ItemResponse, SaliencyComparison};

use crate::failure::{Failure, context};
use crate::files::write_whole;
use crate::run::Sample;

pub(crate) fn write(
    folder: &Path,
    samples: &[Sample],
    responses: &[ItemResponse],
    comparisons: &[SaliencyComparison],
) -> Result<(), Failure> {
    draw(folder, "item_response", item_response_curves(responses))?;
    draw(folder, "metrics", metric_curves(comparisons))?;
    if samples.is_empty() {
        return Ok(());
    }
    let examples: Vec<PerturbedExample<'_>> = samples
        .iter()
        .map(|sample| PerturbedExample { setting: &sample.row.setting, image: sample.image.view() })
        .collect();
    draw(folder, "perturbed", perturbed_examples(&examples))?;
    let mut perturbers: Vec<&str> =
        samples.iter().map(|sample| sample.row.setting.perturber.as_str()).collect();
    perturbers.dedup();
    for perturber in perturbers {
        let cells: Vec<SaliencyCell<'_>> = samples
            .iter()
            .filter(|sample| sample.row.setting.perturber == perturber)
            .map(|sample| SaliencyCell {
                row: &sample.row,
                image: sample.image.view(),
                truth: sample.truth.view(),
                predicted: sample.predicted.view(),
            })
            .collect();
        draw(folder, &format!("saliency_{perturber}"), saliency_grid(&cells))?;
    }
    Ok(())
}

fn draw(folder: &Path, name: &str, figure: Result<Figure, ::report::Error>) -> Result<(), Failure> {
    let failed = || context(format!("cannot draw {name}"));
    let figure = figure.map_err(|e| Failure::run(failed()(e)))?;
    let png = figure.png().map_err(|e| Failure::run(failed()(e)))?;
    write_whole(&folder.join(format!("{name}.svg")), |out| {
        std::io::Write::write_all(out, figure.svg().as_bytes())
    })?;
    write_whole(&folder.join(format!("{name}.png")), |out| std::io::Write::write_all(out, &png))
}
