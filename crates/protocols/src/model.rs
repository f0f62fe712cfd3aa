use std::rc::Rc;
use std::sync::Arc;

use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};

use crate::forward::forward;
use crate::{BoxError, ScoreKind};

/// A model's name, its classes, and the kind of its scores.
///
/// ```
/// use protocols::{ModelMetadata, ScoreKind};
///
/// let labels = vec!["Forest".to_owned(), "River".to_owned()];
/// let metadata = ModelMetadata::new("convnext", labels, ScoreKind::Probabilities);
/// assert_eq!(metadata.labels.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelMetadata {
    /// The model's name.
    pub id: String,
    /// The class names, by column of the scores.
    pub labels: Vec<String>,
    /// The kind of the scores.
    pub scores: ScoreKind,
}

impl ModelMetadata {
    /// Names a model, its classes, and the kind of its scores.
    #[must_use]
    pub fn new(id: impl Into<String>, labels: Vec<String>, scores: ScoreKind) -> Self {
        Self { id: id.into(), labels, scores }
    }
}

/// An image classifier, including its preprocessing.
///
/// Images are `(height, width, channels)` u8 of any size, as the dataset holds them; the model resizes and
/// normalises them. An image's scores do not depend on the other images of its batch, and scoring changes
/// nothing about the model. [`FnModel`](crate::FnModel) turns a function into a model.
///
/// ```
/// use ndarray::{Array2, ArrayView3};
/// use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
///
/// /// Tells dark images from bright ones.
/// struct Brightness(ModelMetadata);
///
/// impl Model for Brightness {
///     fn metadata(&self) -> &ModelMetadata {
///         &self.0
///     }
///
///     fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
///         let bright: Vec<f32> = images
///             .iter()
///             .map(|image| image.iter().map(|&value| f32::from(value) / 255.0).sum::<f32>() / image.len() as f32)
///             .collect();
///         Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright[i], bright[i]][class]))
///     }
/// }
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let model = Brightness(ModelMetadata::new("brightness", labels, ScoreKind::Probabilities));
/// let scores = model.predict_drawn((4, 4, 3), 2, &|i, mut image| image.fill([0, 255][i]))?;
/// assert_eq!(scores, ndarray::array![[1.0, 0.0], [0.0, 1.0]]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Model {
    /// The model's name, its classes, and the kind of its scores.
    fn metadata(&self) -> &ModelMetadata;

    /// Scores a batch of images, whose sizes may differ. The scores are `(images, classes)`.
    ///
    /// # Errors
    ///
    /// The model cannot take these images, or its computation fails.
    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>;

    /// Scores `count` images of one `shape` that do not exist yet: `draw(i, image)` writes every value of
    /// the i-th image into a buffer, on any thread and in any order.
    ///
    /// The scores are those of [`predict`](Self::predict). A model that prepares its input image by image
    /// overrides this method, so that a large number of occluded images is never held in memory.
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

forward!(Model for &T, Box<T>, Rc<T>, Arc<T> => {
    fn metadata(&self) -> &ModelMetadata {
        (**self).metadata()
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        (**self).predict(images)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        (**self).predict_drawn(shape, count, draw)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores drawn images differently from collected ones.
    struct Contrary(ModelMetadata);

    impl Model for Contrary {
        fn metadata(&self) -> &ModelMetadata {
            &self.0
        }

        fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
            Ok(Array2::zeros((images.len(), 1)))
        }

        fn predict_drawn(
            &self,
            _: (usize, usize, usize),
            count: usize,
            _: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
        ) -> Result<Array2<f32>, BoxError> {
            Ok(Array2::ones((count, 1)))
        }
    }

    #[test]
    fn pointers_forward_the_provided_method_too() {
        fn drawn(model: impl Model) -> f32 {
            model.predict_drawn((1, 1, 1), 1, &|_, _| {}).unwrap()[[0, 0]]
        }
        let contrary = || Contrary(ModelMetadata::new("c", vec!["a".to_owned()], ScoreKind::Logits));
        let value = contrary();
        assert_eq!(drawn(&value), 1.0);
        assert_eq!(drawn(Box::new(contrary()) as Box<dyn Model>), 1.0);
        assert_eq!(drawn(Rc::new(contrary())), 1.0);
        assert_eq!(drawn(&(Arc::new(contrary()) as Arc<dyn Model>)), 1.0);
    }
}
