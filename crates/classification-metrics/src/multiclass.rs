use std::collections::BTreeMap;

use ndarray::ArrayView2;
use protocols::{BoxError, DatumMetadata, MergeableMetric, Metric, MetricMetadata, MetricValue};
use serde::Deserialize as _;
use serde_json::Value;

use crate::{Average, Counts, Error, Score};

/// Any number of multiclass metrics, computed from one count.
///
/// Values are named by score and average (`accuracy_macro`), with `_top2` behind for top-2 counts; the
/// confusion matrix is `confusion_matrix`.
///
/// ```
/// use classification_metrics::{Average, Multiclass, Score};
/// use ndarray::array;
/// use protocols::{DatumMetadata, Metric, MetricValue};
///
/// let mut metric = Multiclass::top_k(3, 2)?.with(Score::Accuracy, Average::Macro).with_confusion_matrix();
/// metric.update(array![[0.5, 0.3, 0.2]].view(), &[1], &[DatumMetadata::new("0", 0)])?;
/// assert_eq!(metric.compute()?["accuracy_macro_top2"], MetricValue::Scalar(1.0));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Multiclass {
    metadata: MetricMetadata,
    counts: Counts,
    scores: Vec<(Score, Average)>,
    confusion_matrix: bool,
}

impl Multiclass {
    /// Takes the highest score as the prediction.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] unless there are 2 to 1,048,576 classes.
    pub fn new(classes: usize) -> Result<Self, Error> {
        Self::top_k(classes, 1)
    }

    /// Takes a picture as recognised if its class is among the `top_k` highest scores.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] as [`new`](Self::new), [`Error::TopK`] unless `top_k` is 1 to `classes`.
    pub fn top_k(classes: usize, top_k: usize) -> Result<Self, Error> {
        Ok(Self {
            metadata: MetricMetadata::new("multiclass"),
            counts: Counts::new(classes, top_k)?,
            scores: Vec::new(),
            confusion_matrix: false,
        })
    }

    /// Also computes `score` under `average`.
    #[must_use]
    pub fn with(mut self, score: Score, average: Average) -> Self {
        self.scores.push((score, average));
        self
    }

    /// Also gives the confusion matrix.
    #[must_use]
    pub fn with_confusion_matrix(mut self) -> Self {
        self.confusion_matrix = true;
        self
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes in what another part of the dataset counted.
    ///
    /// # Errors
    ///
    /// As [`Counts::merge`].
    pub fn merge_counts(&mut self, counts: &Counts) -> Result<(), Error> {
        self.counts.merge(counts)
    }
}

impl Metric for Multiclass {
    fn metadata(&self) -> &MetricMetadata {
        &self.metadata
    }

    fn reset(&mut self) {
        self.counts.reset();
    }

    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        _metadata: &[DatumMetadata],
    ) -> Result<(), BoxError> {
        Ok(self.counts.update(scores, targets)?)
    }

    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
        if self.counts.total() == 0 {
            return Err(Error::Empty.into());
        }
        let top =
            if self.counts.top_k() == 1 { String::new() } else { format!("_top{}", self.counts.top_k()) };
        let mut values: BTreeMap<_, _> = self
            .scores
            .iter()
            .map(|&(score, average)| {
                (format!("{}_{}{top}", score.name(), average.name()), score.compute(average, &self.counts))
            })
            .collect();
        if self.confusion_matrix {
            let matrix = self.counts.matrix().mapv(|count| count as f64);
            values.insert(format!("confusion_matrix{top}"), MetricValue::Matrix(matrix));
        }
        Ok(values)
    }
}

impl MergeableMetric for Multiclass {
    fn state(&self) -> Value {
        self.counts.to_json()
    }

    fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
        Ok(self.counts.merge(&Counts::deserialize(state)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    fn all(classes: usize) -> Multiclass {
        [Average::Micro, Average::Macro, Average::Weighted]
            .into_iter()
            .flat_map(|average| {
                [Score::Accuracy, Score::Precision, Score::Recall, Score::F1].map(|score| (score, average))
            })
            .fold(Multiclass::new(classes).unwrap(), |metric, (score, average)| metric.with(score, average))
    }

    fn value(metric: &Multiclass, name: &str) -> f64 {
        metric.compute().unwrap()[name].as_scalar().unwrap()
    }

    #[test]
    fn a_class_that_is_only_predicted_counts_as_zero_in_the_macro_average() {
        let mut metric = all(4);
        metric.update(array![[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]].view(), &[0, 0], &[]).unwrap();
        // Class 0: 1 of 2; class 2: predicted once, never true; classes 1 and 3 are left out.
        assert_eq!(value(&metric, "accuracy_macro"), 0.25);
        assert_eq!(value(&metric, "accuracy_micro"), 0.5);
        assert_eq!(value(&metric, "precision_macro"), 0.5);
        assert_eq!(value(&metric, "f1_weighted"), f64::from(2.0_f32 / 3.0));
    }

    #[test]
    fn nothing_counted_has_no_value() {
        assert_eq!(all(3).compute().unwrap_err().to_string(), Error::Empty.to_string());
    }

    #[test]
    fn a_class_that_is_only_predicted_counts_in_the_macro_f1_of_top_k_alone() {
        let averages = [Score::Accuracy, Score::Precision, Score::Recall, Score::F1];
        let mut metric = averages
            .into_iter()
            .fold(Multiclass::top_k(4, 2).unwrap(), |metric, score| metric.with(score, Average::Macro));
        let scores = array![[0.9, 0.1, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1]];
        metric.update(scores.view(), &[1, 1], &[]).unwrap();
        // Row 0 has class 1 among its two highest, row 1 is taken for class 2.
        assert_eq!(value(&metric, "accuracy_macro_top2"), 0.5);
        assert_eq!(value(&metric, "precision_macro_top2"), 1.0);
        assert_eq!(value(&metric, "recall_macro_top2"), 0.5);
        assert_eq!(value(&metric, "f1_macro_top2"), f64::from(2.0_f32 / 3.0 / 2.0));
    }

    #[test]
    fn a_state_of_something_else_is_refused() {
        let mut metric = all(3);
        for state in [all(4).state(), Multiclass::top_k(3, 2).unwrap().state(), Value::Null, 3.into()] {
            assert!(MergeableMetric::merge(&mut metric, &state).is_err(), "{state}");
        }
        assert!(MergeableMetric::merge(&mut metric, &all(3).state()).is_ok());
    }

    proptest! {
        #[test]
        fn batches_and_merging_do_not_matter(
            data in prop::collection::vec((prop::collection::vec(0.0_f32..1.0, 4), 0_usize..4), 1..40),
            split in 0.0_f64..1.0,
        ) {
            let split = (data.len() as f64 * split) as usize;
            let feed = |metric: &mut Multiclass, part: &[(Vec<f32>, usize)]| {
                let scores: Vec<f32> = part.iter().flat_map(|(scores, _)| scores.clone()).collect();
                let scores = Array2::from_shape_vec((part.len(), 4), scores).unwrap();
                let targets: Vec<usize> = part.iter().map(|(_, target)| *target).collect();
                metric.update(scores.view(), &targets, &[]).unwrap();
            };
            let (mut whole, mut first, mut second) = (all(4), all(4), all(4));
            feed(&mut whole, &data);
            feed(&mut first, &data[..split]);
            feed(&mut second, &data[split..]);
            let mut backwards = second.clone();
            backwards.merge_counts(first.counts()).unwrap();
            first.merge_counts(second.counts()).unwrap();
            prop_assert_eq!(first.counts(), whole.counts());
            prop_assert_eq!(backwards.counts(), whole.counts());
            let mut stored = all(4);
            stored.merge(&serde_json::from_str(&whole.state().to_string()).unwrap()).unwrap();
            prop_assert_eq!(stored.compute().unwrap(), whole.compute().unwrap());
        }
    }
}
