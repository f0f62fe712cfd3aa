use std::collections::BTreeMap;

use ndarray::ArrayView2;
use protocols::{BoxError, DatumMetadata, MergeableMetric, Metric, MetricMetadata, MetricValue, ScoreKind};
use serde_json::Value;

use crate::calibration_norm::calibration_error;
use crate::curves::{auroc, average_precision};
use crate::hinge_mode::hinge_loss;
use crate::score_table::ScoreTable;
use crate::{Average, CalibrationNorm, Counts, Error, HingeMode};

/// A calibration error has at most this many bins, and a curve this many thresholds.
const MOST_BINS: usize = 1 << 20;

/// Any number of metrics that are computed from all probabilities.
///
/// | setter | values |
/// | --- | --- |
/// | [`auroc`](ProbabilisticBuilder::auroc) | `auroc_macro`, …, `auroc_undefined` |
/// | [`average_precision`](ProbabilisticBuilder::average_precision) | `average_precision_macro`, …, `average_precision_undefined` |
/// | [`calibration_error`](ProbabilisticBuilder::calibration_error) | `calibration_error_l1_15`, … |
/// | [`hinge_loss`](ProbabilisticBuilder::hinge_loss) | `hinge_loss_crammer_singer`, … |
///
/// The probabilities of all images are kept: 4 bytes per image and class. Logits become probabilities by
/// softmax. (torchmetrics decides batch by batch whether scores are logits, by whether one of them lies outside
/// 0 to 1.)
///
/// ```
/// use classification_metrics::{Average, CalibrationNorm, Probabilistic};
/// use ndarray::array;
/// use protocols::{Metric, ScoreKind};
///
/// let mut metric = Probabilistic::builder(2, ScoreKind::Probabilities)
///     .auroc(Average::Macro)
///     .calibration_error(15, CalibrationNorm::L1)
///     .build()?;
/// metric.update(array![[0.75, 0.25], [0.25, 0.75], [0.0, 1.0]].view(), &[0, 0, 1], &[])?;
/// let values = metric.compute()?;
/// assert_eq!(values["auroc_macro"].as_scalar(), Some(1.0));
/// // Two images have a confidence of 0.75, and one of them is correct; one has 1 and is correct.
/// assert_eq!(values["calibration_error_l1_15"].as_scalar(), Some(0.25 * 2.0 / 3.0));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Probabilistic {
    metadata: MetricMetadata,
    table: ScoreTable,
    settings: ProbabilisticBuilder,
}

/// Chooses the metrics of a [`Probabilistic`].
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct ProbabilisticBuilder {
    classes: usize,
    scores: ScoreKind,
    aurocs: Vec<Average>,
    precisions: Vec<Average>,
    thresholds: Option<usize>,
    calibrations: Vec<(usize, CalibrationNorm)>,
    hinges: Vec<(HingeMode, bool)>,
}

impl ProbabilisticBuilder {
    /// Adds the area under the receiver operating characteristic of each class against the others, under an
    /// average.
    ///
    /// It is undefined (NaN) for a class without targets, and for one of which all images are. Such classes
    /// are left out of averages, and `auroc_undefined` is their number. (torchmetrics includes them as 0.)
    pub fn auroc(mut self, average: Average) -> Self {
        self.aurocs.push(average);
        self
    }

    /// Adds the average precision of each class against the others, under an average.
    ///
    /// It is undefined (NaN) for a class without targets. Such classes are left out of averages, as in
    /// torchmetrics, and `average_precision_undefined` is their number.
    pub fn average_precision(mut self, average: Average) -> Self {
        self.precisions.push(average);
        self
    }

    /// Computes AUROC and average precision from this many thresholds, evenly spaced from 0 to 1, instead of from every
    /// distinct probability: torchmetrics' `thresholds`.
    ///
    /// Both begin where nothing is predicted as the class, also if probabilities of 1 reach the highest threshold.
    /// (torchmetrics leaves the corner before it out of AUROC, and includes classes without targets as 0.)
    ///
    /// ```
    /// use classification_metrics::{Average, Probabilistic};
    /// use ndarray::array;
    /// use protocols::{Metric, ScoreKind};
    ///
    /// let auroc = Probabilistic::builder(2, ScoreKind::Probabilities).auroc(Average::Macro);
    /// let mut coarse = auroc.thresholds(3).build()?;
    /// // Both images reach the threshold 0 alone for class 1, and 0.5 for class 0: they cannot be told apart.
    /// coarse.update(array![[0.6, 0.4], [0.7, 0.3]].view(), &[1, 0], &[])?;
    /// assert_eq!(coarse.compute()?["auroc_macro"].as_scalar(), Some(0.5));
    /// # Ok::<(), protocols::BoxError>(())
    /// ```
    pub fn thresholds(mut self, count: usize) -> Self {
        self.thresholds = Some(count);
        self
    }

