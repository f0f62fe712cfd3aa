use crate::{Batch, BoxError};

/// What is known of an augmentation.
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
/// What it does to a datum depends on that datum alone, never on its neighbours in the batch.
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
