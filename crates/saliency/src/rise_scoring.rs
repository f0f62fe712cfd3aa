use ndarray::{Array3, ArrayView1, ArrayView2, ArrayViewMut1, Axis};

use crate::noise_share::noise_share;
use crate::scorer::{check_scores, map_classes};
use crate::{Error, Masks, Part, Scaling, Scorer};

/// RISE's scoring: the sum of the masks, weighted by the scores of their images.
///
/// ```text
/// plain:     S_c = sum over i of  c_i m_i               (Petsiuk et al. 2018, equation 6)
/// debiased:  S_c = sum over i of  c_i (m_i - p1)        (Hatakeyama et al. 2020, equation 8)
/// centred:   S_c = sum over i of  (c_i - mean c) m_i
/// ```
///
/// Plain and debiased are XAITK's `RISEScoring`. The debiased sum has the expected value of the centred
/// sum, but contains `mean c` times the sum of `m_i - p1`, noise that all classes share. The centred sum is free of it,
/// at no cost.
///
/// # Degenerate inputs
///
/// The centred map of a model whose scores never change is zero. The debiased one is that noise,
/// scaled like any other map; it is zero if the scores are.
///
/// # Examples
///
/// ```
/// use ndarray::{Array3, array};
/// use saliency::{MaskArray, RiseScoring, Scorer};
///
/// let masks = MaskArray::new(array![[[1.0, 0.0]], [[0.0, 1.0]]])?;
/// let maps = RiseScoring::debiased(0.5)?.score(None, array![[0.75], [0.25]].view(), &masks)?;
/// assert_eq!(maps, array![[[1.0, -1.0]]]);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiseScoring {
    estimator: Estimator,
    scaling: Scaling,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Estimator {
    Debiased { p1: f64 },
    Centred,
}

impl RiseScoring {
    /// Masks times scores, nothing subtracted.
    #[must_use]
    pub fn plain() -> Self {
        Self { estimator: Estimator::Debiased { p1: 0.0 }, scaling: Scaling::default() }
    }

    /// Subtracts from the masks the probability `p1` that a cell is on.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `p1` lies from 0 to 1; NaN is refused.
    pub fn debiased(p1: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&p1) {
            let expected = "a probability from 0 to 1";
            return Err(Error::Parameter { component: "RiseScoring", parameter: "p1", value: p1, expected });
        }
        Ok(Self { estimator: Estimator::Debiased { p1 }, scaling: Scaling::default() })
    }

    /// Subtracts from each class's scores their mean.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::{Array2, Array3, array};
    /// use saliency::{MaskArray, RiseScoring, Scorer};
    ///
    /// let masks = MaskArray::new(array![[[1.0, 0.3]], [[0.2, 1.0]]])?;
    /// let constant = Array2::from_elem((2, 1), 0.7);
    /// let maps = RiseScoring::centred().score(None, constant.view(), &masks)?;
    /// assert_eq!(maps, Array3::<f32>::zeros((1, 1, 2)));
    /// # Ok::<(), saliency::Error>(())
    /// ```
    #[must_use]
    pub fn centred() -> Self {
        Self { estimator: Estimator::Centred, scaling: Scaling::default() }
    }

    /// How the maps are scaled: [`Scaling::MaxAbs`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use saliency::{MaskArray, RiseScoring, Scaling, Scorer};
    ///
    /// let masks = MaskArray::new(array![[[1.0, 0.5]]])?;
    /// let maps = RiseScoring::plain().scaling(Scaling::None).score(None, array![[0.5]].view(), &masks)?;
    /// assert_eq!(maps, array![[[0.5, 0.25]]]);
    /// # Ok::<(), saliency::Error>(())
    /// ```
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }
}

impl RiseScoring {
    /// The weighted sums, divided by `divisor` and scaled.
    fn maps(
        &self,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
        divisor: f64,
        scaling: Scaling,
    ) -> Result<Array3<f32>, Error> {
        check_scores(scores, masks)?;
        let (p1, centred) = match self.estimator {
            Estimator::Debiased { p1 } => (p1, false),
            Estimator::Centred => (0.0, true),
        };
        let weights = |_: usize, scores: ArrayViewMut1<'_, f64>| {
            if centred {
                centre(scores);
            }
        };
        Ok(map_classes(masks, scores, Part::Kept, scaling, weights, |weights, sum| {
            let bias = p1 * weights.sum();
            sum.mapv_inplace(|value| (value - bias) / divisor);
        }))
    }
}

