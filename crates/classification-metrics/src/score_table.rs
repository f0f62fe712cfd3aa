use ndarray::{ArrayView1, ArrayView2};
use protocols::ScoreKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::counts::check_batch;

/// The probabilities and targets of all images.
#[derive(Clone, Debug)]
pub(crate) struct ScoreTable {
    classes: usize,
    /// What is added; logits become probabilities.
    kind: ScoreKind,
    /// Row by row.
    probabilities: Vec<f32>,
    targets: Vec<usize>,
}

/// The stored form of a [`ScoreTable`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    classes: usize,
    /// The bits of f32 values, since decimal text need not read back exactly.
    probabilities: Vec<u32>,
    targets: Vec<usize>,
}

impl ScoreTable {
    pub(crate) fn new(classes: usize, kind: ScoreKind) -> Self {
        Self { classes, kind, probabilities: vec![], targets: vec![] }
    }

    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    pub(crate) fn targets(&self) -> &[usize] {
        &self.targets
    }

    /// Each image's probabilities and target.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[f32], usize)> {
        self.probabilities.chunks_exact(self.classes).zip(self.targets.iter().copied())
    }

    /// Each image's probability of a class, and whether it is of that class.
    pub(crate) fn column(&self, class: usize) -> impl Iterator<Item = (f32, bool)> {
        self.rows().map(move |(row, target)| (row[class], target == class))
    }

    pub(crate) fn clear(&mut self) {
        self.probabilities.clear();
        self.targets.clear();
    }

    /// Adds a batch; one that is refused changes nothing.
    pub(crate) fn add(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize]) -> Result<(), Error> {
        check_batch(scores, targets, self.classes)?;
        let logits = self.kind == ScoreKind::Logits;
        for ((row, class), &score) in scores.indexed_iter() {
            if logits && score.is_infinite() {
                return Err(Error::Infinite { row, class, score });
            }
            if !logits && !(0.0..=1.0).contains(&score) {
                return Err(Error::Probability { row, class, score });
            }
        }
        if logits {
            self.probabilities.extend(scores.rows().into_iter().flat_map(softmax));
        } else {
            self.probabilities.extend(scores);
        }
        self.targets.extend(targets);
        Ok(())
    }

    pub(crate) fn state(&self) -> Value {
        let probabilities: Vec<u32> = self.probabilities.iter().map(|value| value.to_bits()).collect();
        serde_json::json!({ "classes": self.classes, "probabilities": probabilities, "targets": self.targets })
    }

    /// Adds the images of a stored state; one that is refused changes nothing.
    pub(crate) fn merge(&mut self, state: &Value) -> Result<(), protocols::BoxError> {
        let State { classes, probabilities, targets } = State::deserialize(state)?;
        let found = || {
            format!(
                "{} probabilities of {classes} classes and {} targets",
                probabilities.len(),
                targets.len()
            )
        };
        if classes != self.classes || targets.len().checked_mul(classes) != Some(probabilities.len()) {
            let expected = format!("one probability per target and class, {} classes", self.classes);
            return Err(Error::State { found: found(), expected }.into());
        }
        let probabilities: Vec<f32> = probabilities.into_iter().map(f32::from_bits).collect();
        let scores = ArrayView2::from_shape((targets.len(), classes), &probabilities)?;
        // What is stored are probabilities, whatever is added otherwise.
        Self { kind: ScoreKind::Probabilities, ..self.emptied() }.add(scores, &targets)?;
        self.probabilities.extend(probabilities);
        self.targets.extend(targets);
        Ok(())
    }

    fn emptied(&self) -> Self {
        Self::new(self.classes, self.kind)
    }
}

/// Probabilities of logits, computed in f64.
fn softmax(logits: ArrayView1<'_, f32>) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| (power / sum) as f32).collect()
}
