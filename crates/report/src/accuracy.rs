use classification_metrics::{Average, Counts, Score, bootstrap_interval, wilson_interval};
use results::{ItemResponse, Prediction, Setting};

use crate::confusion::{Confusion, confusions};

/// The confidence level of every interval.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// A point of the item-response curve, with its confidence intervals.
///
/// ```
/// use report::accuracy_points;
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.5, count: 10, metrics: Values::default() };
/// let points = accuracy_points(&[row], &[], 7);
/// let (low, high) = points[0].micro_interval;
/// assert!((low - 0.2366).abs() < 1e-4 && (high - 0.7634).abs() < 1e-4);
/// assert_eq!(points[0].macro_interval, None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AccuracyPoint {
    /// The accuracies, and the number of images that they are over.
    pub response: ItemResponse,
    /// The 95 % interval of the micro average (Wilson's).
    pub micro_interval: (f64, f64),
    /// The 95 % interval of the macro average (stratified bootstrap); none without the setting's predictions.
    pub macro_interval: Option<(f64, f64)>,
}

impl AccuracyPoint {
    pub(crate) fn setting(&self) -> &Setting {
        &self.response.setting
    }
}

/// Returns each row with its 95 % intervals.
///
/// The interval of the micro average is Wilson's, over `count` images. That of the macro average is the percentile
/// interval of a bootstrap that resamples each class's images from its own, seeded by `seed`; it needs the
/// `predictions` of the setting.
#[must_use]
pub fn accuracy_points(rows: &[ItemResponse], predictions: &[Prediction], seed: u64) -> Vec<AccuracyPoint> {
    let confusions = confusions(predictions, &[]);
    rows.iter()
        .map(|row| AccuracyPoint {
            micro_interval: micro_interval(row),
            macro_interval: confusions
                .iter()
                .find(|confusion| confusion.setting == row.setting)
                .and_then(|confusion| macro_interval(confusion, seed)),
            response: row.clone(),
        })
        .collect()
}

/// An accuracy outside 0 to 1 says nothing, so its interval is everything.
fn micro_interval(row: &ItemResponse) -> (f64, f64) {
    let right = (row.accuracy_micro * row.count as f64).round();
    if !(0.0..=row.count as f64).contains(&right) {
        return (0.0, 1.0);
    }
    wilson_interval(right as u64, row.count as u64, CONFIDENCE).unwrap_or((0.0, 1.0))
}

fn macro_interval(confusion: &Confusion, seed: u64) -> Option<(f64, f64)> {
    // Counts need at least two classes; one that never occurs changes nothing.
    let mut counts = Counts::new(confusion.labels.len().max(2), 1).ok()?;
    for ((truth, predicted), &count) in confusion.counts.indexed_iter() {
        for _ in 0..count {
            counts.count(truth, predicted).ok()?;
        }
    }
    bootstrap_interval(&counts, Score::Accuracy, Average::Macro, CONFIDENCE, seed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Value, Values};

    #[test]
    fn a_macro_interval_needs_the_predictions_of_its_setting() {
        let setting = |value: f64| Setting::new("Blur", "ksize", Value::from(value));
        let row = |value, accuracy| ItemResponse {
            setting: setting(value),
            accuracy_macro: accuracy,
            accuracy_micro: accuracy,
            count: 4,
            metrics: Values::default(),
        };
        let prediction = |image_id, truth: &str, predicted: &str| Prediction {
            setting: setting(3.0),
            image_id,
            datum: image_id.to_string(),
            truth: truth.into(),
            predicted: predicted.into(),
            truth_score: 0.5,
            predicted_score: 0.5,
            scores: Vec::new(),
        };
        let predictions = [
            prediction(0, "a", "a"),
            prediction(1, "a", "b"),
            prediction(2, "b", "b"),
            prediction(3, "b", "b"),
        ];
        let points = accuracy_points(&[row(1.0, f64::NAN), row(3.0, 0.75)], &predictions, 1);
        assert_eq!((points[0].micro_interval, points[0].macro_interval), ((0.0, 1.0), None));
        // Class a is right for none, one or both of its draws; class b always.
        assert_eq!(points[1].macro_interval, Some((0.5, 1.0)));
    }
}
