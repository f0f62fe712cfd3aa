use std::fmt;

use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayViewMut1, Axis, Slice};

use crate::{Error, Masks, Part, Scaling};

/// Turns the scores of occluded images into saliency maps.
///
/// # Examples
///
/// ```
/// use ndarray::{Array3, array};
/// use saliency::{MaskArray, RiseScoring, Scorer};
///
/// // Keeping the left pixel raises class 0, keeping the right one class 1.
/// let masks = MaskArray::new(array![[[1.0, 0.0]], [[0.0, 1.0]]])?;
/// let scores = array![[0.75, 0.25], [0.375, 0.625]];
/// let scorer: &dyn Scorer = &RiseScoring::plain();
/// let maps = scorer.score(None, scores.view(), &masks)?;
/// assert_eq!(maps, array![[[1.0, 0.5]], [[0.4, 1.0]]]);
/// # Ok::<(), saliency::Error>(())
/// ```
pub trait Scorer: fmt::Debug + Send + Sync {
    /// Whether the scores of the unperturbed image are needed, which the model then scores too.
    fn needs_reference(&self) -> bool;

    /// Returns one map per class, (classes, height, width).
    ///
    /// `scores` is (masks, classes); `reference` holds the unperturbed image's score of each class. They are f64 so
    /// that differences of scores lose no precision.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there is a score for every mask and a reference score for every class;
    /// [`Error::NoReference`] if one is needed and missing; [`Error::Score`] if a score is not finite.
    fn score(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Array3<f32>, Error>;

    /// Returns the maps before they are scaled, (classes, height, width), so that those of two images can be compared.
    ///
    /// They do not grow with the number of masks: a sum over masks is divided by it. `None` for a scorer whose maps
    /// have no such form, as by default.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use saliency::{MaskArray, RiseScoring, Scorer};
    ///
    /// let masks = MaskArray::new(array![[[1.0, 0.0]], [[0.0, 1.0]]])?;
    /// let maps = RiseScoring::plain().unscaled(None, array![[0.75], [0.25]].view(), &masks)?;
    /// assert_eq!(maps, Some(array![[[0.375, 0.125]]]));
    /// # Ok::<(), saliency::Error>(())
    /// ```
    fn unscaled(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Option<Array3<f32>>, Error> {
        let _ = (reference, scores, masks);
        Ok(None)
    }

    /// Returns the share of a class's map that is noise, since there are only so many masks: the standard error of its
    /// pixels over their deviation from the mean pixel, both as the root of the mean square.
    ///
    /// With a share of s the map correlates with that of infinitely many masks by about `sqrt(1 - s^2)`; pure noise
    /// has a share of about 1. `scores` are those of one class. `None` if there are too few masks, or if the scorer
    /// makes no such estimate, as by default.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    fn noise_share(&self, scores: ArrayView1<'_, f64>, masks: &dyn Masks) -> Result<Option<f64>, Error> {
        let _ = (scores, masks);
        Ok(None)
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: Scorer + ?Sized> Scorer for $pointer {
            fn needs_reference(&self) -> bool {
                (**self).needs_reference()
            }
            fn score(
                &self,
                reference: Option<ArrayView1<'_, f64>>,
                scores: ArrayView2<'_, f64>,
                masks: &dyn Masks,
            ) -> Result<Array3<f32>, Error> {
                (**self).score(reference, scores, masks)
            }
            fn unscaled(
                &self,
                reference: Option<ArrayView1<'_, f64>>,
                scores: ArrayView2<'_, f64>,
                masks: &dyn Masks,
            ) -> Result<Option<Array3<f32>>, Error> {
                (**self).unscaled(reference, scores, masks)
            }
            fn noise_share(&self, scores: ArrayView1<'_, f64>, masks: &dyn Masks) -> Result<Option<f64>, Error> {
                (**self).noise_share(scores, masks)
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);

/// Refuses scores that do not match the masks, or are not finite.
pub(crate) fn check_scores(scores: ArrayView2<'_, f64>, masks: &dyn Masks) -> Result<(), Error> {
    if scores.nrows() != masks.len() {
        let (actual, expected) = (scores.shape().to_vec(), vec![masks.len(), scores.ncols()]);
        return Err(Error::Shape { what: "the scores", actual, expected });
    }
    if let Some(((mask, class), &value)) = scores.indexed_iter().find(|(_, value)| !value.is_finite()) {
        let value = value as f32;
        return Err(Error::Score { image: crate::ScoredImage::Occluded(mask), class, value });
    }
    Ok(())
}

/// Sums the weighted masks for a few classes at a time, and scales each class's sum.
///
/// `weights` turns a class's scores into weights, in place; `finish` turns the weighted sum into the map that is
/// scaled.
pub(crate) fn map_classes(
    masks: &dyn Masks,
    scores: ArrayView2<'_, f64>,
    part: Part,
    scaling: Scaling,
    weights: impl Fn(usize, ArrayViewMut1<'_, f64>),
    finish: impl Fn(ArrayView1<'_, f64>, &mut Array2<f64>),
) -> Array3<f32> {
    // Sums are f64; so many at a time are small beside the maps of a thousand classes.
    const CLASSES: usize = 16;
    let (height, width) = masks.shape();
    let classes = scores.ncols();
    let mut maps = Array3::zeros((classes, height, width));
    for first in (0..classes).step_by(CLASSES) {
        let end = (first + CLASSES).min(classes);
        let mut weighted = scores.slice_axis(Axis(1), Slice::from(first..end)).to_owned();
        for (class, column) in (first..end).zip(weighted.columns_mut()) {
            weights(class, column);
        }
        let sums = masks.weighted_sum(weighted.view(), part);
        for ((class, sum), column) in (first..end).zip(sums.outer_iter()).zip(weighted.columns()) {
            let mut sum = sum.to_owned();
            finish(column, &mut sum);
            maps.index_axis_mut(Axis(0), class).assign(&scaling.apply(sum.view()));
        }
    }
    maps
}
