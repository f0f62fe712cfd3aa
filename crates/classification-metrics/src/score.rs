use protocols::MetricValue;
use serde::{Deserialize, Serialize};

use crate::counts::ClassCounts;
use crate::torch_sum::torch_sum;
use crate::{Average, Counts};

/// What is computed from true and false positives and negatives, class by class.
///
/// A quotient whose denominator is zero is 0, as in torchmetrics. Values are computed in f32 as there.
///
/// ```
/// use classification_metrics::Score;
///
/// assert_eq!(Score::F1.name(), "f1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Score {
    /// Share of a class's pictures that were recognised: `tp / (tp + fn)`, as torchmetrics'
    /// `MulticlassAccuracy` has it. Under [`Average::Micro`] it is the share of all pictures.
    Accuracy,
    /// Share of a class's predictions that were right: `tp / (tp + fp)`.
    Precision,
    /// Share of a class's pictures that were recognised: `tp / (tp + fn)`.
    Recall,
    /// Harmonic mean of precision and recall: `2 tp / (2 tp + fp + fn)`.
    F1,
}

impl Score {
    /// The score's name, as it stands in the names of values.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
        }
    }

    /// A class's score in f32, as torchmetrics divides: 0 where the denominator is.
    fn of(self, counts: ClassCounts) -> f32 {
        let ClassCounts { true_positives, false_positives, false_negatives } = counts;
        let (part, whole) = match self {
            Self::Accuracy | Self::Recall => (true_positives as f32, counts.targets() as f32),
            Self::Precision => (true_positives as f32, (true_positives + false_positives) as f32),
            Self::F1 => {
                let twice = 2.0 * true_positives as f32;
                (twice, twice + false_negatives as f32 + false_positives as f32)
            }
        };
        if whole == 0.0 { 0.0 } else { part / whole }
    }

    pub(crate) fn compute(self, average: Average, counts: &Counts) -> MetricValue {
        self.value(average, &counts.by_class(), counts.top_k())
    }

    /// Every operation is torchmetrics' own, in f32 and in its order, so that the value has the same bits.
    pub(crate) fn value(self, average: Average, classes: &[ClassCounts], top_k: usize) -> MetricValue {
        let mean = |weights: Vec<u64>| {
            let sum = weights.iter().sum::<u64>() as f32;
            if sum == 0.0 {
                return MetricValue::Scalar(0.0);
            }
            let shares: Vec<f32> = classes
                .iter()
                .zip(weights)
                .map(|(class, weight)| weight as f32 * self.of(*class) / sum)
                .collect();
            MetricValue::Scalar(torch_sum(&shares).into())
        };
        match average {
            Average::PerClass => {
                MetricValue::PerClass(classes.iter().map(|class| self.of(*class).into()).collect())
            }
            Average::Micro => MetricValue::Scalar(self.of(classes.iter().copied().sum()).into()),
            Average::Weighted => mean(classes.iter().map(|class| class.targets()).collect()),
            Average::Macro => mean(classes.iter().map(|class| u64::from(self.has(*class, top_k))).collect()),
        }
    }

    /// Whether a class counts in the macro average. Of top-k counts one that is only predicted does not,
    /// except in F1, whose original does not pass its k on.
    fn has(self, class: ClassCounts, top_k: usize) -> bool {
        class.targets() > 0 || ((top_k == 1 || self == Self::F1) && class.false_positives > 0)
    }
}
