use results::{Prediction, SaliencyComparison, SaliencyDrift, Skipped, StudyResults};
use serde::{Deserialize, Serialize};

use crate::maps::MapRow;

/// A record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Record {
    /// Images that were scored together.
    Predictions(Vec<Prediction>),
    /// An image that was explained.
    Explained {
        comparison: SaliencyComparison,
        drift: Option<Box<SaliencyDrift>>,
        /// Its row in the files of maps.
        maps: Option<MapRow>,
    },
    /// An image that was skipped.
    Skipped(Skipped),
    /// Every file of the report is written.
    Finished,
}

/// Whether a run has computed something and not finished.
pub(crate) fn unfinished(records: &[Record]) -> bool {
    !matches!(records.last(), None | Some(Record::Finished))
}

/// Whether maps were kept; unknown as long as no image was explained. They count as kept if all are there.
pub(crate) fn keeps_maps(records: &[Record]) -> Option<bool> {
    let mut kept = records.iter().filter_map(|record| match record {
        Record::Explained { maps, .. } => Some(maps.is_some()),
        _ => None,
    });
    kept.next().map(|first| first && kept.all(|next| next))
}

/// The results that records hold.
pub(crate) fn results(records: Vec<Record>) -> StudyResults {
    let mut results = StudyResults::default();
    for record in records {
        match record {
            Record::Predictions(rows) => results.predictions.extend(rows),
            Record::Explained { comparison, drift, .. } => {
                results.saliency_metrics.push(comparison);
                results.saliency_drift.extend(drift.map(|drift| *drift));
            }
            Record::Skipped(row) => results.skipped.push(row),
            Record::Finished => {}
        }
    }
    results
}
