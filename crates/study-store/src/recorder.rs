//! Keeps what a study computes as it computes it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use protocols::{BoxError, Observer, Pass};
use results::{ItemResponse, Prediction, Skipped, StudyResults};
use study::{ImageResults, StudyObserver};

use crate::journal::Journal;
use crate::maps::{Maps, maps_of};
use crate::record::Record;
use crate::samples::Samples;

/// Appends results to the journal, and hands them on to the caller's observer.
pub(crate) struct Recorder<'a> {
    pub(crate) journal: Journal,
    pub(crate) maps: Option<Maps>,
    /// The settings' numbers, by name.
    pub(crate) numbers: HashMap<String, usize>,
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

    fn explained(&mut self, results: ImageResults<'_>) -> Result<(), BoxError> {
        let ImageResults { comparison, drift, image, unscaled, .. } = results;
        // The maps come first: a record in the journal says that they are written.
        let maps = match &mut self.maps {
            Some(maps) => {
                let setting = self.numbers.get(&comparison.setting.to_string()).copied();
                let place = (setting.ok_or("a setting that the study does not have")?, comparison.image_id);
                Some(maps.push(place, maps_of(image, unscaled))?)
            }
            None => None,
        };
        let (row, drift_row) = (comparison.clone(), drift.cloned().map(Box::new));
        self.journal.append(&Record::Explained { comparison: row, drift: drift_row, maps })?;
        self.kept.saliency_metrics.push(comparison.clone());
        self.kept.saliency_drift.extend(drift.cloned());
        self.samples.keep(image);
        self.observer.explained(results)
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.journal.append(&Record::Skipped(row.clone()))?;
        self.kept.skipped.push(row.clone());
        self.observer.skipped(row)
    }
}
