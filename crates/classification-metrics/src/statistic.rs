use protocols::MetricValue;

use crate::class_counts::ClassCounts;
use crate::torch_sum::torch_sum;
use crate::{Average, Score};

/// What is computed class by class: a score, or F-beta with its parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Statistic {
    Score(Score),
    FBeta(f64),
}

impl Statistic {
    /// The statistic's name, which begins the names of its values.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Score(score) => score.to_string(),
            Self::FBeta(beta) => format!("f{beta}"),
        }
    }

    /// The statistic of one class in f32, as torchmetrics divides: 0 if the denominator is 0.
    fn of(self, counts: ClassCounts) -> f32 {
        let ClassCounts { true_positives, false_positives, false_negatives, true_negatives } = counts;
        let [tp, fp, missed, tn] =
            [true_positives, false_positives, false_negatives, true_negatives].map(|count| count as f32);
        let share = |part: f32, whole: f32| if whole == 0.0 { 0.0 } else { part / whole };
        let sum = |a: u64, b: u64| a.saturating_add(b) as f32;
        match self {
            Self::Score(Score::Accuracy | Score::Recall) => share(tp, counts.targets() as f32),
            Self::Score(Score::Precision) => share(tp, sum(true_positives, false_positives)),
            Self::Score(Score::F1) => share(2.0 * tp, 2.0 * tp + missed + fp),
            Self::Score(Score::Specificity) => share(tn, sum(true_negatives, false_positives)),
            Self::Score(Score::NegativePredictiveValue) => share(tn, sum(true_negatives, false_negatives)),
            Self::Score(Score::HammingDistance) => 1.0 - share(tp, counts.targets() as f32),
            Self::Score(Score::JaccardIndex) => share(tp, sum(counts.targets(), false_positives)),
            Self::FBeta(beta) => {
                let square = (beta * beta) as f32;
                share((1.0 + square) * tp, (1.0 + square) * tp + square * missed + fp)
            }
        }
    }

    /// Computes the statistic of all classes, of which `kept` are part of the macro average.
    ///
    /// Every operation is that of torchmetrics, in f32 and in its order, so that the value has the same bits.
    pub(crate) fn value(self, average: Average, classes: &[ClassCounts], kept: &[bool]) -> MetricValue {
        let mean = |weights: &mut dyn Iterator<Item = u64>| {
            let weights: Vec<u64> = weights.collect();
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
            Average::Weighted => mean(&mut classes.iter().map(|class| class.targets())),
            Average::Macro => mean(&mut kept.iter().map(|&kept| u64::from(kept))),
        }
    }

    /// The classes that are part of the macro average.
    ///
    /// A class that is neither a target nor a prediction is left out. With top-k counts, torchmetrics also
    /// leaves out a class that is only predicted, but not in all scores, since some do not pass their k on.
    pub(crate) fn kept(self, classes: &[ClassCounts], top_k: usize) -> Vec<bool> {
        let targets_only = top_k > 1
            && matches!(
                self,
                Self::Score(
                    Score::Accuracy | Score::Precision | Score::Recall | Score::NegativePredictiveValue
                )
            );
        let kept = |class: &ClassCounts| class.targets() > 0 || (!targets_only && class.false_positives > 0);
        classes.iter().map(kept).collect()
    }
}
