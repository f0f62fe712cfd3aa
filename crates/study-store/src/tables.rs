//! The tables of a study as files.

use std::path::Path;

use results::{Row, StudyResults, write_csv, write_markdown};
use study::OnError;

use crate::Error;
use crate::file::write_atomically;

/// Writes the CSV tables; that of skipped images if the study skips any.
pub(crate) fn write(folder: &Path, results: &StudyResults, on_error: OnError) -> Result<(), Error> {
    table(folder, "item_response", &results.item_response)?;
    table(folder, "predictions", &results.predictions)?;
    table(folder, "saliency_metrics", &results.saliency_metrics)?;
    table(folder, "saliency_drift", &results.saliency_drift)?;
    table(folder, "robustness", &results.robustness)?;
    if on_error == OnError::Skip {
        table(folder, "skipped", &results.skipped)?;
    }
    Ok(())
}

/// Writes `results.json`, and the accuracies as Markdown.
pub(crate) fn write_summary(folder: &Path, results: &StudyResults) -> Result<(), Error> {
    write_atomically(&folder.join("results.json"), |out| results.write_json(out))?;
    write_atomically(&folder.join("item_response.md"), |out| write_markdown(&results.item_response, out))
}

fn table<R: Row>(folder: &Path, name: &str, rows: &[R]) -> Result<(), Error> {
    write_atomically(&folder.join(format!("{name}.csv")), |out| write_csv(rows, out))
}
