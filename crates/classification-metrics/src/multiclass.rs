use std::collections::BTreeMap;

use ndarray::ArrayView2;
use protocols::{BoxError, DatumMetadata, MergeableMetric, Metric, MetricMetadata, MetricValue};
use serde::Deserialize as _;
use serde_json::Value;

use crate::class_counts::ClassCounts;
use crate::counts::check_matrix;
use crate::statistic::Statistic;
use crate::{Average, Counts, Error, Normalization, Score, Weighting, cohen_kappa, matthews_correlation};

/// Any number of metrics that are computed from one confusion matrix.
///
/// | setter | values |
/// | --- | --- |
/// | [`score`](MulticlassBuilder::score) | `accuracy_macro`, `f1_per_class`, … |
/// | [`f_beta`](MulticlassBuilder::f_beta) | `f2_macro`, `f0.5_micro`, … |
/// | [`stat_scores`](MulticlassBuilder::stat_scores) | `true_positives_macro`, `false_positives_macro`, `true_negatives_macro`, `false_negatives_macro`, `support_macro` |
/// | [`cohen_kappa`](MulticlassBuilder::cohen_kappa) | `cohen_kappa`, `cohen_kappa_linear`, `cohen_kappa_quadratic` |
/// | [`matthews_correlation`](MulticlassBuilder::matthews_correlation) | `matthews_correlation` |
/// | [`confusion_matrix`](MulticlassBuilder::confusion_matrix) | `confusion_matrix`, `confusion_matrix_truth`, … |
///
/// With top-k counts, `_top2` (for k = 2) is appended to each name.
///
/// ```
/// use classification_metrics::{Average, Multiclass, Score};
/// use ndarray::array;
/// use protocols::{DatumMetadata, Metric, MetricValue};
///
/// let mut metric = Multiclass::builder(3).top_k(2).score(Score::Accuracy, Average::Macro).build()?;
/// metric.update(array![[0.5, 0.3, 0.2]].view(), &[1], &[DatumMetadata::new("0", 0)])?;
/// assert_eq!(metric.compute()?["accuracy_macro_top2"], MetricValue::Scalar(1.0));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Multiclass {
    metadata: MetricMetadata,
    counts: Counts,
    settings: MulticlassBuilder,
}

/// Chooses the metrics of a [`Multiclass`].
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct MulticlassBuilder {
    classes: usize,
    top_k: usize,
    statistics: Vec<(Statistic, Average)>,
    stat_scores: Vec<Average>,
    kappas: Vec<Weighting>,
    matthews: bool,
    matrices: Vec<Normalization>,
}

impl MulticlassBuilder {
    /// Counts an image as correct if its class is among the `top_k` highest scores. 1 by default.
    pub fn top_k(self, top_k: usize) -> Self {
        Self { top_k, ..self }
    }

    /// Adds a score under an average.
    pub fn score(mut self, score: Score, average: Average) -> Self {
        self.statistics.push((Statistic::Score(score), average));
        self
    }

    /// Adds the F-beta score under an average. It weighs recall `beta` times as much as precision:
    /// `(1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp)`.
    pub fn f_beta(mut self, beta: f64, average: Average) -> Self {
        self.statistics.push((Statistic::FBeta(beta), average));
        self
    }

    /// Adds true and false positives and negatives and the support (the number of targets) under an
    /// average. As in torchmetrics, the macro average is over all classes here.
    pub fn stat_scores(mut self, average: Average) -> Self {
        self.stat_scores.push(average);
        self
    }

    /// Adds [Cohen's kappa](cohen_kappa).
    pub fn cohen_kappa(mut self, weighting: Weighting) -> Self {
        self.kappas.push(weighting);
        self
    }

    /// Adds [Matthews' correlation coefficient](matthews_correlation).
    pub fn matthews_correlation(self) -> Self {
        Self { matthews: true, ..self }
    }

    /// Adds the confusion matrix: one row per true class, one column per predicted class.
    pub fn confusion_matrix(mut self, normalization: Normalization) -> Self {
        self.matrices.push(normalization);
        self
    }

    /// Builds the metric.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] unless there are 2 to 1,048,576 classes, [`Error::TopK`] unless `top_k` is 1 to
    /// `classes`, [`Error::Beta`] unless each beta is positive and finite, [`Error::MatrixSize`] for a
    /// confusion matrix of more than 16,384 classes.
    pub fn build(self) -> Result<Multiclass, Error> {
        let counts = Counts::new(self.classes, self.top_k)?;
        for (statistic, _) in &self.statistics {
            if let Statistic::FBeta(beta) = *statistic
                && !(beta > 0.0 && beta.is_finite())
            {
                return Err(Error::Beta { beta });
            }
        }
        if !self.matrices.is_empty() {
            check_matrix(self.classes)?;
        }
        Ok(Multiclass { metadata: MetricMetadata::new("multiclass"), counts, settings: self })
    }
}

impl Multiclass {
    /// Chooses the metrics over a number of classes.
    pub fn builder(classes: usize) -> MulticlassBuilder {
        MulticlassBuilder {
            classes,
            top_k: 1,
            statistics: Vec::new(),
            stat_scores: Vec::new(),
            kappas: Vec::new(),
            matthews: false,
            matrices: Vec::new(),
        }
    }

