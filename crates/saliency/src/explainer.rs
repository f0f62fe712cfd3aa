use std::fmt;

use ndarray::{Array2, Array3, ArrayView3};
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
    /// …), the model fails ([`Error::Model`]) or returns invalid scores ([`Error::Scores`], [`Error::Score`]), or the
    /// observer stops the computation ([`Error::Stopped`]).
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Explanation, Error>;

    /// Returns maps of any of the model's classes before they are scaled, f32 of shape (classes, height, width), from
    /// the scores that an explanation of this explainer has kept: no image is scored again.
    ///
    /// Those of two images can be compared; see [`Scorer::unscaled`](crate::Scorer::unscaled). `None` for an explainer
    /// whose maps have no such form, as by default.
    ///
    /// # Errors
    ///
    /// [`Error::Class`] for a class that the model lacks.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::{Array2, Array3};
    /// use saliency::{Classes, Explainer, FnModel, ModelMetadata, Rise, ScoreKind};
    ///
    /// let labels = vec!["dark".to_owned(), "bright".to_owned()];
    /// let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
    ///     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
    ///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
    /// });
    /// let rise = Rise::builder().masks(40).build()?;
    /// let image = Array3::from_elem((8, 8, 3), 200);
    /// let explanation = rise.explain_observed(&model, image.view(), Classes::Chosen(&[0]), &mut ())?;
    /// // Another class than the one explained.
    /// let maps = rise.unscaled(&explanation, &[1])?.ok_or("RISE has such maps")?;
    /// assert_eq!(maps.dim(), (1, 8, 8));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn unscaled(&self, explanation: &Explanation, classes: &[usize]) -> Result<Option<Array3<f32>>, Error> {
        let _ = (explanation, classes);
        Ok(None)
    }

    /// Returns half the difference between two maps of a class, one from each half of the masks, not scaled, (height,
    /// width): an estimate of the noise in its map from all masks, without what both halves agree on.
    ///
    /// Masks go to the halves by consecutive pairs in turn: 0, 1, 4, 5, … and 2, 3, 6, 7, …. `None` for fewer than
    /// four masks, and where [`unscaled`](Self::unscaled) is.
    ///
    /// # Errors
    ///
    /// As [`unscaled`](Self::unscaled).
    fn half_difference(&self, explanation: &Explanation, class: usize) -> Result<Option<Array2<f32>>, Error> {
        let _ = (explanation, class);
        Ok(None)
    }

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
            fn unscaled(
                &self,
                explanation: &Explanation,
                classes: &[usize],
            ) -> Result<Option<Array3<f32>>, Error> {
                (**self).unscaled(explanation, classes)
            }
            fn half_difference(
                &self,
                explanation: &Explanation,
                class: usize,
            ) -> Result<Option<Array2<f32>>, Error> {
                (**self).half_difference(explanation, class)
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
