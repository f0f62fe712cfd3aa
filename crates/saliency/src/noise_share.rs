//! How much of a map is noise of its masks.

use ndarray::{Array2, ArrayView1, Axis};

use crate::samples::lattice;
use crate::{Masks, Part};

/// The groups whose maps are compared; more groups give a steadier estimate and cost a sum each.
const GROUPS: usize = 10;

/// Returns the share of noise in one class's sum over masks: the standard error of its pixels over their deviation
/// from the mean pixel, both as the root of the mean square. `None` for fewer than four masks.
///
/// The masks are split into K groups of consecutive pairs. With `D_k` the sum over the `n_k` masks of a group minus
/// its mean over the image,
///
/// ```text
/// D = sum of D_k,    noise^2 = K / (K - 1) * mean over pixels of sum over k of (D_k - D n_k / N)^2
/// share = noise / sqrt(mean over pixels of D^2)
/// ```
///
/// the batch-means estimate. What is constant over the image, as `p1` times the scores' sum, does not count. Groups
/// that are balanced against each other, as rows of one Hadamard matrix are, differ more than independent ones, so the
/// share is overestimated for them.
pub(crate) fn noise_share(masks: &dyn Masks, weights: ArrayView1<'_, f64>) -> Option<f64> {
    /// Below this share of the sum's size, its deviation from the mean is rounding.
    const ROUNDING: f64 = 1e-9;
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
    let (height, width) = masks.shape();
    let mut sums = masks.sampled(lattice(height), lattice(width)).weighted_sum(by_group.view(), Part::Kept);
    let pixels = (sums.len() / groups) as f64;
    let whole = sums.sum_axis(Axis(0));
    let size = (whole.iter().map(|value| value * value).sum::<f64>() / pixels).sqrt();
    for mut sum in sums.axis_iter_mut(Axis(0)) {
        let mean = sum.sum() / pixels;
        sum.mapv_inplace(|value| value - mean);
    }
    let whole = sums.sum_axis(Axis(0));
    let deviation = (whole.iter().map(|value| value * value).sum::<f64>() / pixels).sqrt();
    let mut squares = 0.0;
    for (sum, size) in sums.axis_iter(Axis(0)).zip(&sizes) {
        let share = size / count as f64;
        squares += sum.iter().zip(&whole).map(|(sum, whole)| (sum - whole * share).powi(2)).sum::<f64>();
    }
    let noise = (groups as f64 / (groups - 1) as f64 * squares / pixels).sqrt();
    Some(if size == 0.0 && noise == 0.0 {
        // A map of zeros made of zeros.
        0.0
    } else if deviation <= ROUNDING * size {
        // Masks without structure, as those of one cell: more of them tell nothing.
        f64::INFINITY
    } else {
        noise / deviation
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array3, array};

    use super::*;
    use crate::{HadamardGrid, MaskArray, MaskGenerator, PairedGrid, RiseGrid};

    #[test]
    fn two_groups_of_two_worked_by_hand() {
        // Pixel sums of the groups: (1, 0) and (2, 0), so D = (1.5, -1.5) and each group is off by (0.25, -0.25).
        let masks = MaskArray::new(array![[[1.0, 0.0]], [[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 0.0]]]).unwrap();
        let share = noise_share(&masks, array![1.0, 3.0, 2.0, 2.0].view()).unwrap();
        approx::assert_abs_diff_eq!(share, (2.0_f64 * 2.0).sqrt() * 0.25 / 1.5, epsilon = 1e-12);
    }

    #[test]
    fn fewer_than_four_masks_have_no_share() {
        let masks = MaskArray::new(Array3::zeros((3, 2, 2))).unwrap();
        assert!(noise_share(&masks, array![1.0, 2.0, 3.0].view()).is_none());
    }

    #[test]
    fn a_constant_added_to_all_pixels_does_not_change_it() {
        let array =
            Array3::from_shape_fn((20, 5, 5), |(i, y, x)| ((i * 7 + y * 3 + x * 11) % 13) as f32 / 26.0);
        let weights: Array1<f64> = (0..20).map(|i| f64::from(i % 7)).collect();
        let share = noise_share(&MaskArray::new(array.clone()).unwrap(), weights.view()).unwrap();
        let raised = noise_share(&MaskArray::new(array + 0.5).unwrap(), weights.view()).unwrap();
        approx::assert_abs_diff_eq!(share, raised, epsilon = 1e-6);
    }

    #[test]
    fn masks_of_one_cell_are_never_known_and_scores_of_zero_always() {
        let masks = RiseGrid::new(40, 1, 0.5, 1).unwrap().masks(8, 8).unwrap();
        let weights: Array1<f64> = (0..40).map(|i| f64::from(i % 7) / 7.0).collect();
        assert_eq!(noise_share(&masks, weights.view()), Some(f64::INFINITY));
        assert_eq!(noise_share(&masks, Array1::zeros(40).view()), Some(0.0));
    }

    #[test]
    fn the_share_is_the_error_over_seeds() {
        // A score that is the mask's value at one pixel: the converged map is the mean over many seeds.
        let of_seed = |seed| {
            let masks = RiseGrid::new(200, 4, 0.5, seed).unwrap().masks(8, 8).unwrap();
            let mut mask = Array2::zeros((8, 8));
            let mut scores: Array1<f64> = (0..200)
                .map(|index| {
                    masks.write(index, mask.view_mut());
                    f64::from(mask[[3, 4]])
                })
                .collect();
            let mean = scores.sum() / 200.0;
            scores.mapv_inplace(|score| score - mean);
            let sum = masks
                .weighted_sum(scores.view().insert_axis(Axis(1)), Part::Kept)
                .index_axis_move(Axis(0), 0);
            let mean = sum.sum() / 64.0;
            (sum - mean, noise_share(&masks, scores.view()).unwrap())
        };
        let runs: Vec<(Array2<f64>, f64)> = (0..200).map(of_seed).collect();
        let mean = runs.iter().fold(Array2::<f64>::zeros((8, 8)), |sum, run| sum + &run.0) / 200.0;
        let square = |map: &Array2<f64>| map.iter().map(|v| v * v).sum::<f64>();
        let error = runs.iter().map(|run| square(&(&run.0 - &mean)) / square(&run.0)).sum::<f64>() / 200.0;
        let share = runs.iter().map(|run| run.1.powi(2)).sum::<f64>() / 200.0;
        assert!((share.sqrt() / error.sqrt() - 1.0).abs() < 0.1, "{share} {error}");
    }

    /// The largest tolerance that an explainer takes, and why: see `OcclusionBuilder::tolerance`.
    #[test]
    #[ignore = "prints the measurement behind the largest tolerance"]
    #[expect(clippy::print_stdout, reason = "a measurement")]
    fn shares_of_pure_noise() {
        for cells in [2, 3, 4, 8, 16] {
            for kind in 0..3 {
                let mut least: Vec<f64> = Vec::new();
                for seed in 0..300_u64 {
                    let generator: Box<dyn MaskGenerator> = match kind {
                        0 => Box::new(RiseGrid::new(1000, cells, 0.5, seed).unwrap()),
                        1 => Box::new(PairedGrid::new(1000, cells, seed).unwrap()),
                        _ => Box::new(HadamardGrid::new(1000, cells, seed).unwrap()),
                    };
                    let masks = generator.masks(64, 64).unwrap();
                    let mut random = numpy_rng::default_rng(seed + 1_000_000);
                    let scores: Array1<f64> = (0..1000).map(|_| random.random() - 0.5).collect();
                    let mut at = 40;
                    let mut lowest = f64::INFINITY;
                    while at <= 1000 {
                        let first = crate::samples::First { masks: &masks, count: at };
                        let part = scores.slice(ndarray::s![..at]);
                        lowest = lowest.min(noise_share(&first, part).unwrap());
                        at += (at / 8).max(40).next_multiple_of(2);
                    }
                    least.push(lowest);
                }
                least.sort_by(f64::total_cmp);
                println!(
                    "{cells} cells, kind {kind}: least {:.3}, 1 % {:.3}, median {:.3}",
                    least[0], least[3], least[150]
                );
            }
        }
    }
}
