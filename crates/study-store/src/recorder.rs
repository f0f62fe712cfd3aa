//! Keeps what a study computes as it computes it.

use std::ops::ControlFlow;

use protocols::{BoxError, Observer, Pass};
use results::{ExplainedImage, ItemResponse, Prediction, SaliencyComparison, Skipped, StudyResults};
use study::StudyObserver;

use crate::journal::Journal;
use crate::maps::{MapRow, Maps};
use crate::record::Record;
use crate::samples::Samples;

/// Appends results to the journal, and hands them on to the caller's observer.
pub(crate) struct Recorder<'a> {
    pub(crate) journal: Journal,
    pub(crate) maps: Option<Maps>,
    /// The maps' rows, in the order of the comparisons, those of earlier runs included.
    pub(crate) map_rows: Vec<MapRow>,
    pub(crate) samples: Samples,
    /// All results so far, those of earlier runs included.
    pub(crate) kept: StudyResults,
    pub(crate) observer: &'a mut dyn StudyObserver,
}

impl Observer for Recorder<'_> {
    fn started(&mut self, pass: Pass) {
        self.observer.started(pass);
    }

    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        self.observer.advanced(count)
    }
}

impl StudyObserver for Recorder<'_> {
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        self.journal.append(&Record::Predictions(rows.to_vec()))?;
        self.kept.predictions.extend_from_slice(rows);
        self.observer.predictions(rows)
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        let known = self.kept.item_response.iter_mut().find(|known| known.setting == row.setting);
        match known {
            Some(known) => known.clone_from(row),
            None => self.kept.item_response.push(row.clone()),
        }
        self.observer.item_response(row)
    }

    fn explained(&mut self, row: &SaliencyComparison, image: &ExplainedImage) -> Result<(), BoxError> {
        // The maps come first: a record in the journal says that they are written.
        let map_row = match &mut self.maps {
            Some(maps) => Some(maps.push(image.truth.view(), image.predicted.view())?),
            None => None,
        };
        self.journal.append(&Record::Comparison(row.clone(), map_row))?;
        self.map_rows.extend(map_row);
        self.kept.saliency_metrics.push(row.clone());
        self.samples.keep(image);
        self.observer.explained(row, image)
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.journal.append(&Record::Skipped(row.clone()))?;
        self.kept.skipped.push(row.clone());
        self.observer.skipped(row)
    }
}
