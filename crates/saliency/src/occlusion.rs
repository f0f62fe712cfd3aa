use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Slice};
use protocols::Model;

use crate::standard_error::{self, First};
use crate::{
    Classes, Error, Explainer, Explanation, Fill, MaskGenerator, Masks, Observer, Occluder, OcclusionScoring,
    Picture, Rounding, Scorer, SlidingWindow,
};

/// An explainer put together from a mask generator, a fill and a scorer.
///
/// The picture is occluded by each mask, the model scores the results batch by batch, and the scorer
/// makes maps of the scores. Masks and occluded pictures are written where the model wants them and
/// never collected. The maps depend neither on the batch size nor on threads, as far as the model's
/// scores do not.
///
/// # Examples
///
/// RISE's masks with occlusion scoring:
///
/// ```
/// use saliency::{Fill, Occlusion, OcclusionScoring, RiseGrid};
///
/// let explainer = Occlusion::new(RiseGrid::new(200, 8, 0.5, 0)?, OcclusionScoring::new())
///     .with_fill(Fill::Color(vec![95, 96, 93]));
/// # let _: &dyn saliency::Explainer = &explainer;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occlusion {
    generator: Arc<dyn MaskGenerator>,
    scorer: Arc<dyn Scorer>,
    fill: Fill,
    rounding: Rounding,
    batch_size: Option<NonZeroUsize>,
    tolerance: Option<f64>,
}

/// A map's error is looked at first when this many pictures are scored, and then whenever this many and an eighth
/// more are, whatever the batch size: a look costs as much as the map of the pictures scored so far.
const FIRST_CHECK: usize = 40;

/// How many pictures are scored when the error is looked at again.
fn next_check(checked: usize) -> usize {
    // Even, since masks may come in pairs.
    checked + (checked / 8).max(FIRST_CHECK).next_multiple_of(2)
}

/// How many pictures a model is given at a time, unless told: enough for its threads to share, and so many that they
/// seldom wait for the last of them; few enough to keep the observer posted.
fn default_batch_size(height: usize, width: usize) -> usize {
    const PIXELS: usize = 256 * 64 * 64;
    (PIXELS / height.saturating_mul(width).max(1)).clamp(64, 256)
}

impl Occlusion {
    /// Joins masks and scorer; hidden pixels are black, values are truncated, batches are of 64 pictures,
    /// or up to 256 small ones: 256 of 64x64 pixels.
    pub fn new(generator: impl MaskGenerator + 'static, scorer: impl Scorer + 'static) -> Self {
        Self {
            generator: Arc::new(generator),
            scorer: Arc::new(scorer),
            fill: Fill::default(),
            rounding: Rounding::default(),
            batch_size: None,
            tolerance: None,
        }
    }

    /// Sliding windows with occlusion scoring, as XAITK's `SlidingWindowStack`.
    ///
    /// `window_size` and `stride` are (height, width) in pixels.
    ///
    /// # Errors
    ///
    /// As [`SlidingWindow::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// let explainer = saliency::Occlusion::sliding_window((50, 50), (20, 20))?;
    /// # Ok::<(), saliency::Error>(())
    /// ```
    pub fn sliding_window(window_size: (usize, usize), stride: (usize, usize)) -> Result<Self, Error> {
        Ok(Self::new(SlidingWindow::new(window_size, stride)?, OcclusionScoring::new()))
    }

    /// Replaces what stands where a mask hides the picture.
    #[must_use]
    pub fn with_fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// Replaces how blends become whole numbers.
    #[must_use]
    pub fn with_rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Replaces how many occluded pictures the model is given at a time; the last batch may be smaller.
    #[must_use]
    pub fn with_batch_size(mut self, batch_size: NonZeroUsize) -> Self {
        self.batch_size = Some(batch_size);
        self
    }