    /// Adds the calibration error over `bins` intervals of confidence, the largest probability: how far the
    /// share of correct predictions is from the mean confidence.
    ///
    /// Source: C. Guo et al., "On calibration of modern neural networks", 2017.
    pub fn calibration_error(mut self, bins: usize, norm: CalibrationNorm) -> Self {
        self.calibrations.push((bins, norm));
        self
    }

    /// Adds the mean hinge loss of the probabilities, `max(0, 1 - margin)`.
    pub fn hinge_loss(mut self, mode: HingeMode) -> Self {
        self.hinges.push((mode, false));
        self
    }

    /// Adds the mean squared hinge loss of the probabilities.
    pub fn squared_hinge_loss(mut self, mode: HingeMode) -> Self {
        self.hinges.push((mode, true));
        self
    }

    /// Builds the metric.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] unless there are 2 to 1,048,576 classes, [`Error::Undefined`] for
    /// [`Average::Micro`], [`Error::Bins`] unless there are 1 to 1,048,576 bins, [`Error::Thresholds`] unless there are
    /// 2 to 1,048,576 thresholds.
    pub fn build(self) -> Result<Probabilistic, Error> {
        Counts::new(self.classes, 1)?;
        for (metric, averages) in [("auroc", &self.aurocs), ("average_precision", &self.precisions)] {
            if let Some(&average) = averages.iter().find(|average| **average == Average::Micro) {
                return Err(Error::Undefined { metric, average });
            }
        }
        if let Some(&(bins, _)) = self.calibrations.iter().find(|(bins, _)| !(1..=MOST_BINS).contains(bins)) {
            return Err(Error::Bins { bins });
        }
        if let Some(thresholds) = self.thresholds.filter(|count| !(2..=MOST_BINS).contains(count)) {
            return Err(Error::Thresholds { thresholds });
        }
        let table = ScoreTable::new(self.classes, self.scores);
        Ok(Probabilistic { metadata: MetricMetadata::new("probabilistic"), table, settings: self })
    }
}

impl Probabilistic {
    /// Chooses the metrics over a number of classes; `scores` is what the model returns.
    pub fn builder(classes: usize, scores: ScoreKind) -> ProbabilisticBuilder {
        let (aurocs, precisions, calibrations, hinges) = (vec![], vec![], vec![], vec![]);
        let thresholds = None;
        ProbabilisticBuilder { classes, scores, aurocs, precisions, thresholds, calibrations, hinges }
    }

    /// The values of a curve's area, and the number of classes for which it is undefined.
    fn areas(
        &self,
        name: &str,
        averages: &[Average],
        area: fn(&ScoreTable, usize, Option<usize>) -> Option<f64>,
    ) -> Vec<(String, MetricValue)> {
        if averages.is_empty() {
            return vec![];
        }
        let (table, thresholds) = (&self.table, self.settings.thresholds);
        let areas: Vec<Option<f64>> =
            (0..table.classes()).map(|class| area(table, class, thresholds)).collect();
        let mut supports = vec![0.0; areas.len()];
        self.table.targets().iter().for_each(|&target| supports[target] += 1.0);
        let mean = |weight: &dyn Fn(usize) -> f64| {
            let defined =
                areas.iter().enumerate().filter_map(|(class, area)| Some((weight(class), (*area)?)));
            let (sum, total) =
                defined.fold((0.0, 0.0), |(sum, total), (w, area)| (sum + w * area, total + w));
            sum / total
        };
        let value = |average| match average {
            Average::PerClass => {
                MetricValue::PerClass(areas.iter().map(|area| area.unwrap_or(f64::NAN)).collect())
            }
            Average::Weighted => MetricValue::Scalar(mean(&|class| supports[class])),
            _ => MetricValue::Scalar(mean(&|_| 1.0)),
        };
        let undefined = areas.iter().filter(|area| area.is_none()).count();
        let undefined = (format!("{name}_undefined"), MetricValue::Scalar(undefined as f64));
        averages
            .iter()
            .map(|&average| (format!("{name}_{average}"), value(average)))
            .chain([undefined])
            .collect()
    }
}

impl Metric for Probabilistic {
    fn metadata(&self) -> &MetricMetadata {
        &self.metadata
    }

