use multiversion::multiversion;
use ndarray::{Array3, ArrayRef3};

use super::whole;
use crate::values::written;
use crate::{Draws, Random};

/// A cloud laid over the image, and the sum brought back to the image's range.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let (thickness, decay) = [(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)][level];
    let (height, width, channels) = image.dim();
    let side = height.max(width).next_power_of_two();
    let cloud = plasma(side, decay, &mut random.legacy());
    written(image.view(), |from, to| {
        let most = f64::from(from.iter().copied().max().unwrap_or(0)) / 255.0;
        let stride = width * channels;
        let mut added = vec![0.0; stride];
        let rows = from.chunks_exact(stride).zip(to.chunks_exact_mut(stride));
        for ((from, to), cloud) in rows.zip(cloud.chunks_exact(side)) {
            for (added, cloud) in added.chunks_exact_mut(channels).zip(cloud) {
                added.fill(thickness * cloud);
            }
            lay_over(from, &added, most, thickness, to);
        }
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn lay_over(from: &[u8], added: &[f64], most: f64, thickness: f64, to: &mut [u8]) {
    for (to, (&value, added)) in to.iter_mut().zip(from.iter().zip(added)) {
        *to = whole((f64::from(value) / 255.0 + added) * most / (most + thickness));
    }
}

/// A plasma fractal of 0 to 1 by the diamond-square algorithm, its edges joined: `side` rows of `side` values, a power
/// of two.
fn plasma(side: usize, decay: f64, draws: &mut Draws<'_>) -> Vec<f64> {
    let (mut map, mut units) = (vec![0.0; side * side], vec![0.0; side]);
    let (mut step, mut wobble) = (side, 100.0);
    while step >= 2 {
        let half = step / 2;
        let mut fill = |[top, left]: [usize; 2], corners: [[usize; 2]; 4]| {
            for y in (0..side).step_by(step) {
                let rows = corners.map(|[down, _]| (y + down) % side * side);
                draws.fill_unit(&mut units[..side / step]);
                for (x, unit) in (0..side).step_by(step).zip(&units) {
                    // `side` is a power of two.
                    let at = |k: usize| map[rows[k] + ((x + corners[k][1]) & (side - 1))];
                    let mean = ((at(0) + at(1)) + (at(2) + at(3))) / 4.0;
                    map[(y + top) * side + x + left] = mean + wobble * (-wobble + (wobble + wobble) * unit);
                }
            }
        };
        // Each sum in the original's order. `-half` is `side - half`, since edges are joined.
        let back = side - half;
        fill([half, half], [[0, 0], [step, 0], [0, step], [step, step]]);
        fill([0, half], [[half, half], [back, half], [0, 0], [0, step]]);
        fill([half, 0], [[half, half], [half, back], [0, 0], [step, 0]]);
        step = half;
        wobble /= decay;
    }
    let least = map.iter().copied().fold(f64::INFINITY, f64::min);
    map.iter_mut().for_each(|value| *value -= least);
    let most = map.iter().copied().fold(0.0, f64::max);
    map.iter_mut().for_each(|value| *value /= most);
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plasma_covers_the_whole_range() {
        let map = plasma(32, 2.0, &mut Random::chacha(1, 0).legacy());
        assert_eq!(map.iter().copied().fold(1.0, f64::min), 0.0);
        assert_eq!(map.iter().copied().fold(0.0, f64::max), 1.0);
    }
}