    /// The counts since the last reset.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Adds the counts of another part of the dataset.
    ///
    /// # Errors
    ///
    /// As [`Counts::merge`].
    pub fn merge_counts(&mut self, counts: &Counts) -> Result<(), Error> {
        self.counts.merge(counts)
    }

    fn values(&self) -> Result<BTreeMap<String, MetricValue>, Error> {
        let (counts, settings) = (&self.counts, &self.settings);
        let classes = counts.by_class();
        let mut values = BTreeMap::new();
        for &(statistic, average) in &settings.statistics {
            let kept = statistic.kept(&classes, counts.top_k());
            let value = statistic.value(average, &classes, &kept);
            values.insert(format!("{}_{average}", statistic.name()), value);
        }
        for &average in &settings.stat_scores {
            values.extend(stat_scores(average, &classes));
        }
        for &weighting in &settings.kappas {
            let name = match weighting {
                Weighting::None => "cohen_kappa".to_owned(),
                weighted => format!("cohen_kappa_{weighted}"),
            };
            values.insert(name, MetricValue::Scalar(cohen_kappa(counts, weighting)?));
        }
        if settings.matthews {
            let value = MetricValue::Scalar(matthews_correlation(counts)?);
            values.insert("matthews_correlation".to_owned(), value);
        }
        for &normalization in &settings.matrices {
            let name = match normalization {
                Normalization::None => "confusion_matrix".to_owned(),
                normalized => format!("confusion_matrix_{normalized}"),
            };
            values.insert(name, MetricValue::Matrix(normalization.apply(&counts.matrix()?)));
        }
        Ok(values)
    }
}

type Column = fn(&ClassCounts) -> u64;

/// True and false positives and negatives and the support, averaged.
fn stat_scores(average: Average, classes: &[ClassCounts]) -> impl Iterator<Item = (String, MetricValue)> {
    let columns: [(&str, Column); 5] = [
        ("true_positives", |class| class.true_positives),
        ("false_positives", |class| class.false_positives),
        ("true_negatives", |class| class.true_negatives),
        ("false_negatives", |class| class.false_negatives),
        ("support", |class| class.targets()),
    ];
    let support: f64 = classes.iter().map(|class| class.targets() as f64).sum();
    columns.into_iter().map(move |(name, column)| {
        let counts = classes.iter().map(|class| column(class) as f64);
        let value = match average {
            Average::PerClass => MetricValue::PerClass(counts.collect()),
            Average::Micro => MetricValue::Scalar(counts.sum()),
            Average::Macro => MetricValue::Scalar(counts.sum::<f64>() / classes.len() as f64),
            Average::Weighted => {
                let weighted = counts.zip(classes).map(|(count, class)| count * class.targets() as f64);
                MetricValue::Scalar(weighted.sum::<f64>() / support)
            }
        };
        (format!("{name}_{average}"), value)
    })
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
        let values = self.values()?;
        Ok(match self.counts.top_k() {
            1 => values,
            k => values.into_iter().map(|(name, value)| (format!("{name}_top{k}"), value)).collect(),
        })
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

    fn with_all(builder: MulticlassBuilder) -> Multiclass {
        let pairs = Average::ALL.iter().flat_map(|&a| Score::ALL.iter().map(move |&s| (s, a)));
        pairs.fold(builder, |builder, (score, average)| builder.score(score, average)).build().unwrap()
    }

    fn all(classes: usize) -> Multiclass {
        with_all(Multiclass::builder(classes))
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
        let mut metric = with_all(Multiclass::builder(4).top_k(2));
        let scores = array![[0.9, 0.1, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1]];
        metric.update(scores.view(), &[1, 1], &[]).unwrap();
        // Row 0 has class 1 among its two highest, row 1 is taken for class 2.
        assert_eq!(value(&metric, "accuracy_macro_top2"), 0.5);
        assert_eq!(value(&metric, "precision_macro_top2"), 1.0);
        assert_eq!(value(&metric, "recall_macro_top2"), 0.5);
        assert_eq!(value(&metric, "f1_macro_top2"), f64::from(2.0_f32 / 3.0 / 2.0));
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let built = |builder: MulticlassBuilder| builder.build().map(|_| ()).unwrap_err();
        assert_eq!(built(Multiclass::builder(1)), Error::Classes { classes: 1 });
        assert_eq!(built(Multiclass::builder(3).top_k(4)), Error::TopK { top_k: 4, classes: 3 });
        for beta in [0.0, -1.0, f64::INFINITY] {
            assert_eq!(built(Multiclass::builder(3).f_beta(beta, Average::Micro)), Error::Beta { beta });
        }
        let large = Multiclass::builder(20_000);
        assert!(large.clone().build().is_ok());
        let matrix = large.confusion_matrix(Normalization::Truth);
        assert_eq!(built(matrix), Error::MatrixSize { classes: 20_000, most: 1 << 14 });
    }

    #[test]
    fn a_state_of_something_else_is_refused() {
        let mut metric = all(3);
        let top = Multiclass::builder(3).top_k(2).build().unwrap();
        for state in [all(4).state(), top.state(), Value::Null, 3.into()] {
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
