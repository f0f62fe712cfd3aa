//! Keeps what a study finds as it finds it.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use journal::Journal;
use protocols::BoxError;
use results::{ItemResponse, Prediction, SaliencyComparison, Skipped};
use study::{Explained, Observer, Outcome, Pass};

use crate::checkpoint::Record;
use crate::maps::Maps;
use crate::progress;
use crate::run::Sample;
use crate::stop::Stop;

/// Writes what is found to the journal, shows how far the study is, and stops it when it is asked to.
pub(crate) struct Recorder {
    journal: Journal,
    maps: Option<Maps>,
    stop: Stop,
    bar: Option<ProgressBar>,
    /// The picture that the figures show.
    sample: usize,
    pub(crate) samples: Vec<Sample>,
    /// What is found so far, also by earlier runs.
    pub(crate) kept: Outcome,
}

impl Recorder {
    pub(crate) fn new(
        journal: Journal,
        maps: Option<Maps>,
        kept: Outcome,
        stop: Stop,
        sample: usize,
    ) -> Self {
        Self { journal, maps, stop, bar: None, sample, samples: Vec::new(), kept }
    }

    pub(crate) fn finish_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
    }

    /// Hands over the journal and the maps, now that everything is found.
    pub(crate) fn into_files(self) -> (Journal, Option<Maps>) {
        (self.journal, self.maps)
    }
}

impl Observer for Recorder {
    fn begin(&mut self, pass: Pass, done: usize, total: usize) {
        self.finish_bar();
        let bar = progress::bar(if pass == Pass::Accuracy { "accuracy" } else { "saliency" }, total);
        // The rate and the time left are this run's.
        bar.set_position(done as u64);
        bar.reset_eta();
        self.bar = Some(bar);
    }

    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        if let Some(bar) = &self.bar {
            bar.inc(count as u64);
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
        if row.image_id == self.sample {
            self.samples.push(Sample::new(row.clone(), explained.into()));
        }
        Ok(())
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.journal.append(&Record::Skipped(row.clone()))?;
        self.kept.skipped.push(row.clone());
        Ok(())
    }
}
