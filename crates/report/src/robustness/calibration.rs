use results::{Prediction, Setting};

use crate::chart::by_setting;

/// Bins of the calibration error, as torchmetrics has by default.
const BINS: usize = 15;

/// How well the model's confidence matches its accuracy at one setting. The confidence of a prediction is the score of
/// the predicted class.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Calibration {
    /// How the images were perturbed.
    pub setting: Setting,
    /// How many predictions there are.
    pub count: usize,
    /// The expected calibration error, 0 to 1; none if a score lies outside 0 to 1, and so is no probability.
    pub expected_error: Option<f64>,
    /// The mean confidence of the right predictions; none if there are none.
    pub confidence_right: Option<f64>,
    /// The mean confidence of the wrong predictions; none if there are none.
    pub confidence_wrong: Option<f64>,
}

/// Returns the calibration at each setting, in the order of the predictions.
///
/// The expected calibration error (Naeini, Cooper and Hauskrecht 2015) sorts the n predictions into 15 bins of equal
/// width by confidence, as torchmetrics' `MulticlassCalibrationError` does with its defaults:
///
/// ```text
/// ECE = sum over bins of |right in the bin - sum of confidences in the bin| / n
/// ```
///
/// ```
/// use report::calibrations;
/// use results::{Prediction, Setting, Value};
///
/// let row = |image_id, predicted: &str, predicted_score| Prediction {
///     setting: Setting::new("SaltNoise", "amount", Value::from(0.1)),
///     image_id,
///     datum: image_id.to_string(),
///     truth: "Forest".into(),
///     predicted: predicted.into(),
///     truth_score: 0.1,
///     predicted_score,
///     scores: Vec::new(),
/// };
/// let calibration = &calibrations(&[row(0, "Forest", 0.75), row(1, "River", 0.5)])[0];
/// // |1 - 0.75| and |0 - 0.5|, over two predictions.
/// assert_eq!(calibration.expected_error, Some(0.375));
/// assert_eq!((calibration.confidence_right, calibration.confidence_wrong), (Some(0.75), Some(0.5)));
/// ```
#[must_use]
pub fn calibrations(predictions: &[Prediction]) -> Vec<Calibration> {
    by_setting(predictions, |row| &row.setting).iter().map(|rows| calibration(rows)).collect()
}

fn calibration(rows: &[&Prediction]) -> Calibration {
    let is_right = |row: &&&Prediction| row.truth == row.predicted;
    let mean = |right: bool| {
        let scores = rows.iter().filter(|row| is_right(row) == right).map(|row| row.predicted_score);
        let (sum, count) = scores.fold((0.0, 0_usize), |(sum, count), score| (sum + score, count + 1));
        (count > 0).then(|| sum / count as f64)
    };
    let probabilities = rows.iter().all(|row| (0.0..=1.0).contains(&row.predicted_score));
    let mut bins = [0.0; BINS + 1];
    for row in rows {
        // A confidence of exactly 1 has a bin of its own, as in torchmetrics.
        let bin = (row.predicted_score * BINS as f64) as usize;
        bins[bin.min(BINS)] += f64::from(u8::from(is_right(&row))) - row.predicted_score;
    }
    let error = bins.iter().map(|difference: &f64| difference.abs()).sum::<f64>() / rows.len() as f64;
    Calibration {
        setting: rows[0].setting.clone(),
        count: rows.len(),
        expected_error: probabilities.then_some(error),
        confidence_right: mean(true),
        confidence_wrong: mean(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Value;

    fn row(right: bool, predicted_score: f64) -> Prediction {
        Prediction {
            setting: Setting::new("Blur", "ksize", Value::from(3.0)),
            image_id: 0,
            datum: String::new(),
            truth: "a".into(),
            predicted: if right { "a" } else { "b" }.into(),
            truth_score: 0.0,
            predicted_score,
            scores: Vec::new(),
        }
    }

    #[test]
    fn errors_within_a_bin_cancel_and_between_bins_do_not() {
        // One bin: 1 right of 2 at a confidence of about a half.
        let one = calibrations(&[row(true, 0.5), row(false, 0.5)]);
        assert_eq!(one[0].expected_error, Some(0.0));
        // Two bins: certain and wrong, doubtful and right.
        let two = calibrations(&[row(false, 1.0), row(true, 0.25)]);
        assert_eq!(two[0].expected_error, Some(0.875));
        assert_eq!(
            (two[0].confidence_right, two[0].confidence_wrong, two[0].count),
            (Some(0.25), Some(1.0), 2)
        );
    }

    #[test]
    fn scores_that_are_no_probabilities_have_no_calibration_error() {
        for score in [1.5, -0.1, f64::NAN] {
            assert_eq!(calibrations(&[row(true, 0.5), row(true, score)])[0].expected_error, None, "{score}");
        }
    }
}
