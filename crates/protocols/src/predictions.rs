use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView2};

use crate::batch::Batch;
use crate::metrics::{compute, reset, update};
use crate::{DatumMetadata, Error, Metric, MetricValue, Place};

/// A model's scores, with the true classes and metadata of what it scored.
///
/// ```
/// use ndarray::array;
/// use protocols::{DatumMetadata, Predictions};
///
/// let metadata = vec![DatumMetadata::new("a", 0), DatumMetadata::new("b", 1)];
/// let predictions = Predictions::new(array![[0.8, 0.2], [0.6, 0.4]], vec![0, 1], metadata)?;
/// assert_eq!(predictions.len(), 2);
/// # Ok::<(), protocols::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    scores: Array2<f32>,
    targets: Vec<usize>,
    metadata: Vec<DatumMetadata>,
    images: Option<Vec<Array3<u8>>>,
}

impl Predictions {
    /// Joins scores `(images, classes)`, true classes and metadata.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] unless there is one target and one metadata per row of scores.
    pub fn new(
        scores: Array2<f32>,
        targets: Vec<usize>,
        metadata: Vec<DatumMetadata>,
    ) -> Result<Self, Error> {
        let rows = scores.nrows();
        if targets.len() == rows && metadata.len() == rows {
            return Ok(Self { scores, targets, metadata, images: None });
        }
        Err(Error::Lengths { rows, targets: targets.len(), metadata: metadata.len() })
    }

    /// The number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are no images.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The scores, `(images, classes)`.
    #[must_use]
    pub fn scores(&self) -> ArrayView2<'_, f32> {
        self.scores.view()
    }

    /// The true classes.
    #[must_use]
    pub fn targets(&self) -> &[usize] {
        &self.targets
    }

    /// The metadata of the augmented data.
    #[must_use]
    pub fn metadata(&self) -> &[DatumMetadata] {
        &self.metadata
    }

    /// The augmented images, if [`EvaluateOptions::keep_images`](crate::EvaluateOptions::keep_images) was
    /// set.
    #[must_use]
    pub fn images(&self) -> Option<&[Array3<u8>]> {
        self.images.as_deref()
    }

    /// Computes metrics from these predictions, without the model. The metrics are reset first.
    ///
    /// This is `maite.tasks.evaluate_from_predictions`.
    ///
    /// ```
    /// use ndarray::array;
    /// use protocols::{DatumMetadata, Predictions};
    ///
    /// let predictions = Predictions::new(array![[0.8, 0.2]], vec![0], vec![DatumMetadata::new("a", 0)])?;
    /// assert!(predictions.evaluate(&mut [])?.is_empty());
    /// # Ok::<(), protocols::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without predictions, [`Error::Update`] and [`Error::Compute`] for a metric that fails.
    pub fn evaluate(
        &self,
        metrics: &mut [&mut dyn Metric],
    ) -> Result<Vec<BTreeMap<String, MetricValue>>, Error> {
        let Some(first) = self.metadata.first() else {
            return Err(Error::Empty { what: "the list of predictions".to_owned() });
        };
        reset(metrics);
        let place = Place::of_data(0, self.len() - 1).named(&first.id);
        update(metrics, self.scores(), &self.targets, &self.metadata, &place)?;
        compute(metrics)
    }
}

/// Collects predictions batch by batch.
pub(crate) struct Collector {
    /// Row by row.
    scores: Vec<f32>,
    classes: usize,
    batch: Batch,
    keep_images: bool,
}

impl Collector {
    pub(crate) fn new(classes: usize, keep_images: bool) -> Self {
        Self { scores: vec![], classes, batch: Batch::default(), keep_images }
    }

    /// Appends a batch and its scores, which have one row per datum and one column per class.
    pub(crate) fn push(&mut self, batch: Batch, scores: ArrayView2<'_, f32>) {
        debug_assert_eq!(
            scores.dim(),
            (batch.len(), self.classes),
            "one row per datum, one column per class"
        );
        self.scores.extend(scores);
        self.batch.targets.extend(batch.targets);
        self.batch.metadata.extend(batch.metadata);
        if self.keep_images {
            self.batch.images.extend(batch.images);
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "each batch's scores have one row per datum and one column per class"
    )]
    pub(crate) fn finish(self) -> Predictions {
        let Batch { images, targets, metadata, .. } = self.batch;
        let scores = Array2::from_shape_vec((targets.len(), self.classes), self.scores).expect("whole rows");
        Predictions { scores, targets, metadata, images: self.keep_images.then_some(images) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_have_one_length() {
        let metadata = |count| (0..count).map(|i| DatumMetadata::new("x", i)).collect::<Vec<_>>();
        assert!(Predictions::new(Array2::zeros((2, 3)), vec![0, 1], metadata(2)).is_ok());
        for (targets, identities) in [(1, 2), (2, 1), (3, 3)] {
            let result = Predictions::new(Array2::zeros((2, 3)), vec![0; targets], metadata(identities));
            assert!(matches!(result, Err(Error::Lengths { rows: 2, .. })));
        }
    }
}
