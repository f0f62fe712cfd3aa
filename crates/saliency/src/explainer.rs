use std::fmt;

use ndarray::{Array3, ArrayView3};
use protocols::{Model, Observer};

use crate::{Classes, Error, Explanation};

/// Explains which pixels raise or lower a model's scores of an image.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3, Axis};
/// use saliency::{Classes, Explainer, FnModel, ModelMetadata, Rise, ScoreKind};
///
/// // Scores the brightness of the left half, and of the right half.
/// let labels = vec!["left".to_owned(), "right".to_owned()];
/// let model = FnModel::new(ModelMetadata::new("halves", labels, ScoreKind::Logits), |images| {
///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, half)| {
///         let columns = images[i].axis_chunks_iter(Axis(1), 8).nth(half);
///         columns.map_or(0.0, |columns| columns.iter().map(|&value| f32::from(value)).sum())
///     }))
/// });
/// let image = Array3::from_elem((16, 16, 3), 200);
///
/// let explainer: Box<dyn Explainer> = Box::new(Rise::builder().masks(200).grid(4).build()?);
/// let maps = explainer.explain(&model, image.view(), Classes::All)?;
/// assert_eq!(maps.dim(), (2, 16, 16));
/// assert!(maps[[0, 8, 3]] > maps[[0, 8, 12]]);
/// assert!(maps[[1, 8, 3]] < maps[[1, 8, 12]]);
/// # Ok::<(), saliency::Error>(())
/// ```
pub trait Explainer: fmt::Debug + Send + Sync {
    /// Returns the maps of the classes and the scores they were computed from.
    ///
    /// `image` is (height, width, channels). `observer` is told of one pass, `explain`, that counts masks, and after
    /// each batch how many more masks are done.
    ///
    /// # Errors
    ///
    /// The image or the classes are not possible ([`Error::EmptyImage`], [`Error::FillChannels`], [`Error::Class`],
    /// …), the model fails ([`Error::Model`]) or returns invalid scores ([`Error::Scores`], [`Error::Score`]), or the observer stops the computation ([`Error::Stopped`]).
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Explanation, Error>;

    /// Returns the maps of the classes, f32 of shape (classes, height, width).
    ///
    /// # Errors
    ///
    /// See [`explain_observed`](Self::explain_observed).
    fn explain(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
    ) -> Result<Array3<f32>, Error> {
        self.explain_observed(model, image, classes, &mut ()).map(|explanation| explanation.maps)
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: Explainer + ?Sized> Explainer for $pointer {
            fn explain_observed(
                &self,
                model: &dyn Model,
                image: ArrayView3<'_, u8>,
                classes: Classes<'_>,
                observer: &mut dyn Observer,
            ) -> Result<Explanation, Error> {
                (**self).explain_observed(model, image, classes, observer)
            }
            fn explain(
                &self,
                model: &dyn Model,
                image: ArrayView3<'_, u8>,
                classes: Classes<'_>,
            ) -> Result<Array3<f32>, Error> {
                (**self).explain(model, image, classes)
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
