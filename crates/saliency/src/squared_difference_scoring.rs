use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis};

use crate::occlusion_scoring::check_reference;
use crate::scorer::check_scores;
use crate::{Error, Masks, Part, Scorer};

/// Squared-difference scoring: by how much hiding a pixel changes the scores of all classes together.
///
/// ```text
/// d_i = 1/2 sum over c of (reference_c - c_i)^2
/// S = sum over i of d_i (1 - m_i)  /  sum over i of (1 - m_i),    rescaled by its extremes to 0 to 1
/// ```
///
/// It gives one map, not one per class: as a [`Scorer`] it returns the same map for each class explained, made of
/// these classes. This is XAITK's `SquaredDifferenceScoring` (after Greydanus et al. 2018).
///
/// # Degenerate inputs
///
/// A pixel that no mask hides gets the value of no change. A map that is constant, since no score changed, is zero;
/// the original divides by zero.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency::{MaskArray, Scorer, SquaredDifferenceScoring};
///
/// let masks = MaskArray::new(array![[[0.0, 1.0, 1.0]], [[1.0, 0.0, 1.0]]])?;
/// let reference = array![1.0, 0.0];
/// let scores = array![[0.0, 1.0], [0.5, 0.5]];
/// let maps = SquaredDifferenceScoring::new().score(Some(reference.view()), scores.view(), &masks)?;
/// assert_eq!(maps, array![[[1.0, 0.25, 0.0]], [[1.0, 0.25, 0.0]]]);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SquaredDifferenceScoring(());

impl SquaredDifferenceScoring {
    /// The scorer, which has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Scorer for SquaredDifferenceScoring {
    fn needs_reference(&self) -> bool {
        true
    }

    fn score(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Array3<f32>, Error> {
        let reference = check_reference("SquaredDifferenceScoring", reference, scores)?;
        check_scores(scores, masks)?;
        let difference = |scores: ArrayView1<'_, f64>| {
            scores
                .iter()
                .zip(&reference)
                .map(|(score, reference)| 0.5 * (reference - score).powi(2))
                .sum::<f64>()
        };
        let differences: Array1<f64> = scores.outer_iter().map(difference).collect();
        let weights = ndarray::stack![Axis(1), differences, Array1::ones(masks.len())];
        let sums = masks.weighted_sum(weights.view(), Part::Hidden);
        let mut map: Array2<f64> = sums.index_axis(Axis(0), 0).to_owned();
        map.zip_mut_with(&sums.index_axis(Axis(0), 1), |sum, &coverage| {
            *sum /= if coverage == 0.0 { 1.0 } else { coverage };
        });
        let least = map.iter().copied().fold(f64::INFINITY, f64::min);
        map.mapv_inplace(|value| value - least);
        let largest = map.iter().copied().fold(0.0, f64::max);
        if largest > 0.0 {
            map.mapv_inplace(|value| value / largest);
        }
        let (height, width) = map.dim();
        Ok(Array3::from_shape_fn((scores.ncols(), height, width), |(_, y, x)| map[[y, x]] as f32))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::MaskArray;

    #[test]
    fn scores_that_do_not_change_give_a_map_of_zeros() {
        let masks = MaskArray::new(array![[[0.0, 1.0]], [[0.5, 0.5]]]).unwrap();
        let (reference, scores) = (array![0.5, 0.5], array![[0.5, 0.5], [0.5, 0.5]]);
        let maps =
            SquaredDifferenceScoring::new().score(Some(reference.view()), scores.view(), &masks).unwrap();
        assert_eq!(maps, Array3::<f32>::zeros((2, 1, 2)));
    }

    #[test]
    fn without_reference_scores_there_is_no_map() {
        let masks = MaskArray::new(array![[[0.0, 1.0]]]).unwrap();
        let error = SquaredDifferenceScoring::new().score(None, array![[0.25]].view(), &masks).unwrap_err();
        assert!(matches!(error, Error::NoReference { scorer: "SquaredDifferenceScoring" }));
    }
}
