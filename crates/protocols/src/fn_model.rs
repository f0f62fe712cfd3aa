use std::fmt;

use ndarray::{Array2, ArrayView3};

use crate::{BoxError, Model, ModelMetadata};

/// A function as a [`Model`].
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::{BoxError, FnModel, Model, ModelMetadata, ScoreKind};
///
/// let metadata = ModelMetadata::new("coin", vec!["heads".to_owned(), "tails".to_owned()], ScoreKind::Probabilities);
/// let coin = FnModel::new(metadata, |images| Ok(Array2::from_elem((images.len(), 2), 0.5)));
/// let image = Array3::zeros((8, 8, 3));
/// assert_eq!(coin.predict(&[image.view()])?, ndarray::array![[0.5, 0.5]]);
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone)]
pub struct FnModel<F> {
    metadata: ModelMetadata,
    function: F,
}

impl<F> FnModel<F>
where
    F: Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>,
{
    /// Makes a model from a function that maps images to scores `(images, classes)`.
    pub fn new(metadata: ModelMetadata, function: F) -> Self {
        Self { metadata, function }
    }
}

impl<F> Model for FnModel<F>
where
    F: Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>,
{
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        (self.function)(images)
    }
}

impl<F> fmt::Debug for FnModel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnModel").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}
