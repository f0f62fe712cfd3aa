use std::collections::BTreeMap;

use crate::evaluate_options::Keep;
use crate::metrics::{compute, reset, update};
use crate::predictions::Collector;
use crate::scorer::run;
use crate::{Dataset, Error, EvaluateOptions, Metric, MetricValue, Model, Predictions};

/// What [`evaluate`] returns.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// Each metric's named values, in the order of the metrics.
    pub values: Vec<BTreeMap<String, MetricValue>>,
    /// The number of data that the values are computed from.
    pub count: usize,
    /// The scores, if [`EvaluateOptions::keep_predictions`] or [`EvaluateOptions::keep_images`] was set.
    pub predictions: Option<Predictions>,
    /// One error per skipped datum, if [`EvaluateOptions::skip_failures`] was set.
    pub skipped: Vec<Error>,
}

impl Evaluation {
    /// The first value of that name that is a single number.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.values.iter().find_map(|values| values.get(name)?.as_scalar())
    }
}

/// Evaluates a model: reads a dataset, augments its data, scores them, and computes the metrics.
///
/// Other threads read and augment data while the model runs on the calling thread. The result depends
/// neither on their number nor on the batch size. The metrics are reset first.
///
/// This is `maite.tasks.evaluate`, with additional checks.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::{EvaluateOptions, FnModel, MemoryDataset, ModelMetadata, ScoreKind, argmax, evaluate};
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let images = (0..10).map(|i| (Array3::from_elem((4, 4, 3), 25 * i), usize::from(i > 4))).collect();
/// let dataset = MemoryDataset::new("tiles", labels.clone(), images)?;
/// let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |images| {
///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| {
///         f32::from(images[i][[0, 0, 0]]) * [-1.0, 1.0][class] + [128.0, -128.0][class]
///     }))
/// });
///
/// let options = EvaluateOptions::new().keep_predictions();
/// let evaluation = evaluate(&model, &dataset, &mut [], options)?;
/// let predictions = evaluation.predictions.ok_or("they were asked for")?;
/// assert_eq!(argmax(predictions.scores().row(9)), Some(1));
/// # Ok::<(), protocols::BoxError>(())
/// ```
///
/// # Errors
///
/// Errors about data name the datum or the batch:
///
/// - [`Error::Parameter`] for a batch size of 0;
/// - [`Error::Empty`] if there is no datum;
/// - [`Error::Read`] and [`Error::Index`] if a datum cannot be read;
/// - [`Error::Augment`] and [`Error::AugmentedIdentity`] if it cannot be augmented;
/// - [`Error::Target`] for a class that the model does not have;
/// - [`Error::Predict`], [`Error::ScoreShape`] and [`Error::ScoreNotFinite`] if the model fails, or does not
///   return one row of finite scores per image and one column per class;
/// - [`Error::LabelOrder`] unless [`EvaluateOptions::trust_label_order`] is set;
/// - [`Error::OutOfRange`] if [`EvaluateOptions::only`] has an index outside the dataset;
/// - [`Error::Stopped`] if the observer stops the evaluation;
/// - [`Error::Update`] and [`Error::Compute`] for a metric that fails.
pub fn evaluate(
    model: &dyn Model,
    dataset: &dyn Dataset,
    metrics: &mut [&mut dyn Metric],
    options: EvaluateOptions<'_>,
) -> Result<Evaluation, Error> {
    reset(metrics);
    let mut kept = (options.keep > Keep::Values)
        .then(|| Collector::new(model.metadata().labels.len(), options.keep == Keep::Images));
    let mut count = 0;
    let skipped = run(model, dataset, options, &mut |batch, scores, place| {
        count += batch.len();
        update(metrics, scores.view(), &batch.targets, &batch.metadata, place)?;
        if let Some(kept) = &mut kept {
            kept.push(batch, scores.view());
        }
        Ok(())
    })?;
    let values = compute(metrics)?;
    Ok(Evaluation { values, count, predictions: kept.map(Collector::finish), skipped })
}

/// Returns a model's scores on a dataset: [`evaluate`] without metrics.
///
/// This is `maite.tasks.predict`; for the images as well, set [`EvaluateOptions::keep_images`]. To learn
/// which data are skipped, use [`evaluate`].
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::{EvaluateOptions, FnModel, MemoryDataset, ModelMetadata, ScoreKind, predict};
///
/// let labels = vec!["a".to_owned(), "b".to_owned()];
/// let dataset = MemoryDataset::new("d", labels.clone(), vec![(Array3::zeros((4, 4, 3)), 1); 3])?;
/// let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Probabilities), |images| {
///     Ok(Array2::from_elem((images.len(), 2), 0.5))
/// });
/// let predictions = predict(&model, &dataset, EvaluateOptions::new())?;
/// assert_eq!(predictions.scores().dim(), (3, 2));
/// assert_eq!(predictions.targets(), [1, 1, 1]);
/// # Ok::<(), protocols::BoxError>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`].
pub fn predict(
    model: &dyn Model,
    dataset: &dyn Dataset,
    options: EvaluateOptions<'_>,
) -> Result<Predictions, Error> {
    let mut kept = Collector::new(model.metadata().labels.len(), options.keep == Keep::Images);
    run(model, dataset, options, &mut |batch, scores, _| {
        kept.push(batch, scores.view());
        Ok(())
    })?;
    Ok(kept.finish())
}

#[cfg(test)]
mod tests;
