use std::collections::BTreeMap;

use ndarray::ArrayView2;

use crate::{DatumMetadata, Error, Metric, MetricValue, Place};

/// Resets all metrics.
pub(crate) fn reset(metrics: &mut [&mut dyn Metric]) {
    for metric in metrics {
        metric.reset();
    }
}

/// Adds a batch to all metrics; errors name the metric and the batch.
pub(crate) fn update(
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

/// Computes all metrics' values; errors name the metric.
pub(crate) fn compute(metrics: &[&mut dyn Metric]) -> Result<Vec<BTreeMap<String, MetricValue>>, Error> {
    let values = metrics.iter().map(|metric| {
        metric.compute().map_err(|source| Error::Compute { metric: metric.metadata().id.clone(), source })
    });
    values.collect()
}
