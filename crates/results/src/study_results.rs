use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::{Error, ItemResponse, Prediction, Robustness, SaliencyComparison, SaliencyDrift, Skipped};

/// What was run: what a reader needs to judge a study's numbers and to reproduce them.
///
/// ```
/// use results::RunInfo;
///
/// let run = RunInfo {
///     program: "stressmap 0.1.0".into(),
///     command: "stressmap run --limit 200".into(),
///     dataset: "landcover".into(),
///     model: "eurosat-convnext".into(),
///     details: vec![("RISE masks".into(), "200".into())],
///     ..RunInfo::default()
/// };
/// assert_eq!(run.seed, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    /// What ran the study: its name and version.
    pub program: String,
    /// The command that reproduces these results.
    pub command: String,
    /// The dataset's name.
    pub dataset: String,
    /// The model's name.
    pub model: String,
    /// The dataset's classes, in its order.
    pub labels: Vec<String>,
    /// Images that were taken from the dataset.
    pub images: usize,
    /// Seed of everything that is random.
    pub seed: u64,
    /// Further details by name, such as the settings of the maps and versions.
    pub details: Vec<(String, String)>,
    /// The whole study as data, such as the text of its `study.toml`.
    pub study: String,
}

/// Everything a study found, and what was run.
///
/// The tables are those of the CSV files; this value holds them all, for programs to pass on.
///
/// ```
/// use results::{ItemResponse, Setting, StudyResults, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: f64::NAN, accuracy_micro: 0.5, count: 4, metrics: Values::default() };
/// let results = StudyResults { item_response: vec![row], ..StudyResults::default() };
/// let mut file = Vec::new();
/// results.write_json(&mut file)?;
/// let read = StudyResults::read_json(file.as_slice())?;
/// assert_eq!(read.item_response[0].accuracy_micro, 0.5);
/// assert!(read.item_response[0].accuracy_macro.is_nan());
/// # Ok::<(), results::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StudyResults {
    /// What was run.
    pub run: RunInfo,
    /// The accuracy at each setting, in the order of the sweeps.
    pub item_response: Vec<ItemResponse>,
    /// What the model predicted for each image, setting by setting.
    pub predictions: Vec<Prediction>,
    /// Each image's maps compared, setting by setting.
    pub saliency_metrics: Vec<SaliencyComparison>,
    /// How each image's maps have moved from those at the sweep's first setting, setting by setting.
    pub saliency_drift: Vec<SaliencyDrift>,
    /// How robust the model is, in numbers computed from the other tables.
    pub robustness: Vec<Robustness>,
    /// Images that failed and were skipped.
    pub skipped: Vec<Skipped>,
}

impl StudyResults {
    /// Writes everything as one JSON object, without spaces. NaN and infinities are written as the strings `NaN`,
    /// `inf` and `-inf`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if `out` cannot be written to.
    pub fn write_json(&self, out: impl Write) -> Result<(), Error> {
        serde_json::to_writer(out, self).map_err(|e| Error::Write { format: "JSON", source: e.into() })
    }

    /// Reads what [`write_json`](Self::write_json) wrote, to the same bits.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if the input is not such an object; the source names the place.
    pub fn read_json(input: impl Read) -> Result<Self, Error> {
        serde_json::from_reader(input).map_err(|e| Error::Read { format: "JSON", source: e.into() })
    }

