//! How far a RISE map may be from the one that infinitely many masks give.

use ndarray::{Array2, Array3, ArrayView1, ArrayView2, Axis};

use crate::{Masks, Part};

/// Groups whose sums are compared; more tell the error more surely and cost a sum each.
const GROUPS: usize = 10;

/// What is subtracted from the masks in a group's sum.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Centre {
    /// A number.
    Constant(f64),
    /// The masks' own mean, pixel by pixel.
    Mean,
}

/// Returns the standard error of one class's sum over masks, `None` of fewer than four masks.
///
/// The masks are cut into groups of consecutive pairs; with `T_k` the sums of K groups of `n_k` masks,
///
/// ```text
/// S = sum of T_k,    Var S = K / (K - 1) * sum over k of (T_k - S n_k / N)^2
/// ```
///
/// the batch-means estimate. Groups that are balanced against each other, as rows of one Hadamard matrix
/// are, differ more than independent ones, so that for them it errs on the safe side.
pub(crate) fn of_sum(masks: &dyn Masks, weights: ArrayView1<'_, f64>, centre: Centre) -> Option<Array2<f64>> {
    let count = masks.len();
    let groups = GROUPS.min(count / 2);
    if groups < 2 {
        return None;
    }
    let group_of = |mask: usize| (mask / 2 * groups / count.div_ceil(2)).min(groups - 1);
    let mut by_group = Array2::zeros((count, groups));
    let mut sizes = vec![0.0; groups];
    for (mask, &weight) in weights.iter().enumerate() {
        by_group[[mask, group_of(mask)]] = weight;
        sizes[group_of(mask)] += 1.0;
    }
    let mut sums = masks.weighted_sum(by_group.view(), Part::Kept);
    let totals = by_group.sum_axis(Axis(0));
    let mean = match centre {
        Centre::Constant(value) => Array2::from_elem(masks.shape(), value),
        Centre::Mean => mean_mask(masks),
    };
    for (mut sum, &total) in sums.axis_iter_mut(Axis(0)).zip(&totals) {
        sum.zip_mut_with(&mean, |sum, mean| *sum -= mean * total);
    }
    let whole = sums.sum_axis(Axis(0));
    let mut squares = Array2::<f64>::zeros(masks.shape());
    for (sum, size) in sums.axis_iter(Axis(0)).zip(&sizes) {
        let share = size / count as f64;
        ndarray::Zip::from(&mut squares).and(&sum).and(&whole).for_each(|square, sum, whole| {
            *square += (sum - whole * share).powi(2);
        });
    }
    let scale = groups as f64 / (groups - 1) as f64;
    Some(squares.mapv(|square| (scale * square).sqrt()))
}

fn mean_mask(masks: &dyn Masks) -> Array2<f64> {
    let weights = Array2::from_elem((masks.len(), 1), 1.0 / masks.len() as f64);
    masks.weighted_sum(weights.view(), Part::Kept).sum_axis(Axis(0))
}

/// Whether every class's error, the root of its mean square over the pixels, is within `tolerance` of the
/// map's largest magnitude.
pub(crate) fn is_within(tolerance: f64, maps: &Array3<f32>, errors: &Array3<f32>) -> bool {
    maps.outer_iter().zip(errors.outer_iter()).all(|(map, error)| {
        let largest = map.iter().fold(0.0_f64, |largest, &value| largest.max(f64::from(value).abs()));
        let squares: f64 = error.iter().map(|&value| f64::from(value).powi(2)).sum();
        (squares / error.len() as f64).sqrt() <= tolerance * largest
    })
}

/// The first of a set of masks.
#[derive(Debug)]
pub(crate) struct First<'a> {
    pub(crate) masks: &'a dyn Masks,
    /// At most as many as there are.
    pub(crate) count: usize,
}

impl Masks for First<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn shape(&self) -> (usize, usize) {
        self.masks.shape()
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        assert!(index < self.count, "a mask must be one of the first {}", self.count);
        self.masks.rows(index, visit);
    }

    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.count, "there must be a weight for every mask");
        let mut all = Array2::zeros((self.masks.len(), weights.ncols()));
        for (mut to, from) in all.outer_iter_mut().zip(weights.outer_iter()) {
            to.assign(&from);
        }
        self.masks.weighted_sum(all.view(), part)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{MaskArray, MaskGenerator, RiseGrid};

    #[test]
    fn two_groups_of_two_worked_by_hand() {
        // Sums 1*1 + 0*3 = 1 and 1*2 + 1*2 = 4 of one pixel: S = 5, each off by 1.5 from 2.5, Var = 2 * 4.5.
        let masks = MaskArray::new(array![[[1.0]], [[0.0]], [[1.0]], [[1.0]]]).unwrap();
        let error = of_sum(&masks, array![1.0, 3.0, 2.0, 2.0].view(), Centre::Constant(0.0)).unwrap();
        approx::assert_abs_diff_eq!(error[[0, 0]], 3.0, epsilon = 1e-12);
    }

    #[test]
    fn fewer_than_four_masks_have_no_error() {
        let masks = MaskArray::new(Array3::zeros((3, 2, 2))).unwrap();
        assert!(of_sum(&masks, array![1.0, 2.0, 3.0].view(), Centre::Mean).is_none());
    }

    #[test]
    fn the_error_is_the_spread_over_seeds() {
        // A score that is the mask's value at one pixel.
        let sum_and_error = |seed| {
            let masks = RiseGrid::new(200, 4, 0.5, seed).unwrap().masks(8, 8).unwrap();
            let mut mask = Array2::zeros((8, 8));
            let scores: ndarray::Array1<f64> = (0..200)
                .map(|index| {
                    masks.write(index, mask.view_mut());
                    f64::from(mask[[3, 4]])
                })
                .collect();
            let error = of_sum(&masks, scores.view(), Centre::Constant(0.5)).unwrap()[[3, 4]];
            let weights = scores.clone().insert_axis(Axis(1));
            let sum = masks.weighted_sum(weights.view(), Part::Kept)[[0, 3, 4]] - 0.5 * scores.sum();
            (sum, error)
        };
        let runs: Vec<(f64, f64)> = (0..200).map(sum_and_error).collect();
        let count = runs.len() as f64;
        let mean = runs.iter().map(|run| run.0).sum::<f64>() / count;
        let spread = (runs.iter().map(|run| (run.0 - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let error = (runs.iter().map(|run| run.1.powi(2)).sum::<f64>() / count).sqrt();
        // A deviation over 200 runs is known to a twentieth.
        assert!((error / spread - 1.0).abs() < 0.15, "{error} {spread}");
    }

    #[test]
    fn the_first_masks_sum_as_they_do_when_visited() {
        let masks = RiseGrid::new(30, 4, 0.5, 1).unwrap().masks(9, 7).unwrap();
        let weights = Array2::from_shape_fn((12, 1), |(mask, _)| mask as f64);
        let first = First { masks: &masks, count: 12 };
        let visited = crate::mask::sum_directly(&first, weights.view(), Part::Kept);
        let summed = first.weighted_sum(weights.view(), Part::Kept);
        // Masks are rounded to f32 when they are visited, their weights add up to 66.
        assert!(summed.iter().zip(&visited).all(|(a, b)| (a - b).abs() < 66.0 * 6e-8));
    }
}
