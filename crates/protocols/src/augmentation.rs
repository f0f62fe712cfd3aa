use std::sync::Arc;

use crate::forward::forward;
use crate::{Batch, BoxError};

/// What is known of an augmentation.
///
/// ```
/// use protocols::AugmentationMetadata;
///
/// assert_eq!(AugmentationMetadata::new("GaussianBlur ksize=5").id, "GaussianBlur ksize=5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AugmentationMetadata {
    /// Names the augmentation.
    pub id: String,
}

impl AugmentationMetadata {
    /// Names an augmentation.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

/// Turns a batch into another one of the same length.
///
/// What it does to a datum depends on that datum alone, never on its neighbours in the batch. The loops of
/// this crate hand it one datum at a time, on any thread.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Augmentation, AugmentationMetadata, Batch, BoxError, Datum, DatumMetadata};
///
/// struct Invert(AugmentationMetadata);
///
/// impl Augmentation for Invert {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut batch: Batch) -> Result<Batch, BoxError> {
///         batch.images.iter_mut().for_each(|image| image.mapv_inplace(|value| 255 - value));
///         Ok(batch)
///     }
/// }
///
/// let datum =
///     Datum { image: Array3::zeros((2, 2, 3)), target: 0, metadata: DatumMetadata::new("black", 0) };
/// let inverted = Invert(AugmentationMetadata::new("invert")).augment(datum.into())?;
/// assert_eq!(inverted.images[0], Array3::from_elem((2, 2, 3), 255));
/// # Ok::<(), BoxError>(())
/// ```
pub trait Augmentation: Send + Sync {
    /// The augmentation's name.
    fn metadata(&self) -> &AugmentationMetadata;

    /// Augments a batch.
    ///
    /// # Errors
    ///
    /// A datum cannot be augmented.
    fn augment(&self, batch: Batch) -> Result<Batch, BoxError>;
}

forward!(Augmentation for &T, Box<T>, Arc<T> => {
    fn metadata(&self) -> &AugmentationMetadata {
        (**self).metadata()
    }

    fn augment(&self, batch: Batch) -> Result<Batch, BoxError> {
        (**self).augment(batch)
    }
});