    /// The accuracy at each setting as text, one line per setting, and the number of skipped images if there are any.
    ///
    /// ```
    /// use results::{ItemResponse, Setting, StudyResults, Value, Values};
    ///
    /// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
    /// let row =
    ///     ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.625, count: 8, metrics: Values::default() };
    /// let results = StudyResults { item_response: vec![row], ..StudyResults::default() };
    /// let summary = results.summary();
    /// assert_eq!(summary.lines().nth(1), Some("SaltNoise amount 0.1                0.500    0.625       8"));
    /// ```
    #[must_use]
    pub fn summary(&self) -> String {
        let line = |setting: &str, values: [&str; 3]| {
            let [macro_accuracy, micro_accuracy, images] = values;
            format!("{setting:<32} {macro_accuracy:>8} {micro_accuracy:>8} {images:>7}")
        };
        let mut lines = vec![line("setting", ["macro", "micro", "images"])];
        for row in &self.item_response {
            let [macro_accuracy, micro_accuracy] =
                [row.accuracy_macro, row.accuracy_micro].map(|accuracy| format!("{accuracy:.3}"));
            let values = [&macro_accuracy, &micro_accuracy, &row.count.to_string()];
            lines.push(line(&row.setting.to_string(), values.map(String::as_str)));
        }
        match self.skipped.len() {
            0 => {}
            1 => lines.push("\n1 image was skipped at one setting: see skipped.csv".to_owned()),
            count => lines.push(format!("\nimages were skipped {count} times: see skipped.csv")),
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Setting, Value, Values};

    #[test]
    fn a_whole_study_reads_back_to_the_same() {
        let setting = Setting::new("Blur", "ksize;sigma", Value::from(vec![5.0, 0.1]));
        let (truth, predicted) = ("Annual \"Crop\"".to_owned(), "</script>".to_owned());
        let results = StudyResults {
            run: RunInfo {
                command: "stressmap run --out 'a b'".into(),
                labels: vec![truth.clone(), predicted.clone()],
                seed: u64::MAX,
                details: vec![("RISE masks".into(), "200".into())],
                ..RunInfo::default()
            },
            item_response: vec![ItemResponse {
                setting: setting.clone(),
                accuracy_macro: 0.1 + 0.2,
                accuracy_micro: 1.0,
                count: 3,
                metrics: Values::from_iter([("f1_macro", f64::NEG_INFINITY)]),
            }],
            predictions: vec![Prediction {
                setting: setting.clone(),
                image_id: 2,
                datum: "a/b.png".into(),
                truth: truth.clone(),
                predicted: predicted.clone(),
                truth_score: f64::from(0.1_f32),
                predicted_score: 1e-300,
                scores: vec![f64::from(0.1_f32), 1e-300],
            }],
            saliency_metrics: vec![SaliencyComparison {
                setting: setting.clone(),
                image_id: 2,
                truth,
                predicted,
                truth_score: 0.0,
                predicted_score: -0.0,
                metrics: Values::from_iter([("entropy", 11.822_123_456_789_01), ("ssd", f64::INFINITY)]),
            }],
            saliency_drift: vec![SaliencyDrift {
                setting: setting.clone(),
                image_id: 2,
                truth: "a".into(),
                predicted: "b".into(),
                reference_predicted: "c".into(),
                kept: false,
                truth_pearson: 0.1 + 0.2,
                truth_spearman: -0.0,
                truth_ssd: 1e-300,
                truth_iou: 0.5,
                truth_shift: 0.25,
                predicted_pearson: f64::NEG_INFINITY,
                predicted_spearman: -1.0,
                predicted_ssd: f64::INFINITY,
                predicted_iou: 1.0,
                predicted_shift: 0.0,
                noise_pearson: 0.7,
            }],
            robustness: vec![Robustness {
                perturber: "Blur".into(),
                parameter: "ksize".into(),
                value: None,
                class: Some("a".into()),
                image_id: Some(3),
                measure: "area_micro".into(),
                number: f64::INFINITY,
            }],
            skipped: vec![Skipped {
                setting,
                image_id: 1,
                datum: "c".into(),
                error: "cannot\ndecode".into(),
            }],
        };
        let mut file = Vec::new();
        results.write_json(&mut file).unwrap();
        assert_eq!(StudyResults::read_json(file.as_slice()).unwrap(), results);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let text = r#"{"item_response":[{"perturber":"a","parameter":"b","value":"1","accuracy_macro":null,"accuracy_micro":1,"count":1}]}"#;
        assert!(StudyResults::read_json(text.as_bytes()).is_err());
        let text = text.replace("null", "\"many\"");
        let error = StudyResults::read_json(text.as_bytes()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("expected a number, or `NaN`"), "{cause}");
        assert!(StudyResults::read_json(text.replace("\"many\"", "1").as_bytes()).is_ok());
    }
}
