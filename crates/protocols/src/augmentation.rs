use std::sync::Arc;

use crate::forward::forward;
use crate::{BoxError, Datum};

/// An augmentation's name.
///
/// ```
/// use protocols::AugmentationMetadata;
///
/// assert_eq!(AugmentationMetadata::new("GaussianBlur ksize=5").id, "GaussianBlur ksize=5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AugmentationMetadata {
    /// The augmentation's name.
    pub id: String,
}

impl AugmentationMetadata {
    /// Names an augmentation.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

/// Changes a datum, for instance by perturbing its image.
///
/// The result depends on the datum alone: the same datum gives the same result, on any thread and in any
/// order. An augmentation that draws random numbers seeds them with
/// [`DatumMetadata::key`](crate::DatumMetadata::key).
///
/// An augmentation may change the image's size, since each datum has a size of its own and a
/// [`Model`](crate::Model) takes images of any size. It keeps at least one pixel and the number of channels,
/// and leaves `target`, `metadata.id`, `metadata.index` and `metadata.key` as they are. It may add to
/// `metadata.entries`.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Augmentation, AugmentationMetadata, BoxError, Datum, DatumMetadata};
///
/// struct Invert(AugmentationMetadata);
///
/// impl Augmentation for Invert {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut datum: Datum) -> Result<Datum, BoxError> {
///         datum.image.mapv_inplace(|value| 255 - value);
///         Ok(datum)
///     }
/// }
///
/// let black =
///     Datum { image: Array3::zeros((2, 2, 3)), target: 0, metadata: DatumMetadata::new("black", 0) };
/// let inverted = Invert(AugmentationMetadata::new("invert")).augment(black)?;
/// assert_eq!(inverted.image, Array3::from_elem((2, 2, 3), 255));
/// # Ok::<(), BoxError>(())
/// ```
pub trait Augmentation: Send + Sync {
    /// The augmentation's name.
    fn metadata(&self) -> &AugmentationMetadata;

    /// Augments a datum.
    ///
    /// # Errors
    ///
    /// The datum cannot be augmented, for instance because its image is too small.
    fn augment(&self, datum: Datum) -> Result<Datum, BoxError>;
}

forward!(Augmentation for &T, Box<T>, Arc<T> => {
    fn metadata(&self) -> &AugmentationMetadata {
        (**self).metadata()
    }

    fn augment(&self, datum: Datum) -> Result<Datum, BoxError> {
        (**self).augment(datum)
    }
});
