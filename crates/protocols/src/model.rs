use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};

use crate::BoxError;

/// What a model's scores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScoreKind {
    /// Non-negative, each row summing to one.
    Probabilities,
    /// Unnormalised log-odds.
    Logits,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelMetadata {
    /// Names the model.
    pub id: String,
    /// The classes' names, by column of the scores.
    pub labels: Vec<String>,
    /// What the scores are.
    pub scores: ScoreKind,
}

impl ModelMetadata {
    /// Names a model, its classes and what its scores are.
    #[must_use]
    pub fn new(id: impl Into<String>, labels: Vec<String>, scores: ScoreKind) -> Self {
        Self { id: id.into(), labels, scores }
    }
}

/// An image classifier together with its preprocessing.
///
/// Pictures come in as `(height, width, channels)` u8 of any size, as the dataset holds them; resizing
/// and normalising them is the model's own affair.
pub trait Model {
    /// The model's name, its classes and what its scores are.
    fn metadata(&self) -> &ModelMetadata;

    /// Scores a batch of pictures, whose sizes may differ: `(images, classes)`.
    ///
    /// # Errors
    ///
    /// The model cannot take these pictures, or its computation fails.
    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>;

    /// Scores `count` pictures of one `shape` that do not exist yet: `draw(i, picture)` writes the
    /// i-th, every value of it, into a buffer of the model's, on any thread and in any order.
    ///
    /// A model that prepares its input tensor picture by picture overrides this, so that occluded
    /// pictures are never collected; the answer is that of [`predict`](Self::predict).
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let images: Vec<Array3<u8>> = (0..count)
            .map(|i| {
                let mut image = Array3::zeros(shape);
                draw(i, image.view_mut());
                image
            })
            .collect();
        let views: Vec<_> = images.iter().map(|image| image.view()).collect();
        self.predict(&views)
    }
}