    /// Stops as soon as the maps are known well enough, or when there are no more masks.
    ///
    /// A map is known well enough when its standard error, the root of its mean square over the pixels,
    /// is at most `tolerance` times its largest magnitude; all classes explained must be. It is looked at
    /// every 40 masks, and from 320 masks on whenever there are an eighth more, so the outcome does not depend on the
    /// batch size. Only scorers that can tell a standard error stop; see [`Scorer::standard_error`].
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `tolerance` is positive and finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use saliency::{HadamardGrid, Occlusion, RiseScoring};
    ///
    /// let explainer = Occlusion::new(HadamardGrid::new(2000, 8, 0)?, RiseScoring::centred()).with_tolerance(0.05)?;
    /// assert!(explainer.with_tolerance(f64::NAN).is_err());
    /// # Ok::<(), saliency::Error>(())
    /// ```
    pub fn with_tolerance(mut self, tolerance: f64) -> Result<Self, Error> {
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            let (component, parameter, expected) = ("Occlusion", "tolerance", "a positive number");
            return Err(Error::Parameter { component, parameter, value: tolerance, expected });
        }
        self.tolerance = Some(tolerance);
        Ok(self)
    }

    /// Makes the maps of the first pictures' scores, and tells their standard error if that is asked for.
    fn map(
        &self,
        reference: Option<&Array1<f32>>,
        scores: ArrayView2<'_, f32>,
        masks: &dyn Masks,
    ) -> Result<(Array3<f32>, Option<Array3<f32>>), Error> {
        let masks = First { masks, count: scores.nrows() };
        let reference = reference.map(|scores| scores.mapv(f64::from));
        let scores = scores.mapv(f64::from);
        let maps =
            self.scorer.score(reference.as_ref().map(|scores| scores.view()), scores.view(), &masks)?;
        let error = match self.tolerance {
            Some(_) => self.scorer.standard_error(scores.view(), &masks)?,
            None => None,
        };
        Ok((maps, error))
    }

    /// Scores every occluded picture, or as many as it takes: (masks, chosen classes).
    fn score_occluded(
        &self,
        model: &dyn Model,
        occluder: &Occluder,
        masks: &dyn Masks,
        classes: &[usize],
        reference: Option<&Array1<f32>>,
        observer: &dyn Observer,
    ) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((masks.len(), classes.len()));
        let mut check_at = FIRST_CHECK;
        let (height, width, _) = occluder.shape();
        let batch_size = self.batch_size.map_or(default_batch_size(height, width), NonZeroUsize::get);
        let mut done = 0;
        while done < masks.len() {
            let first = done;
            // Nothing is scored that the next look at the error does not see.
            let until = if self.tolerance.is_some() { check_at.min(masks.len()) } else { masks.len() };
            let count = batch_size.min(until - first);
            let failure = OnceLock::new();
            let draw = |offset: usize, picture: ArrayViewMut3<'_, u8>| {
                if let Err(error) = occluder.write(masks, first + offset, picture) {
                    // The first failure is reported; whether another thread's came first does not matter.
                    let _ = failure.set(error);
                }
            };
            let batch = model.predict_drawn(occluder.shape(), count, &draw);
            if let Some(error) = failure.into_inner() {
                return Err(error);
            }
            let batch = batch.map_err(|source| Error::Model { picture: Picture::Occluded(first), source })?;
            check_batch(model, batch.view(), count, |row| Picture::Occluded(first + row))?;
            for (from, mut to) in batch.outer_iter().zip(scores.axis_iter_mut(Axis(0)).skip(first)) {
                to.assign(&from.select(Axis(0), classes));
            }
            done += count;
            if observer.scored(done, masks.len()).is_break() {
                return Err(Error::Cancelled { done, total: masks.len() });
            }
            if let Some(tolerance) = self.tolerance.filter(|_| done == check_at) {
                check_at = next_check(check_at);
                let first = scores.slice_axis(Axis(0), Slice::from(..done));
                if let (maps, Some(errors)) = self.map(reference, first, masks)?
                    && standard_error::is_within(tolerance, &maps, &errors)
                {
                    return Ok(first.to_owned());
                }
            }
        }
        Ok(scores)
    }

    /// Scores the unperturbed picture, if the scorer compares with it.
    fn score_reference(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: &[usize],
    ) -> Result<Option<Array1<f32>>, Error> {
        if !self.scorer.needs_reference() {
            return Ok(None);
        }
        let picture = Picture::Unperturbed;
        let scores = model.predict(&[image]).map_err(|source| Error::Model { picture, source })?;
        check_batch(model, scores.view(), 1, |_| picture)?;
        Ok(Some(scores.row(0).select(Axis(0), classes)))
    }
}

impl Explainer for Occlusion {
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &dyn Observer,
    ) -> Result<Explanation, Error> {
        let classes = classes.resolve(model.metadata().labels.len())?;
        let occluder = Occluder::new(image, &self.fill, self.rounding)?;
        let (height, width, _) = image.dim();
        let masks = self.generator.masks(height, width)?;
        let reference = self.score_reference(model, image, &classes)?;
        let scores = self.score_occluded(model, &occluder, &masks, &classes, reference.as_ref(), observer)?;
        let (maps, standard_error) = self.map(reference.as_ref(), scores.view(), &masks)?;
        Ok(Explanation { maps, classes, scores, reference, standard_error })
    }
}

/// Refuses scores of another shape than (pictures, classes), and scores that are not numbers.
fn check_batch(
    model: &dyn Model,
    scores: ArrayView2<'_, f32>,
    pictures: usize,
    picture: impl Fn(usize) -> Picture,
) -> Result<(), Error> {
    let expected = (pictures, model.metadata().labels.len());
    if scores.dim() != expected {
        let (actual, expected) = (scores.shape().to_vec(), vec![expected.0, expected.1]);
        return Err(Error::Shape { what: "the model's scores", actual, expected });
    }
    match scores.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, class), &value)) => Err(Error::Score { picture: picture(row), class, value }),
        None => Ok(()),
    }
}
