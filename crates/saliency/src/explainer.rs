use std::fmt;

use ndarray::{Array1, Array2, Array3, ArrayView3};
use protocols::Model;

use crate::{Classes, Error, Observer, Unobserved};

/// Explains which pixels raise or lower a model's scores of a picture.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3, ArrayView3};
/// use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
/// use saliency::{Classes, Explainer, Rise};
///
/// /// Scores how bright the left half is, and the right half.
/// struct Halves(ModelMetadata);
///
/// impl Model for Halves {
///     fn metadata(&self) -> &ModelMetadata {
///         &self.0
///     }
///     fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
///         Ok(Array2::from_shape_fn((images.len(), 2), |(i, half)| {
///             let columns = images[i].axis_chunks_iter(ndarray::Axis(1), 8).nth(half);
///             columns.map_or(0.0, |columns| columns.iter().map(|&value| f32::from(value)).sum())
///         }))
///     }
/// }
///
/// let labels = vec!["left".to_owned(), "right".to_owned()];
/// let model = Halves(ModelMetadata::new("halves", labels, ScoreKind::Logits));
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
    /// Returns the maps of the classes and what they were made from, telling `observer` of each batch.
    ///
    /// `image` is (height, width, channels).
    ///
    /// # Errors
    ///
    /// The picture or the classes are not possible ([`Error::EmptyImage`], [`Error::FillChannels`],
    /// [`Error::Class`], …), the model fails ([`Error::Model`]) or returns what is not a score
    /// ([`Error::Shape`], [`Error::Score`]), or the observer stops it ([`Error::Cancelled`]).
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &dyn Observer,
    ) -> Result<Explanation, Error>;

    /// Returns the maps of the classes, f32 of shape (classes, height, width).
    ///
    /// # Errors
    ///
    /// As [`explain_observed`](Self::explain_observed).
    fn explain(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
    ) -> Result<Array3<f32>, Error> {
        self.explain_observed(model, image, classes, &Unobserved).map(|explanation| explanation.maps)
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
                observer: &dyn Observer,
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

/// Saliency maps, with the scores that they were made from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// A map for each class of `classes`: (classes, height, width).
    pub maps: Array3<f32>,
    /// The classes explained, as columns of the model's scores.
    pub classes: Vec<usize>,
    /// The occluded pictures' scores of these classes: (masks, classes).
    pub scores: Array2<f32>,
    /// The unperturbed picture's scores of these classes, where the scorer needed them.
    pub reference: Option<Array1<f32>>,
    /// The standard error of the maps, scaled as they are, where a tolerance was set:
    /// (classes, height, width).
    pub standard_error: Option<Array3<f32>>,
}
