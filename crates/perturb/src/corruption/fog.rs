use ndarray::{Array2, Array3};

use super::{Values, unit};
use crate::{Draws, Random};

/// A cloud laid over the image, and the sum brought back to the image's range.
pub(super) fn corrupt(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let (thickness, decay) = [(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)][level];
    let values = unit(image);
    let most = values.iter().copied().fold(0.0, f64::max);
    let (height, width, _) = image.dim();
    let cloud = plasma(height.max(width).next_power_of_two(), decay, &mut random.legacy());
    Array3::from_shape_fn(image.dim(), |(y, x, k)| {
        (values[[y, x, k]] + thickness * cloud[[y, x]]) * most / (most + thickness)
    })
}

/// A plasma fractal of 0 to 1 by the diamond-square algorithm, its edges joined.
fn plasma(side: usize, decay: f64, draws: &mut Draws<'_>) -> Array2<f64> {
    let mut map = Array2::zeros((side, side));
    let (mut step, mut wobble) = (side, 100.0);
    while step >= 2 {
        let half = step / 2;
        let count = side / step;
        let mut fill = |map: &mut Array2<f64>, [top, left]: [usize; 2], corners: [[usize; 2]; 4]| {
            for (i, j) in (0..count).flat_map(|i| (0..count).map(move |j| (i, j))) {
                let at = |[y, x]: [usize; 2]| map[[(i * step + y) % side, (j * step + x) % side]];
                let [a, b, c, d] = corners.map(at);
                let mean = ((a + b) + (c + d)) / 4.0;
                map[[i * step + top, j * step + left]] = mean + wobble * draws.uniform(-wobble, wobble);
            }
        };
        // Each sum in the original's order. `-half` is `side - half`, since edges are joined.
        let back = side - half;
        fill(&mut map, [half, half], [[0, 0], [step, 0], [0, step], [step, step]]);
        fill(&mut map, [0, half], [[half, half], [back, half], [0, 0], [0, step]]);
        fill(&mut map, [half, 0], [[half, half], [half, back], [0, 0], [step, 0]]);
        step = half;
        wobble /= decay;
    }
    let least = map.iter().copied().fold(f64::INFINITY, f64::min);
    map.mapv_inplace(|value| value - least);
    let most = map.iter().copied().fold(0.0, f64::max);
    map.mapv_into(|value| value / most)
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
