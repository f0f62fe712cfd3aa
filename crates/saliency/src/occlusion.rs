use std::sync::{Arc, OnceLock};

use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Slice};
use protocols::{Model, Observer, Pass};

use crate::samples::{First, Half};
use crate::scores::check_batch;
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
    /// A map is known well enough when at most this share of it is noise: its standard error is at most `tolerance`
    /// times its deviation from the mean pixel; see [`Scorer::noise_share`]. Then it correlates with the map of
    /// infinitely many masks by about `sqrt(1 - tolerance^2)`: 0.87 for 0.5, 0.95 for 0.3. This must hold for every
    /// class explained. It is checked every 40 masks, and from 320 masks on whenever there are an eighth more, so the
    /// outcome does not depend on the batch size. A scorer that does not estimate the noise uses all masks.
    ///
    /// Tolerances above 0.5 are refused, since noise may pass them: the share of pure noise, about 1, fluctuates with
    /// the masks. Over 1,000 masks it fell to 0.4 at the lowest for grids of 3x3 cells, to 0.66 for 8x8. Grids of 2x2
    /// cells have too few for a reliable estimate: 0.31.
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
    /// [`Error::Parameter`] unless `batch_size` is at least 1 and `tolerance` is above 0 and at most 0.5.
    pub fn build(self) -> Result<Occlusion, Error> {
        let refuse = |parameter, value, expected| {
            Err(Error::Parameter { component: "Occlusion", parameter, value, expected })
        };
        if self.occlusion.batch_size == Some(0) {
            return refuse("batch_size", 0.0, "at least one image per forward pass");
        }
        match self.occlusion.tolerance {
            Some(tolerance) if !(tolerance > 0.0 && tolerance <= MOST_TOLERANCE) => {
                refuse("tolerance", tolerance, "a number above 0 and at most 0.5, which noise does not pass")
            }
            _ => Ok(self.occlusion),
        }
    }
}

/// The largest tolerance that maps of pure noise do not meet: see `shares_of_pure_noise` in `noise_share.rs`.
const MOST_TOLERANCE: f64 = 0.5;

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
    /// Settings of an explainer with these masks and this scorer; the rest keeps its defaults.
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

    /// Returns a class whose map is not known to within `tolerance`, if there is one; `suspect` is tried first.
    fn unknown(
        &self,
        tolerance: f64,
        scores: ArrayView2<'_, f32>,
        masks: &dyn Masks,
        suspect: usize,
    ) -> Result<Option<usize>, Error> {
        let masks = First { masks, count: scores.nrows() };
        for class in (suspect..scores.ncols()).chain(0..suspect) {
            let share = self.scorer.noise_share(scores.column(class).mapv(f64::from).view(), &masks)?;
            if share.is_none_or(|share| share > tolerance) {
                return Ok(Some(class));
            }
        }
        Ok(None)
    }

    /// The share of noise in each class's map, where the scorer estimates it.
    fn noise_share(
        &self,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Option<Array1<f64>>, Error> {
        scores.columns().into_iter().map(|scores| self.scorer.noise_share(scores, masks)).collect()
    }

    /// Scores every occluded image, or as many as the tolerance asks for: (masks, classes), all of the model's.
    fn score_occluded(
        &self,
        model: &dyn Model,
        occluder: &Occluder,
        masks: &dyn Masks,
        classes: &[usize],
        observer: &mut dyn Observer,
    ) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((masks.len(), model.metadata().labels.len()));
        let mut check_at = FIRST_CHECK;
        let (height, width, _) = occluder.shape();
        let batch_size = self.batch_size.unwrap_or_else(|| default_batch_size(height, width));
        observer.started(Pass::new("explain", "masks", Some(masks.len())));
        let (mut done, mut suspect) = (0, 0);
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
                to.assign(&from);
            }
            done += count;
            if observer.advanced(count).is_break() {
                return Err(Error::Stopped { done, total: masks.len() });
            }
            if let Some(tolerance) = self.tolerance.filter(|_| done == check_at) {
                check_at = next_check(check_at);
                let first = scores.slice_axis(Axis(0), Slice::from(..done));
                // A class that was not known is likely not to be known yet, which spares looking at the others.
                match self.unknown(tolerance, first.select(Axis(1), classes).view(), masks, suspect)? {
                    Some(class) => suspect = class,
                    None => return Ok(first.to_owned()),
                }
            }
        }
        Ok(scores)
    }

    /// Scores the unperturbed image for all classes, if the scorer compares with it.
    fn score_reference(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
    ) -> Result<Option<Array1<f32>>, Error> {
        if !self.scorer.needs_reference() {
            return Ok(None);
        }
        let unperturbed = ScoredImage::Unperturbed;
        let scores = model.predict(&[image]).map_err(|source| Error::Model { image: unperturbed, source })?;
        check_batch(model, scores.view(), 1, |_| unperturbed)?;
        Ok(Some(scores.row(0).to_owned()))
    }

    /// The unscaled maps of these columns of an explanation's scores, from all of its masks or from half of them.
    fn unscaled_of(
        &self,
        explanation: &Explanation,
        classes: &[usize],
        half: Option<bool>,
    ) -> Result<Option<Array3<f32>>, Error> {
        let all = &explanation.all_scores;
        let classes = Classes::Chosen(classes).resolve(all.ncols())?;
        let (_, height, width) = explanation.maps.dim();
        let masks = self.generator.masks(height, width)?;
        let masks = First { masks: &masks, count: all.nrows() };
        let scores = all.select(Axis(1), &classes).mapv(f64::from);
        let reference = explanation.all_reference.as_ref();
        let reference = reference.map(|scores| scores.select(Axis(0), &classes).mapv(f64::from));
        let reference = reference.as_ref().map(|scores| scores.view());
        let Some(second) = half else {
            return self.scorer.unscaled(reference, scores.view(), &masks);
        };
        let half = Half { masks, second };
        let places: Vec<usize> = (0..half.len()).map(|index| half.place(index)).collect();
        self.scorer.unscaled(reference, scores.select(Axis(0), &places).view(), &half)
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
        let all_reference = self.score_reference(model, image)?;
        let all_scores = self.score_occluded(model, &occluder, &masks, &classes, observer)?;
        let reference = all_reference.as_ref().map(|scores| scores.select(Axis(0), &classes));
        let scores = all_scores.select(Axis(1), &classes);
        let masks = First { masks: &masks, count: scores.nrows() };
        let exact = scores.mapv(f64::from);
        let exact_reference = reference.as_ref().map(|scores| scores.mapv(f64::from));
        let maps =
            self.scorer.score(exact_reference.as_ref().map(|scores| scores.view()), exact.view(), &masks)?;
        let noise_share = match self.tolerance {
            Some(_) => self.noise_share(exact.view(), &masks)?,
            None => None,
        };
        Ok(Explanation { maps, classes, scores, reference, noise_share, all_scores, all_reference })
    }

    fn unscaled(&self, explanation: &Explanation, classes: &[usize]) -> Result<Option<Array3<f32>>, Error> {
        self.unscaled_of(explanation, classes, None)
    }

    fn half_difference(&self, explanation: &Explanation, class: usize) -> Result<Option<Array2<f32>>, Error> {
        if explanation.all_scores.nrows() < 4 {
            return Ok(None);
        }
        let half = |second| self.unscaled_of(explanation, &[class], Some(second));
        let (Some(first), Some(second)) = (half(false)?, half(true)?) else { return Ok(None) };
        Ok(Some(((first - second) / 2.0).index_axis_move(Axis(0), 0)))
    }
}
