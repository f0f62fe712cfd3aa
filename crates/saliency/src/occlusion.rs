use std::sync::{Arc, OnceLock};

use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Slice};
use protocols::{Model, Observer, Pass};

use crate::scores::check_batch;
use crate::standard_error::{self, First};
use crate::{
    BlendRounding, Classes, Error, Explainer, Explanation, Fill, MaskGenerator, Masks, Occluder, ScoredImage,
    Scorer,
};

/// An explainer assembled from a mask generator, a fill and a scorer.
///
/// The image is occluded by each mask, the model scores the occluded images batch by batch, and the scorer turns the
/// scores into maps. Masks and occluded images are written straight into the model's buffers and never collected. As
/// far as the model's scores do not depend on the batch size or on threads, neither do the maps.
///
/// # Examples
///
/// RISE's masks with RISE's scoring over a fill colour:
///
/// ```
/// use saliency::{Fill, Occlusion, RiseGrid, RiseScoring};
///
/// let explainer = Occlusion::builder(RiseGrid::new(200, 8, 0.5, 0)?, RiseScoring::centred())
///     .fill(Fill::Color(vec![95, 96, 93]))
///     .build()?;
/// # let _: &dyn saliency::Explainer = &explainer;
/// # Ok::<(), saliency::Error>(())
/// ```
///
/// Sliding windows with occlusion scoring, as XAITK's `SlidingWindowStack`:
///
/// ```
/// use saliency::{Occlusion, OcclusionScoring, SlidingWindow};
///
/// let windows = SlidingWindow::new((50, 50), (20, 20))?;
/// let explainer = Occlusion::builder(windows, OcclusionScoring::new()).build()?;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occlusion {
    generator: Arc<dyn MaskGenerator>,
    scorer: Arc<dyn Scorer>,
    fill: Fill,
    rounding: BlendRounding,
    batch_size: Option<usize>,
    tolerance: Option<f64>,
}

/// Settings of [`Occlusion`].
///
/// # Examples
///
/// ```
/// use saliency::{Occlusion, RiseGrid, RiseScoring};
///
/// let settings = Occlusion::builder(RiseGrid::new(200, 8, 0.5, 0)?, RiseScoring::centred()).batch_size(32);
/// assert!(settings.clone().build().is_ok());
/// assert!(settings.batch_size(0).build().is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct OcclusionBuilder {
    occlusion: Occlusion,
}

impl OcclusionBuilder {
    /// What replaces the pixels that a mask hides: black by default.
    pub fn fill(mut self, fill: Fill) -> Self {
        self.occlusion.fill = fill;
        self
    }

    /// How blends of image and fill are rounded: truncated by default.
    pub fn rounding(mut self, rounding: BlendRounding) -> Self {
        self.occlusion.rounding = rounding;
        self
    }

    /// Occluded images per forward pass; the last batch may be smaller. By default 64, or up to 256 small images:
    /// 256 of 64x64 pixels.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.occlusion.batch_size = Some(batch_size);
        self
    }

    /// Stops before all masks are used, as soon as the maps are known well enough: never by default.
    ///
    /// A map is known well enough when its standard error, the root of its mean square over the pixels, is at most
    /// `tolerance` times the map's largest magnitude; this must hold for every class explained. It is checked every 40
    /// masks, and from 320 masks on whenever there are an eighth more, so the outcome does not depend on the batch
    /// size. Only scorers that estimate a standard error stop early; see [`Scorer::standard_error`].
    ///
    /// # Examples
    ///
    /// ```
    /// use saliency::{HadamardGrid, Occlusion, RiseScoring};
    ///
    /// let settings = Occlusion::builder(HadamardGrid::new(2000, 8, 0)?, RiseScoring::centred());
    /// assert!(settings.clone().tolerance(0.05).build().is_ok());
    /// assert!(settings.tolerance(f64::NAN).build().is_err());
    /// # Ok::<(), saliency::Error>(())
    /// ```
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.occlusion.tolerance = Some(tolerance);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `batch_size` is at least 1 and `tolerance` is positive and finite.
    pub fn build(self) -> Result<Occlusion, Error> {
        let refuse = |parameter, value, expected| {
            Err(Error::Parameter { component: "Occlusion", parameter, value, expected })
        };
        if self.occlusion.batch_size == Some(0) {
            return refuse("batch_size", 0.0, "at least one image per forward pass");
        }
        match self.occlusion.tolerance {
            Some(tolerance) if !(tolerance > 0.0 && tolerance.is_finite()) => {
                refuse("tolerance", tolerance, "a positive number")
            }
            _ => Ok(self.occlusion),
        }
    }
}

