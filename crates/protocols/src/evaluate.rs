use std::collections::BTreeMap;

use ndarray::ArrayView2;

use crate::options::Keep;
use crate::predictions::Collector;
use crate::scorer::run;
use crate::{DatumMetadata, Error, Metric, MetricValue, Model, Options, Place, Predictions, Source};

/// What an evaluation returns.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// Each metric's named values, in the order of the metrics.
    pub values: Vec<BTreeMap<String, MetricValue>>,
    /// How many data the values are over.
    pub count: usize,
    /// The scores and what belongs to them, if [`Options`] asks for them.
    pub predictions: Option<Predictions>,
    /// Why data were left out, one error a datum, if [`Options::skip_failures`] lets them.
    pub skipped: Vec<Error>,
}

impl Evaluation {
    /// The first value of that name that is a single number.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.values.iter().find_map(|values| values.get(name)?.as_scalar())
    }
}

/// Measures a model on data: reads, augments, scores, and computes the metrics.
///
/// Data are read and augmented on other threads while the model runs on this one. The result does not
/// depend on how many threads there are, nor on the batch size. The metrics are reset first.
///
/// This is `maite.tasks.evaluate`, with the checks that it lacks.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::{FnModel, MemoryDataset, ModelMetadata, Options, ScoreKind, argmax, evaluate};
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let pictures = (0..10).map(|i| (Array3::from_elem((4, 4, 3), 25 * i), usize::from(i > 4))).collect();
/// let dataset = MemoryDataset::new("tiles", labels.clone(), pictures)?;
/// let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |images| {
///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| {
///         f32::from(images[i][[0, 0, 0]]) * [-1.0, 1.0][class] + [128.0, -128.0][class]
///     }))
/// });
///
/// let evaluation = evaluate(&model, &dataset, &mut [], &Options::new().keep_predictions())?;
/// let predictions = evaluation.predictions.ok_or("asked for")?;
/// assert_eq!(argmax(predictions.scores().row(9)), Some(1));
/// # Ok::<(), protocols::BoxError>(())
/// ```
///
/// # Errors
///
/// Each names the datum, or the data of the batch:
///
/// - [`Error::Empty`] if there is no datum;
/// - [`Error::Read`], [`Error::ReadBatch`], [`Error::Index`], [`Error::Lengths`] for data that cannot be read;
/// - [`Error::Augment`], [`Error::AugmentedCount`];
/// - [`Error::Target`] for a class that the model does not have;
/// - [`Error::Predict`], [`Error::ScoreShape`], [`Error::ScoreNotFinite`] for a model that fails, does not
///   return one row a picture and one column a class, or returns a NaN or an infinity;
/// - [`Error::LabelOrder`] unless [`Options::trust_label_order`];
/// - [`Error::OutOfRange`] if [`Options::only`] names a datum that is not there;
/// - [`Error::Stopped`] if the observer asks for it;
/// - [`Error::Update`], [`Error::Compute`] for a metric.
pub fn evaluate<'a>(
    model: &dyn Model,
    data: impl Into<Source<'a>>,
    metrics: &mut [&mut dyn Metric],
    options: &Options<'_>,
) -> Result<Evaluation, Error> {
    reset(metrics);
    let mut kept = (options.keep > Keep::Values)
        .then(|| Collector::new(model.metadata().labels.len(), options.keep == Keep::Images));
    let mut count = 0;
    let skipped = run(model, data.into(), options, &mut |batch, scores, place| {
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

/// Returns a model's scores on data.
///
/// [`evaluate`] without a metric returns them too, together with the data that were left out.
///
/// This is `maite.tasks.predict`; the pictures are among the predictions after [`Options::keep_images`].
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::{FnModel, MemoryDataset, ModelMetadata, Options, ScoreKind, predict};
///
/// let labels = vec!["a".to_owned(), "b".to_owned()];
/// let dataset = MemoryDataset::new("d", labels.clone(), vec![(Array3::zeros((4, 4, 3)), 1); 3])?;
/// let model = FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Probabilities), |images| {
///     Ok(Array2::from_elem((images.len(), 2), 0.5))
/// });
/// let predictions = predict(&model, &dataset, &Options::new())?;
/// assert_eq!(predictions.scores().dim(), (3, 2));
/// assert_eq!(predictions.targets(), [1, 1, 1]);
/// # Ok::<(), protocols::BoxError>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`].
pub fn predict<'a>(
    model: &dyn Model,
    data: impl Into<Source<'a>>,
    options: &Options<'_>,
) -> Result<Predictions, Error> {
    let mut kept = Collector::new(model.metadata().labels.len(), options.keep == Keep::Images);
    run(model, data.into(), options, &mut |batch, scores, _| {
        kept.push(batch, scores.view());
        Ok(())
    })?;
    Ok(kept.finish())
}

/// Computes metrics from scores that were kept, in batches.
///
/// This is `maite.tasks.evaluate_from_predictions`. A batch's lists have one length by construction, the
/// identities included, which the original does not check.
///
/// ```
/// use ndarray::array;
/// use protocols::{DatumMetadata, Predictions, evaluate_from_predictions};
///
/// let batch = Predictions::new(array![[0.8, 0.2]], vec![0], vec![DatumMetadata::new("a", 0)])?;
/// assert!(evaluate_from_predictions(&[batch], &mut [])?.is_empty());
/// assert!(evaluate_from_predictions(&[], &mut []).is_err());
/// # Ok::<(), protocols::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Empty`] without a prediction, [`Error::Update`] and [`Error::Compute`] for a metric.
pub fn evaluate_from_predictions(
    batches: &[Predictions],
    metrics: &mut [&mut dyn Metric],
) -> Result<Vec<BTreeMap<String, MetricValue>>, Error> {
    if batches.iter().all(Predictions::is_empty) {
        return Err(Error::Empty { what: "the list of predictions".to_owned() });
    }
    reset(metrics);
    let mut position = 0;
    for batch in batches {
        let Some(first) = batch.metadata().first() else { continue };
        let place = Place::of_data(position, position + batch.len() - 1).named(&first.id);
        update(metrics, batch.scores(), batch.targets(), batch.metadata(), &place)?;
        position += batch.len();
    }
    compute(metrics)
}

fn reset(metrics: &mut [&mut dyn Metric]) {
    for metric in metrics {
        metric.reset();
    }
}

fn update(
    metrics: &mut [&mut dyn Metric],
    scores: ArrayView2<'_, f32>,
    targets: &[usize],
    metadata: &[DatumMetadata],
    place: &Place,
) -> Result<(), Error> {
    for metric in metrics {
        metric.update(scores, targets, metadata).map_err(|source| Error::Update {
            metric: metric.metadata().id.clone(),
            place: place.clone(),
            source,
        })?;
    }
    Ok(())
}

fn compute(metrics: &[&mut dyn Metric]) -> Result<Vec<BTreeMap<String, MetricValue>>, Error> {
    let values = metrics.iter().map(|metric| {
        metric.compute().map_err(|source| Error::Compute { metric: metric.metadata().id.clone(), source })
    });
    values.collect()
}

#[cfg(test)]
mod tests;
