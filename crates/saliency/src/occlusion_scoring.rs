use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayViewMut1};

use crate::scorer::{check_scores, map_classes};
use crate::{Error, Masks, Part, Scaling, ScoredImage, Scorer};

/// Occlusion scoring: by how much hiding a pixel lowers a score, on average over the masks that hide it.
///
/// ```text
/// S_c = sum over i of (reference_c - c_i) (1 - m_i)  /  sum over i of (1 - m_i)
/// ```
///
/// A pixel that no mask hides gets 0. This is XAITK's `OcclusionScoring` (after Zeiler and Fergus 2014).
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency::{MaskArray, OcclusionScoring, Scorer};
///
/// let masks = MaskArray::new(array![[[0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0]]])?;
/// let reference = array![1.0];
/// let maps = OcclusionScoring::new().score(Some(reference.view()), array![[0.5], [0.0]].view(), &masks)?;
/// assert_eq!(maps, array![[[0.75, 1.0, 0.0]]]);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OcclusionScoring {
    scaling: Scaling,
}

impl OcclusionScoring {
    /// Maps scaled to a largest magnitude of one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How the maps are scaled: [`Scaling::MaxAbs`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use saliency::{OcclusionScoring, Scaling};
    ///
    /// assert_ne!(OcclusionScoring::new().scaling(Scaling::None), OcclusionScoring::new());
    /// ```
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }
}

impl Scorer for OcclusionScoring {
    fn needs_reference(&self) -> bool {
        true
    }

    fn score(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Array3<f32>, Error> {
        let reference = check_reference("OcclusionScoring", reference, scores)?;
        check_scores(scores, masks)?;
        let falls = |class: usize, mut scores: ArrayViewMut1<'_, f64>| {
            scores.mapv_inplace(|score| reference[class] - score);
        };
        Ok(average(masks, scores, self.scaling, falls))
    }

    fn unscaled(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Option<Array3<f32>>, Error> {
        self.scaling(Scaling::None).score(reference, scores, masks).map(Some)
    }
}

/// Averages the weights of the masks that hide a pixel, each counted as far as it hides it; `weights` turns a class's
/// scores into weights, in place.
pub(crate) fn average(
    masks: &dyn Masks,
    scores: ArrayView2<'_, f64>,
    scaling: Scaling,
    weights: impl Fn(usize, ArrayViewMut1<'_, f64>),
) -> Array3<f32> {
    let ones = Array2::ones((masks.len(), 1));
    let coverage = masks.weighted_sum(ones.view(), Part::Hidden);
    map_classes(masks, scores, Part::Hidden, scaling, weights, |_, sum| {
        for (value, &coverage) in sum.iter_mut().zip(&coverage) {
            *value = if coverage > 0.0 { *value / coverage } else { 0.0 };
        }
    })
}

/// Refuses reference scores that are missing, do not match the scores, or are not finite.
pub(crate) fn check_reference<'a>(
    scorer: &'static str,
    reference: Option<ArrayView1<'a, f64>>,
    scores: ArrayView2<'_, f64>,
) -> Result<ArrayView1<'a, f64>, Error> {
    let reference = reference.ok_or(Error::NoReference { scorer })?;
    if reference.len() != scores.ncols() {
        let (actual, expected) = (vec![reference.len()], vec![scores.ncols()]);
        return Err(Error::Shape { what: "the array of reference scores", actual, expected });
    }
    match reference.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((class, &value)) => {
            Err(Error::Score { image: ScoredImage::Unperturbed, class, value: value as f32 })
        }
        None => Ok(reference),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::MaskArray;

    #[test]
    fn rising_scores_count_against_a_pixel() {
        let masks = MaskArray::new(array![[[0.0, 1.0]], [[1.0, 0.0]]]).unwrap();
        let reference = array![0.5];
        let scores = array![[0.25], [0.625]];
        let maps = OcclusionScoring::new().score(Some(reference.view()), scores.view(), &masks).unwrap();
        assert_eq!(maps, array![[[1.0, -0.5]]]);
    }

    #[test]
    fn without_reference_scores_there_is_no_map() {
        let masks = MaskArray::new(array![[[0.0, 1.0]]]).unwrap();
        let error = OcclusionScoring::new().score(None, array![[0.25]].view(), &masks).unwrap_err();
        assert!(matches!(error, Error::NoReference { .. }));
    }
}