    fn reset(&mut self) {
        self.table.clear();
    }

    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        _metadata: &[DatumMetadata],
    ) -> Result<(), BoxError> {
        Ok(self.table.add(scores, targets)?)
    }

    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
        let (table, settings) = (&self.table, &self.settings);
        if table.targets().is_empty() {
            return Err(Error::Empty.into());
        }
        let mut values = BTreeMap::new();
        values.extend(self.areas("auroc", &settings.aurocs, auroc));
        values.extend(self.areas("average_precision", &settings.precisions, average_precision));
        for &(bins, norm) in &settings.calibrations {
            let value = MetricValue::Scalar(calibration_error(table, bins, norm));
            values.insert(format!("calibration_error_{norm}_{bins}"), value);
        }
        for &(mode, squared) in &settings.hinges {
            let losses = hinge_loss(table, mode, squared);
            let value = match losses[..] {
                [loss] => MetricValue::Scalar(loss),
                _ => MetricValue::PerClass(losses),
            };
            let name = if squared { "squared_hinge_loss" } else { "hinge_loss" };
            values.insert(format!("{name}_{mode}"), value);
        }
        Ok(values)
    }
}

impl MergeableMetric for Probabilistic {
    fn state(&self) -> Value {
        self.table.state()
    }

    fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
        self.table.merge(state)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn metric(scores: ScoreKind) -> Probabilistic {
        let builder = Probabilistic::builder(3, scores).auroc(Average::Macro).auroc(Average::PerClass);
        let builder = builder.average_precision(Average::PerClass).hinge_loss(HingeMode::CrammerSinger);
        builder.calibration_error(4, CalibrationNorm::Max).build().unwrap()
    }

    #[test]
    fn classes_without_a_curve_are_left_out_and_counted() {
        let mut metric = metric(ScoreKind::Probabilities);
        let scores = array![[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.75, 0.0, 0.25]];
        metric.update(scores.view(), &[0, 1, 0], &[]).unwrap();
        let values = metric.compute().unwrap();
        assert_eq!(values["auroc_undefined"].as_scalar(), Some(1.0));
        // Class 0: 0.25 is below both positives. Class 1: one negative of two is equal, the other below.
        assert_eq!(values["auroc_macro"].as_scalar(), Some(0.875));
        assert!(values["auroc_per_class"].as_per_class().unwrap()[2].is_nan());
        assert_eq!(values["average_precision_per_class"].as_per_class().unwrap()[..2], [1.0, 0.5]);
    }

    #[test]
    fn logits_become_probabilities() {
        let (mut logits, mut probabilities) = (metric(ScoreKind::Logits), metric(ScoreKind::Probabilities));
        logits.update(array![[0.0, 0.0, f32::ln(2.0)], [1e30, 0.0, 0.0]].view(), &[2, 1], &[]).unwrap();
        probabilities.update(array![[0.25, 0.25, 0.5], [1.0, 0.0, 0.0]].view(), &[2, 1], &[]).unwrap();
        let (a, b) = (logits.compute().unwrap(), probabilities.compute().unwrap());
        for (name, value) in a.iter().filter_map(|(name, value)| Some((name, value.as_scalar()?))) {
            assert!((value - b[name].as_scalar().unwrap()).abs() < 1e-7, "{name}");
        }
    }

    #[test]
    fn scores_of_the_wrong_kind_are_refused_and_forgotten() {
        let mut metric = metric(ScoreKind::Probabilities);
        let error = metric.update(array![[0.5, 0.5, 0.0], [0.0, 1.5, 0.0]].view(), &[0, 0], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the score of class 1 in row 1 is 1.5, expected a probability from 0 to 1"
        );
        assert_eq!(metric.compute().unwrap_err().to_string(), Error::Empty.to_string());
        let mut logits = self::metric(ScoreKind::Logits);
        assert!(logits.update(array![[0.0, f32::INFINITY, 0.0]].view(), &[0], &[]).is_err());
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let builder = || Probabilistic::builder(3, ScoreKind::Logits);
        let built = |builder: ProbabilisticBuilder| builder.build().map(|_| ()).unwrap_err();
        let (metric, average) = ("auroc", Average::Micro);
        assert_eq!(built(builder().auroc(Average::Micro)), Error::Undefined { metric, average });
        assert_eq!(built(builder().calibration_error(0, CalibrationNorm::L1)), Error::Bins { bins: 0 });
        assert_eq!(built(builder().thresholds(1)), Error::Thresholds { thresholds: 1 });
        assert_eq!(built(Probabilistic::builder(1, ScoreKind::Logits)), Error::Classes { classes: 1 });
    }

    #[test]
    fn a_forged_state_is_refused() {
        let mut metric = metric(ScoreKind::Probabilities);
        let bits = 0.5_f32.to_bits();
        for forged in [
            serde_json::json!({ "classes": 2, "probabilities": [bits, bits], "targets": [0] }),
            serde_json::json!({ "classes": 3, "probabilities": [bits, bits], "targets": [0] }),
            serde_json::json!({ "classes": 3, "probabilities": [bits, bits, bits], "targets": [3] }),
            serde_json::json!({ "classes": 3, "probabilities": [bits, bits, u32::MAX], "targets": [0] }),
        ] {
            assert!(metric.merge(&forged).is_err(), "{forged}");
        }
    }
}