impl Scorer for RiseScoring {
    fn needs_reference(&self) -> bool {
        false
    }

    fn score(
        &self,
        _reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Array3<f32>, Error> {
        self.maps(scores, masks, 1.0, self.scaling)
    }

    fn unscaled(
        &self,
        _reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Option<Array3<f32>>, Error> {
        self.maps(scores, masks, masks.len() as f64, Scaling::None).map(Some)
    }

    fn noise_share(&self, scores: ArrayView1<'_, f64>, masks: &dyn Masks) -> Result<Option<f64>, Error> {
        check_scores(scores.insert_axis(Axis(1)), masks)?;
        let mut weights = scores.to_owned();
        // `p1` is constant over the image and so no part of the share.
        if self.estimator == Estimator::Centred {
            centre(weights.view_mut());
        }
        Ok(noise_share(masks, weights.view()))
    }
}

/// Subtracts the mean from a class's scores.
fn centre(mut scores: ArrayViewMut1<'_, f64>) {
    let Some(&first) = scores.first() else { return };
    // Relative to the first score, so that equal scores leave exactly zero.
    scores.mapv_inplace(|score| score - first);
    let mean = scores.sum() / scores.len() as f64;
    scores.mapv_inplace(|score| score - mean);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::{MaskArray, MaskGenerator, RiseGrid};

    fn masks() -> MaskArray {
        MaskArray::new(array![[[1.0, 0.0]], [[0.5, 1.0]]]).unwrap()
    }

    #[test]
    fn plain_is_the_weighted_sum_over_its_largest_value() {
        // 2*1 + 4*.5 = 4 and 4*1 = 4; for the second class 1*1 - .5*.5 = .75 and -.5.
        let maps =
            RiseScoring::plain().score(None, array![[2.0, 1.0], [4.0, -0.5]].view(), &masks()).unwrap();
        assert_eq!(maps, array![[[1.0, 1.0]], [[1.0, -0.5 / 0.75]]]);
    }

    #[test]
    fn debiasing_subtracts_p1_times_the_scores() {
        let scoring = RiseScoring::debiased(0.25).unwrap().scaling(Scaling::None);
        let maps = scoring.score(None, array![[2.0], [4.0]].view(), &masks()).unwrap();
        assert_eq!(maps, array![[[4.0 - 1.5, 4.0 - 1.5]]]);
    }

    #[test]
    fn a_constant_model_has_a_centred_map_of_zeros() {
        let masks = RiseGrid::new(30, 4, 0.5, 1).unwrap().masks(9, 13).unwrap();
        let scores = Array2::from_elem((30, 2), 0.1);
        let maps = RiseScoring::centred().score(None, scores.view(), &masks).unwrap();
        assert!(maps.iter().all(|&value| value == 0.0));
    }

    #[test]
    fn scores_of_zero_give_a_map_of_zeros() {
        let masks = RiseGrid::new(30, 4, 0.5, 1).unwrap().masks(9, 13).unwrap();
        let maps =
            RiseScoring::debiased(0.5).unwrap().score(None, Array2::zeros((30, 1)).view(), &masks).unwrap();
        assert!(maps.iter().all(|&value| value == 0.0));
    }

    #[test]
    fn a_missing_score_is_refused() {
        let error = RiseScoring::plain().score(None, array![[1.0]].view(), &masks()).unwrap_err();
        assert!(matches!(error, Error::Shape { what: "the scores", .. }));
    }

    #[test]
    fn scores_that_are_not_finite_are_refused() {
        for value in [f64::NAN, f64::INFINITY] {
            let error =
                RiseScoring::plain().score(None, array![[1.0], [value]].view(), &masks()).unwrap_err();
            assert!(matches!(error, Error::Score { image: crate::ScoredImage::Occluded(1), class: 0, .. }));
        }
    }
}
