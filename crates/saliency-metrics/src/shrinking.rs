//! Maps and regions at the smaller size of two.

use ndarray::{Array2, ArrayView2, Axis};

/// A map at a size of at most its own: smoothed against aliasing, then sampled bilinearly, within its range.
///
/// This is `skimage.transform.resize(map, size, order=1, anti_aliasing=True, preserve_range=True)`.
pub(crate) fn map(mut map: Array2<f64>, size: (usize, usize)) -> Array2<f64> {
    let range =
        map.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let ratios = [map.nrows() as f64 / size.0 as f64, map.ncols() as f64 / size.1 as f64];
    for (axis, ratio) in ratios.into_iter().enumerate() {
        smooth(&mut map, Axis(axis), (ratio - 1.0).max(0.0) / 2.0);
    }
    sampled(map.view(), size).mapv_into(|value| value.clamp(range.0, range.1))
}

/// A region at a size of at most its own: the nearest pixel.
///
/// This is `skimage.transform.resize(region, size, order=0)`.
pub(crate) fn region(region: ArrayView2<'_, bool>, size: (usize, usize)) -> Array2<bool> {
    let nearest = |i: usize, from: usize, to: usize| {
        (((i as f64 + 0.5) * (from as f64 / to as f64)) as usize).min(from - 1)
    };
    let (rows, columns) = region.dim();
    Array2::from_shape_fn(size, |(y, x)| region[[nearest(y, rows, size.0), nearest(x, columns, size.1)]])
}

/// A region at a size of at most its own: where it covers at least half of the bilinear sample.
///
/// This is `scipy.ndimage.zoom(region, factors, order=1, grid_mode=True, mode="nearest")` of 8-bit values.
pub(crate) fn covered(region: ArrayView2<'_, bool>, size: (usize, usize)) -> Array2<bool> {
    let region = region.mapv(|inside| f64::from(u8::from(inside)));
    sampled(region.view(), size).mapv(|share| share >= 0.5)
}

/// Bilinear samples at the middles of the pixels of a size of at most the map's own, which lie within the map.
fn sampled(map: ArrayView2<'_, f64>, size: (usize, usize)) -> Array2<f64> {
    let taps = |from: usize, to: usize| -> Vec<([usize; 2], [f64; 2])> {
        let place = |i: usize| (i as f64 + 0.5) * (from as f64 / to as f64) - 0.5;
        (0..to)
            .map(place)
            .map(|place| {
                let low = place.floor().max(0.0);
                let first = 1.0 - (place - low);
                let at = (low as usize).min(from - 1);
                ([at, (at + 1).min(from - 1)], [first, 1.0 - first])
            })
            .collect()
    };
    let (down, across) = (taps(map.nrows(), size.0), taps(map.ncols(), size.1));
    Array2::from_shape_fn(size, |(y, x)| {
        let ((ys, tall), (xs, wide)) = (down[y], across[x]);
        let term = |j: usize, i: usize| map[[ys[j], xs[i]]] * tall[j] * wide[i];
        term(0, 0) + term(0, 1) + term(1, 0) + term(1, 1)
    })
}

/// A Gaussian along one axis, cut off at four deviations, mirrored at the border without repeating it.
fn smooth(map: &mut Array2<f64>, axis: Axis, sigma: f64) {
    if sigma == 0.0 {
        return;
    }
    let radius = (4.0 * sigma + 0.5) as isize;
    let weights: Vec<f64> = (0..=radius).map(|i| (-0.5 / (sigma * sigma) * (i * i) as f64).exp()).collect();
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    for mut line in map.lanes_mut(axis) {
        let from = line.to_vec();
        let at = |i: isize| from[mirrored(i, from.len())];
        for (i, value) in (0..).zip(line.iter_mut()) {
            let pairs = (1..=radius).rev().map(|k| (at(i - k) + at(i + k)) * weights[k as usize]);
            *value = (at(i) * weights[0] + pairs.sum::<f64>()) / sum;
        }
    }
}

fn mirrored(i: isize, len: usize) -> usize {
    let last = len as isize - 1;
    if last == 0 {
        return 0;
    }
    let folded = i.rem_euclid(2 * last);
    folded.min(2 * last - folded) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_changes_nothing() {
        let values = Array2::from_shape_fn((5, 7), |(y, x)| (3 * y + x) as f64);
        assert_eq!(map(values.clone(), (5, 7)), values);
        let inside = values.mapv(|value| value > 9.0);
        assert_eq!(region(inside.view(), (5, 7)), inside);
        assert_eq!(covered(inside.view(), (5, 7)), inside);
    }

    #[test]
    fn a_constant_map_stays_constant() {
        let shrunk = map(Array2::from_elem((9, 16), 0.25), (4, 5));
        assert!(shrunk.iter().all(|value| (value - 0.25).abs() < 1e-15));
        assert_eq!(shrunk.dim(), (4, 5));
    }

    #[test]
    fn halves_of_pixels_are_covered() {
        let region = ndarray::array![[true, false, false, false], [true, false, true, false]];
        assert_eq!(covered(region.view(), (1, 2)), ndarray::array![[true, false]]);
    }
}