/// The error of a map is first checked when this many images are scored, and then whenever this many and an eighth
/// more are, whatever the batch size: a check costs as much as the map of the images scored so far.
const FIRST_CHECK: usize = 40;

/// The number of scored images at which the error is checked again.
fn next_check(checked: usize) -> usize {
    // Even, since masks may come in pairs.
    checked + (checked / 8).max(FIRST_CHECK).next_multiple_of(2)
}

/// Images per forward pass by default: enough for the model's threads to share and seldom wait for the last one; few
/// enough to keep the observer informed.
fn default_batch_size(height: usize, width: usize) -> usize {
    const PIXELS: usize = 256 * 64 * 64;
    (PIXELS / height.saturating_mul(width).max(1)).clamp(64, 256)
}

impl Occlusion {
    /// Settings of an explainer with these masks and this scorer; the rest is as by default.
    pub fn builder(
        generator: impl MaskGenerator + 'static,
        scorer: impl Scorer + 'static,
    ) -> OcclusionBuilder {
        OcclusionBuilder {
            occlusion: Self {
                generator: Arc::new(generator),
                scorer: Arc::new(scorer),
                fill: Fill::default(),
                rounding: BlendRounding::default(),
                batch_size: None,
                tolerance: None,
            },
        }
    }

    /// Returns the maps for the first images' scores, and their standard error if a tolerance was set.
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

    /// Scores every occluded image, or as many as the tolerance asks for: (masks, chosen classes).
    fn score_occluded(
        &self,
        model: &dyn Model,
        occluder: &Occluder,
        masks: &dyn Masks,
        classes: &[usize],
        reference: Option<&Array1<f32>>,
        observer: &mut dyn Observer,
    ) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((masks.len(), classes.len()));
        let mut check_at = FIRST_CHECK;
        let (height, width, _) = occluder.shape();
        let batch_size = self.batch_size.unwrap_or_else(|| default_batch_size(height, width));
        observer.started(Pass::new("explain", "masks", Some(masks.len())));
        let mut done = 0;
        while done < masks.len() {
            let first = done;
            // Nothing is scored that the next check of the error does not see.
            let until = if self.tolerance.is_some() { check_at.min(masks.len()) } else { masks.len() };
            let count = batch_size.min(until - first);
            let failure = OnceLock::new();
            let draw = |offset: usize, buffer: ArrayViewMut3<'_, u8>| {
                if let Err(error) = occluder.write(masks, first + offset, buffer) {
                    // One failure is reported; which thread's it is does not matter.
                    let _ = failure.set(error);
                }
            };
            let batch = model.predict_drawn(occluder.shape(), count, &draw);
            if let Some(error) = failure.into_inner() {
                return Err(error);
            }
            let batch =
                batch.map_err(|source| Error::Model { image: ScoredImage::Occluded(first), source })?;
            check_batch(model, batch.view(), count, |row| ScoredImage::Occluded(first + row))?;
            for (from, mut to) in batch.outer_iter().zip(scores.axis_iter_mut(Axis(0)).skip(first)) {
                to.assign(&from.select(Axis(0), classes));
            }
            done += count;
            if observer.advanced(count).is_break() {
                return Err(Error::Stopped { done, total: masks.len() });
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

    /// Scores the unperturbed image, if the scorer compares with it.
    fn score_reference(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: &[usize],
    ) -> Result<Option<Array1<f32>>, Error> {
        if !self.scorer.needs_reference() {
            return Ok(None);
        }
        let unperturbed = ScoredImage::Unperturbed;
        let scores = model.predict(&[image]).map_err(|source| Error::Model { image: unperturbed, source })?;
        check_batch(model, scores.view(), 1, |_| unperturbed)?;
        Ok(Some(scores.row(0).select(Axis(0), classes)))
    }
}

impl Explainer for Occlusion {
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
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
