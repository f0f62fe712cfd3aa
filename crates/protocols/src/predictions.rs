use ndarray::{Array2, Array3, ArrayView2};

use crate::{Batch, DatumMetadata, Error};

/// A model's scores beside the true classes and identities of what it scored.
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
    /// Puts scores `(images, classes)`, true classes and identities side by side.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] unless there are as many of each.
    pub fn new(
        scores: Array2<f32>,
        targets: Vec<usize>,
        metadata: Vec<DatumMetadata>,
    ) -> Result<Self, Error> {
        let rows = scores.nrows();
        if targets.len() == rows && metadata.len() == rows {
            return Ok(Self { scores, targets, metadata, images: None });
        }
        let (targets, metadata) = (targets.len(), metadata.len());
        Err(Error::Lengths { what: "the batch of predictions", position: 0, rows, targets, metadata })
    }

    /// How many pictures were scored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether none was.
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

    /// The data's identities, as the augmentation left them.
    #[must_use]
    pub fn metadata(&self) -> &[DatumMetadata] {
        &self.metadata
    }

    /// The (augmented) pictures, if they were asked for.
    #[must_use]
    pub fn images(&self) -> Option<&[Array3<u8>]> {
        self.images.as_deref()
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

    /// Appends a batch and its scores, which are a row a datum and a column a class.
    pub(crate) fn push(&mut self, batch: Batch, scores: ArrayView2<'_, f32>) {
        debug_assert_eq!(scores.dim(), (batch.len(), self.classes));
        self.scores.extend(scores);
        self.batch.targets.extend(batch.targets);
        self.batch.metadata.extend(batch.metadata);
        if self.keep_images {
            self.batch.images.extend(batch.images);
        }
    }

    #[expect(clippy::expect_used, reason = "every batch's scores have a row a datum and a column a class")]
    pub(crate) fn finish(self) -> Predictions {
        let Batch { images, targets, metadata } = self.batch;
        let scores = Array2::from_shape_vec((targets.len(), self.classes), self.scores).expect("whole rows");
        Predictions { scores, targets, metadata, images: self.keep_images.then_some(images) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_one_length() {
        let metadata = |count| (0..count).map(|i| DatumMetadata::new("x", i)).collect::<Vec<_>>();
        assert!(Predictions::new(Array2::zeros((2, 3)), vec![0, 1], metadata(2)).is_ok());
        for (targets, identities) in [(1, 2), (2, 1), (3, 3)] {
            let result = Predictions::new(Array2::zeros((2, 3)), vec![0; targets], metadata(identities));
            assert!(matches!(result, Err(Error::Lengths { rows: 2, .. })));
        }
    }
}
