use protocols::MetricValue;
use serde::{Deserialize, Serialize};

use crate::counts::ClassCounts;
use crate::{Average, Counts};

/// What is computed from true and false positives and negatives, class by class.
///
/// A quotient whose denominator is zero is 0, as in torchmetrics.
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

    fn of(self, counts: ClassCounts) -> f64 {
        let ClassCounts { true_positives, false_positives, false_negatives } = counts;
        let (part, whole) = match self {
            Self::Accuracy | Self::Recall => (true_positives, true_positives + false_negatives),
            Self::Precision => (true_positives, true_positives + false_positives),
            Self::F1 => (2.0 * true_positives, 2.0 * true_positives + false_positives + false_negatives),
        };
        if whole == 0.0 { 0.0 } else { part / whole }
    }

    pub(crate) fn compute(self, average: Average, counts: &Counts) -> MetricValue {
        let classes = counts.by_class();
        let mean = |weigh: &dyn Fn(&ClassCounts) -> f64| {
            let weights: f64 = classes.iter().map(weigh).sum();
            let sum: f64 = classes.iter().map(|class| weigh(class) * self.of(*class)).sum();
            MetricValue::Scalar(if weights == 0.0 { 0.0 } else { sum / weights })
        };
        match average {
            Average::PerClass => MetricValue::PerClass(classes.iter().map(|class| self.of(*class)).collect()),
            Average::Micro => {
                let total = classes.iter().fold(ClassCounts::default(), |total, class| ClassCounts {
                    true_positives: total.true_positives + class.true_positives,
                    false_positives: total.false_positives + class.false_positives,
                    false_negatives: total.false_negatives + class.false_negatives,
                });
                MetricValue::Scalar(self.of(total))
            }
            Average::Weighted => mean(&|class| class.true_positives + class.false_negatives),
            Average::Macro => mean(&|class| {
                let predicted = if counts.top_k() == 1 { class.false_positives } else { 0.0 };
                f64::from(u8::from(class.true_positives + class.false_negatives + predicted > 0.0))
            }),
        }
    }
}
