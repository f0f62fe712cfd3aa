use classification_metrics::{Average, Counts, Multiclass, Score};
use protocols::Metric as _;
use results::{ItemResponse, Prediction, Setting};

use crate::Error;

/// The accuracy at a setting, counted from what the model said of each picture.
///
/// Whoever has the rows of all parts of a dataset has its accuracy: what is counted does not depend on how
/// the rows came together. Without a row both accuracies are NaN.
///
/// ```
/// use results::{Prediction, Setting, Value};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = |image_id, truth: &str, predicted: &str| Prediction {
///     setting: setting.clone(),
///     image_id,
///     datum: image_id.to_string(),
///     truth: truth.to_owned(),
///     predicted: predicted.to_owned(),
///     truth_score: 0.25,
///     predicted_score: 0.75,
/// };
/// let rows = [row(0, "Forest", "Forest"), row(1, "Forest", "River")];
/// let labels = ["Forest".to_owned(), "River".to_owned()];
/// let response = study::item_response(setting.clone(), &labels, &rows)?;
/// assert_eq!((response.accuracy_micro, response.count), (0.5, 2));
/// # Ok::<(), study::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Accuracy`] for a class that is not among `labels`, and unless there are at least two of them.
pub fn item_response(
    setting: Setting,
    labels: &[String],
    rows: &[Prediction],
) -> Result<ItemResponse, Error> {
    let failed = |source: protocols::BoxError| Error::Accuracy { setting: setting.to_string(), source };
    let class = |name: &str| {
        let class = labels.iter().position(|label| label == name);
        class.ok_or_else(|| failed(format!("the class `{name}` is not among the labels").into()))
    };
    let mut counts = Counts::new(labels.len(), 1).map_err(|e| failed(e.into()))?;
    for row in rows {
        counts.count(class(&row.truth)?, class(&row.predicted)?).map_err(|e| failed(e.into()))?;
    }
    if rows.is_empty() {
        return Ok(ItemResponse { setting, accuracy_macro: f64::NAN, accuracy_micro: f64::NAN, count: 0 });
    }
    let mut metric = Multiclass::builder(labels.len())
        .score(Score::Accuracy, Average::Macro)
        .score(Score::Accuracy, Average::Micro)
        .build()
        .map_err(|e| failed(e.into()))?;
    metric.merge_counts(&counts).map_err(|e| failed(e.into()))?;
    let values = metric.compute().map_err(failed)?;
    let value = |name| values.get(name).and_then(protocols::MetricValue::as_scalar).unwrap_or(f64::NAN);
    Ok(ItemResponse {
        accuracy_macro: value("accuracy_macro"),
        accuracy_micro: value("accuracy_micro"),
        count: rows.len(),
        setting,
    })
}
