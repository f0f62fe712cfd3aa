use classification_metrics::{Average, Counts, Multiclass, Score};
use ndarray::Array2;
use protocols::{BoxError, DatumMetadata, Metric as _, MetricValue};
use results::{ItemResponse, Prediction, Row as _, Setting, Values};

use crate::study::{MetricFactory, classes};

/// The accuracies and further metrics of a setting's predictions.
pub(crate) fn item_response(
    setting: &Setting,
    labels: &[String],
    rows: &[Prediction],
    metrics: &[MetricFactory],
) -> Result<ItemResponse, BoxError> {
    let classes = classes(labels);
    let class = |name: &str| {
        let class = classes.get(name).copied();
        class.ok_or_else(|| BoxError::from(format!("the class `{name}` is not one of the model's")))
    };
    let mut counts = Counts::new(labels.len(), 1)?;
    let mut targets = Vec::with_capacity(rows.len());
    for row in rows {
        let truth = class(&row.truth)?;
        counts.count(truth, class(&row.predicted)?)?;
        targets.push(truth);
    }
    let (mut accuracy_macro, mut accuracy_micro) = (f64::NAN, f64::NAN);
    if !rows.is_empty() {
        let mut accuracy = Multiclass::builder(labels.len())
            .score(Score::Accuracy, Average::Macro)
            .score(Score::Accuracy, Average::Micro)
            .build()?;
        accuracy.merge_counts(&counts)?;
        let values = accuracy.compute()?;
        let value = |name: &str| {
            let value = values.get(name).and_then(MetricValue::as_scalar);
            value.ok_or_else(|| BoxError::from(format!("the accuracy has no value `{name}`")))
        };
        (accuracy_macro, accuracy_micro) = (value("accuracy_macro")?, value("accuracy_micro")?);
    }
    let mut found: Vec<(String, f64)> = Vec::new();
    for metric in metrics {
        found.extend(metric_values(metric, labels, rows, &targets)?);
    }
    for (at, (name, _)) in found.iter().enumerate() {
        if ItemResponse::COLUMNS.contains(&name.as_str())
            || found.iter().take(at).any(|(other, _)| other == name)
        {
            return Err(format!("there are two columns `{name}`, expected each name once").into());
        }
    }
    let metrics = Values::from_iter(found);
    Ok(ItemResponse { setting: setting.clone(), accuracy_macro, accuracy_micro, count: rows.len(), metrics })
}

/// A metric's values as columns: one per number, and one per class for a number per class.
fn metric_values(
    metric: &MetricFactory,
    labels: &[String],
    rows: &[Prediction],
    targets: &[usize],
) -> Result<Vec<(String, f64)>, BoxError> {
    let mut metric = metric(labels)?;
    let name = metric.metadata().id.clone();
    let failed = |why: String| BoxError::from(format!("metric `{name}`: {why}"));
    metric.reset();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut scores = Array2::zeros((rows.len(), labels.len()));
    for (row, mut to) in rows.iter().zip(scores.rows_mut()) {
        if row.scores.len() != labels.len() {
            let (found, image, expected) = (row.scores.len(), row.image_id, labels.len());
            return Err(failed(format!("image {image} has {found} scores, expected {expected}")));
        }
        // The scores were f32 before they became rows.
        to.iter_mut().zip(&row.scores).for_each(|(to, &score)| *to = score as f32);
    }
    let metadata: Vec<_> = rows.iter().map(|row| DatumMetadata::new(&row.datum, row.image_id)).collect();
    metric.update(scores.view(), targets, &metadata)?;
    let mut found = Vec::new();
    for (name, value) in metric.compute()? {
        if let Some(value) = value.as_scalar() {
            found.push((name, value));
        } else if let Some(values) = value.as_per_class() {
            found
                .extend(labels.iter().zip(values).map(|(label, &value)| (format!("{name}[{label}]"), value)));
        } else {
            return Err(failed(format!("`{name}` is a matrix, expected a number or one per class")));
        }
    }
    Ok(found)
}
