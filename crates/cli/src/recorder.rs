//! Keeps what a study finds as it finds it.

use std::ops::ControlFlow;

use journal::Journal;
use protocols::BoxError;
use results::{ItemResponse, Prediction, SaliencyComparison, Skipped};
use study::{Explained, Observer, Outcome, Pass};

use crate::checkpoint::Record;
use crate::maps::Maps;
use crate::progress::{self, Meter};
use crate::samples::Samples;
use crate::stop::Stop;

/// Writes what is found to the journal, shows how far the study is, and stops it when it is asked to.
pub(crate) struct Recorder {
    journal: Journal,
    maps: Option<Maps>,
    stop: Stop,
    pub(crate) meter: Option<Meter>,
    pub(crate) samples: Samples,
    /// What is found so far, also by earlier runs.
    pub(crate) kept: Outcome,
}

impl Recorder {
    pub(crate) fn new(journal: Journal, maps: Option<Maps>, kept: Outcome, stop: Stop) -> Self {
        Self { journal, maps, stop, meter: None, samples: Samples::default(), kept }
    }

    /// Hands over the journal and the maps, now that everything is found.
    pub(crate) fn into_files(self) -> (Journal, Option<Maps>) {
        (self.journal, self.maps)
    }
}

impl Observer for Recorder {
    fn begin(&mut self, pass: Pass, done: usize, total: usize) {
        // The meter of the pass before says its last before this one says its first.
        self.meter = None;
        let what = if pass == Pass::Accuracy { "accuracy" } else { "saliency" };
        self.meter = Some(progress::meter(what, "images", done, total));
    }

    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        if let Some(meter) = &self.meter {
            meter.advance(count);
        }
        if self.stop.asked().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        self.journal.append(&Record::Predictions(rows.to_vec()))?;
        self.kept.predictions.extend_from_slice(rows);
        Ok(())
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        self.kept.responses.push(row.clone());
        Ok(())
    }

    fn comparison(&mut self, row: &SaliencyComparison, explained: Explained<'_>) -> Result<(), BoxError> {
        // The maps first: a row of the journal says that they are there.
        let checks = match &mut self.maps {
            Some(maps) => Some(maps.push(explained)?),
            None => None,
        };
        self.journal.append(&Record::Comparison(row.clone(), checks))?;
        self.kept.comparisons.push(row.clone());
        self.samples.keep(row, &explained);
        Ok(())
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.journal.append(&Record::Skipped(row.clone()))?;
        self.kept.skipped.push(row.clone());
        Ok(())
    }
}
