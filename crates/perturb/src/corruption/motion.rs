use ndarray::{Array3, ArrayRef3, Axis};

use super::Values;
use crate::Random;
use crate::gaussian_filter::pairwise_sum;

/// A blur along a line whose direction is random.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let (radius, sigma) = [(10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)][level];
    let angle = random.legacy().uniform(-45.0, 45.0);
    // The original works on 0 to 255.
    let blurred = blur(&image.mapv(f64::from), radius, sigma, angle);
    blurred.mapv(|value| value as u8)
}

/// Adds up shifted copies, the further the weaker; `angle` in degrees.
pub(super) fn blur(values: &Values, radius: usize, sigma: f64, angle: f64) -> Values {
    let length = (2 * radius + 1) as f64;
    let weights: Vec<f64> = (0..=2 * radius)
        .map(|i| {
            let squared = -((i * i) as f64);
            (squared / (2.0 * (sigma * sigma))).exp() / ((2.0 * std::f64::consts::PI).sqrt() * sigma)
        })
        .collect();
    let sum = pairwise_sum(&weights);
    let (down, right) = (length * angle.to_radians().sin(), length * angle.to_radians().cos());
    let hypotenuse = down.hypot(right);
    let (height, width, channels) = values.dim();
    let shift = |i: usize, along: f64| -((i as f64 * along / hypotenuse - 0.5).ceil() as isize);
    let shifts = weights
        .iter()
        .enumerate()
        .map(|(i, weight)| (shift(i, down), shift(i, right), weight / sum))
        .take_while(|(dy, dx, _)| dy.unsigned_abs() < height && dx.unsigned_abs() < width);
    let shifts: Vec<(isize, isize, f64)> = shifts.collect();
    let values = values.as_standard_layout();
    let mut blurred = Array3::zeros(values.dim());
    // All copies of one row, which stays in the cache.
    for (y, mut to) in blurred.outer_iter_mut().enumerate() {
        let Some(to) = to.as_slice_mut() else { continue };
        for &(dy, dx, weight) in &shifts {
            let from = values.index_axis(Axis(0), (y as isize - dy).clamp(0, height as isize - 1) as usize);
            if let Some(from) = from.as_slice() {
                add_shifted(to, from, dx * channels as isize, channels, weight);
            }
        }
    }
    blurred
}

/// Adds a weighted row that is shifted by less than its length, its outermost pixel repeated.
fn add_shifted(to: &mut [f64], from: &[f64], shift: isize, channels: usize, weight: f64) {
    let by = shift.unsigned_abs();
    let kept = to.len() - by;
    let (inner, from_inner, edge, pixel) = if shift < 0 {
        let (inner, edge) = to.split_at_mut(kept);
        (inner, &from[by..], edge, &from[from.len() - channels..])
    } else {
        let (edge, inner) = to.split_at_mut(by);
        (inner, &from[..kept], edge, &from[..channels])
    };
    inner.iter_mut().zip(from_inner).for_each(|(to, from)| *to += weight * from);
    for to in edge.chunks_exact_mut(channels) {
        to.iter_mut().zip(pixel).for_each(|(to, from)| *to += weight * from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_direction_blurs_along_rows_alone() {
        let values = Array3::from_shape_fn((40, 50, 1), |(y, ..)| y as f64);
        let blurred = blur(&values, 5, 3.0, 0.0);
        assert!(blurred.iter().zip(&values).all(|(blurred, value)| (blurred - value).abs() < 1e-12));
    }
}
