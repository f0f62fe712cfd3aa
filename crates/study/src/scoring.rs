use std::ops::ControlFlow;

use ndarray::ArrayView2;
use protocols::{BoxError, DatumMetadata, EvaluationObserver, Observer, argmax, with_causes};
use results::{Prediction, Setting, Skipped};

use crate::StudyObserver;

/// Turns the batches of an evaluation at one setting into rows, and hands them to the study's observer.
pub(crate) struct Scoring<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) labels: &'a [String],
    /// Whether the rows keep the scores of all classes.
    pub(crate) keep_scores: bool,
    pub(crate) observer: &'a mut dyn StudyObserver,
    pub(crate) rows: Vec<Prediction>,
    pub(crate) skipped: Vec<Skipped>,
    /// Why the evaluation must end: the observer could not keep something, or a row could not be made.
    pub(crate) failure: Option<Failure>,
}

pub(crate) enum Failure {
    Observer(BoxError),
    Row(BoxError),
}

impl Scoring<'_> {
    fn row(&self, scores: &[f32], truth: usize, datum: &DatumMetadata) -> Result<Prediction, BoxError> {
        let class = |class: usize| {
            let (label, score) = (self.labels.get(class), scores.get(class));
            let found = label.zip(score).ok_or_else(|| {
                format!("image {} has class {class}, expected less than {}", datum.index, self.labels.len())
            })?;
            Ok::<_, BoxError>((found.0.clone(), f64::from(*found.1)))
        };
        let predicted = argmax(scores.into())
            .ok_or_else(|| format!("image {} has no highest score among {scores:?}", datum.index))?;
        let ((truth, truth_score), (predicted, predicted_score)) = (class(truth)?, class(predicted)?);
        Ok(Prediction {
            setting: self.setting.clone(),
            image_id: datum.index,
            datum: datum.id.clone(),
            truth,
            predicted,
            truth_score,
            predicted_score,
            scores: if self.keep_scores { scores.iter().map(|&s| s.into()).collect() } else { Vec::new() },
        })
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }
}

impl Observer for Scoring<'_> {
    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        if self.failure.is_some() { ControlFlow::Break(()) } else { self.observer.advanced(count) }
    }
}

impl EvaluationObserver for Scoring<'_> {
    fn scored(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        let mut batch = Vec::with_capacity(metadata.len());
        for ((scores, &truth), datum) in scores.rows().into_iter().zip(targets).zip(metadata) {
            match self.row(&scores.to_vec(), truth, datum) {
                Ok(row) => batch.push(row),
                Err(error) => return self.fail(Failure::Row(error)),
            }
        }
        if self.failure.is_none()
            && let Err(error) = self.observer.predictions(&batch)
        {
            self.fail(Failure::Observer(error));
        }
        self.rows.append(&mut batch);
    }

    fn skipped(&mut self, error: &protocols::Error) {
        // Every error that skips a datum says which.
        let Some(place) = error.place() else {
            return self.fail(Failure::Row(with_causes(error).into()));
        };
        let row = Skipped {
            setting: self.setting.clone(),
            image_id: place.first,
            datum: place.id.clone().unwrap_or_default(),
            error: with_causes(error),
        };
        if self.failure.is_none()
            && let Err(error) = self.observer.skipped(&row)
        {
            self.fail(Failure::Observer(error));
        }
        self.skipped.push(row);
    }
}
