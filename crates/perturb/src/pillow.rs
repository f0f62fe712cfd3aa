//! Pillow 13's resampling of one channel.

use ndarray::{Array2, ArrayView2, Axis};

/// What a pixel of the result is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The mean of what it covers.
    Box,
    /// Weights that fall off linearly.
    #[cfg_attr(not(feature = "optical"), expect(dead_code, reason = "for the optical perturbers"))]
    Bilinear,
}

/// The first position that a result's pixel is made of, and the weights from there on.
type Taps = Vec<(usize, Vec<f64>)>;

/// Resamples 8-bit values: weights of 22 bits, rounded to 8 bits after each axis.
pub(crate) fn resample_u8(plane: ArrayView2<'_, u8>, size: (usize, usize), filter: Filter) -> Array2<u8> {
    resample(plane, size, filter, |values, weights| {
        const BITS: u32 = 22;
        let sum = values.zip(weights).fold(1_i64 << (BITS - 1), |sum, (value, weight)| {
            // Halves away from zero.
            sum + i64::from(value) * (weight * f64::from(1 << BITS)).round() as i64
        });
        (sum >> BITS).clamp(0, 255) as u8
    })
}

/// Resamples numbers of 32 bits: sums of 64 bits, rounded to 32 after each axis.
#[cfg(feature = "optical")]
pub(crate) fn resample_f32(plane: ArrayView2<'_, f32>, size: (usize, usize), filter: Filter) -> Array2<f32> {
    resample(plane, size, filter, |values, weights| {
        values.zip(weights).fold(0.0, |sum, (value, weight)| sum + f64::from(value) * weight) as f32
    })
}

fn resample<T: Copy + Default>(
    plane: ArrayView2<'_, T>,
    (height, width): (usize, usize),
    filter: Filter,
    weigh: impl Fn(&mut dyn Iterator<Item = T>, &[f64]) -> T,
) -> Array2<T> {
    let (rows, columns) = plane.dim();
    // Pillow 13 begins with the rows if that leaves much less to do.
    let lost = |from: usize, to: usize| from as isize - to as isize;
    let rows_first = height < rows && lost(rows, height) > 2 * lost(columns, width);
    let axes = if rows_first { [Axis(0), Axis(1)] } else { [Axis(1), Axis(0)] };
    let mut plane = plane.to_owned();
    for axis in axes {
        let side = if axis == Axis(0) { height } else { width };
        let len = plane.len_of(axis);
        if side == len {
            continue;
        }
        let taps = taps(len, side, filter);
        let mut shape = plane.raw_dim();
        shape[axis.index()] = side;
        let mut resampled = Array2::default(shape);
        for (from, mut to) in plane.lanes(axis).into_iter().zip(resampled.lanes_mut(axis)) {
            for (value, (start, weights)) in to.iter_mut().zip(&taps) {
                *value = weigh(&mut from.iter().skip(*start).copied(), weights);
            }
        }
        plane = resampled;
    }
    plane
}

fn taps(from: usize, to: usize, filter: Filter) -> Taps {
    let scale = from as f64 / to as f64;
    let wide = scale.max(1.0);
    let (support, weight): (f64, fn(f64) -> f64) = match filter {
        Filter::Box => (0.5, |x| if x > -0.5 && x <= 0.5 { 1.0 } else { 0.0 }),
        Filter::Bilinear => (1.0, |x| (1.0 - x.abs()).max(0.0)),
    };
    let support = support * wide;
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let last = ((centre + support + 0.5) as usize).min(from);
            let weights: Vec<f64> =
                (first..last).map(|x| weight((x as f64 - centre + 0.5) * (1.0 / wide))).collect();
            let sum: f64 = weights.iter().sum();
            (
                first,
                weights.iter().map(|weight| if sum == 0.0 { 0.0 } else { weight * (1.0 / sum) }).collect(),
            )
        })
        .collect()
}

/// The position that each pixel of an enlarged or reduced line shows, in Pillow's accumulated coordinates.
pub(crate) fn nearest(from: usize, to: usize) -> Vec<usize> {
    let scale = from as f64 / to as f64;
    let mut at = scale / 2.0;
    (0..to)
        .map(|_| {
            let position = (at as usize).min(from - 1);
            at += scale;
            position
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_takes_means() {
        let plane = Array2::from_shape_vec((2, 4), vec![0, 10, 20, 41, 10, 0, 20, 41]).unwrap();
        let halved = resample_u8(plane.view(), (1, 2), Filter::Box);
        assert_eq!(halved.into_raw_vec_and_offset().0, [5, 31]);
    }

    #[test]
    fn the_nearest_pixels_of_a_triple_are_threes() {
        assert_eq!(nearest(2, 6), [0, 0, 0, 1, 1, 1]);
        assert_eq!(nearest(6, 2), [1, 4]);
    }
}
