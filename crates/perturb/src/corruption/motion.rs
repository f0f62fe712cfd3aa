use ndarray::{Array3, s};

use super::Values;
use crate::Random;
use crate::gaussian_filter::pairwise_sum;

/// A blur along a line whose direction is random.
pub(super) fn corrupt(image: &Array3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
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
    let mut blurred = Array3::zeros(values.dim());
    for (i, weight) in weights.iter().enumerate() {
        let shift = |along: f64| -((i as f64 * along / hypotenuse - 0.5).ceil() as isize);
        let (dy, dx) = (shift(down), shift(right));
        if dy.unsigned_abs() >= height || dx.unsigned_abs() >= width {
            break;
        }
        let weight = weight / sum;
        let source =
            |at: usize, shift: isize, len: usize| (at as isize - shift).clamp(0, len as isize - 1) as usize;
        let columns: Vec<usize> = (0..width).map(|x| source(x, dx, width)).collect();
        for y in 0..height {
            let from = values.slice(s![source(y, dy, height), .., ..]);
            let mut to = blurred.slice_mut(s![y, .., ..]);
            for (x, &column) in columns.iter().enumerate() {
                for k in 0..channels {
                    to[[x, k]] += weight * from[[column, k]];
                }
            }
        }
    }
    blurred
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
