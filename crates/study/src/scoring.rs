use std::ops::ControlFlow;

use ndarray::ArrayView2;
use protocols::{BoxError, DatumMetadata, EvaluationObserver, argmax};
use results::{Prediction, Setting, Skipped};

use crate::Observer;
use crate::run::with_causes;

/// Makes rows of the evaluate loop's batches at one setting, and passes them on.
pub(crate) struct Scoring<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) labels: &'a [String],
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) rows: Vec<Prediction>,
    pub(crate) skipped: Vec<Skipped>,
    /// Why the study's observer could not keep something; the loop is stopped then.
    pub(crate) failure: Option<BoxError>,
}

impl protocols::Observer for Scoring<'_> {
    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        if self.failure.is_some() { ControlFlow::Break(()) } else { self.observer.advance(count) }
    }
}

impl EvaluationObserver for Scoring<'_> {
    fn scored(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        let label = |class: usize| self.labels.get(class).cloned().unwrap_or_default();
        let mut batch = Vec::with_capacity(metadata.len());
        for ((row, &truth), datum) in scores.rows().into_iter().zip(targets).zip(metadata) {
            // The loop has seen to it that every score is finite and every target a class.
            let predicted = argmax(row).unwrap_or(truth);
            let score = |class: usize| row.get(class).copied().map_or(f64::NAN, f64::from);
            batch.push(Prediction {
                setting: self.setting.clone(),
                image_id: datum.index,
                datum: datum.id.clone(),
                truth: label(truth),
                predicted: label(predicted),
                truth_score: score(truth),
                predicted_score: score(predicted),
            });
        }
        if self.failure.is_none() {
            self.failure = self.observer.predictions(&batch).err();
        }
        self.rows.append(&mut batch);
    }

    fn skipped(&mut self, error: &protocols::Error) {
        let place = error.place();
        let row = Skipped {
            setting: self.setting.clone(),
            image_id: place.map_or(0, |place| place.first),
            datum: place.and_then(|place| place.id.clone()).unwrap_or_default(),
            error: with_causes(error),
        };
        if self.failure.is_none() {
            self.failure = self.observer.skipped(&row).err();
        }
        self.skipped.push(row);
    }
}
