use ndarray::{Array2, Array3, Axis, s};

use super::{Values, unit};
use crate::Random;
use crate::blur::reflect_101;
use crate::gaussian_filter::{self, Border, Precision};

/// scikit-image's `gaussian` of each channel.
fn smooth(values: &mut Values, sigma: f64) {
    for channel in values.axis_iter_mut(Axis(2)) {
        gaussian_filter::filter(channel, [sigma; 2], 4.0, Border::Nearest, Precision::Double);
    }
}

/// A Gaussian blur.
pub(super) fn gaussian(image: &Array3<u8>, level: usize) -> Values {
    let mut values = unit(image);
    smooth(&mut values, [1.0, 2.0, 3.0, 4.0, 6.0][level]);
    values
}

/// Blurs, replaces pixels by random near ones, and blurs again.
pub(super) fn glass(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let (sigma, reach, rounds) = [(0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)][level];
    let mut values = unit(image);
    smooth(&mut values, sigma);
    let mut pixels = values.mapv(|value| (value * 255.0) as u8);
    let (height, width, _) = image.dim();
    let mut draws = random.legacy();
    for _ in 0..rounds {
        for y in (reach + 1..=height - reach).rev() {
            for x in (reach + 1..=width - reach).rev() {
                let far = reach as i64;
                let (right, down) = (draws.integer(-far..=far - 1), draws.integer(-far..=far - 1));
                // The original means to exchange the two, but its views make it a copy.
                let from = [y.wrapping_add_signed(down as isize), x.wrapping_add_signed(right as isize)];
                let pixel = pixels.slice(s![from[0], from[1], ..]).to_owned();
                pixels.slice_mut(s![y, x, ..]).assign(&pixel);
            }
        }
    }
    let mut values = unit(&pixels);
    smooth(&mut values, sigma);
    values
}

/// Correlates with a disk whose edge is smoothed.
pub(super) fn defocus(image: &Array3<u8>, level: usize) -> Values {
    let (radius, smoothing) = [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)][level];
    let disk = disk(radius, smoothing);
    let reach = (disk.dim().0 / 2) as isize;
    let taps: Vec<(isize, isize, f64)> = disk
        .indexed_iter()
        .filter(|&(_, &weight)| weight != 0.0)
        .map(|((y, x), &weight)| (y as isize - reach, x as isize - reach, f64::from(weight)))
        .collect();
    let values = unit(image);
    let (height, width, _) = image.dim();
    let padded =
        Array3::from_shape_fn((height + 2 * reach as usize, width + 2 * reach as usize, 3), |(y, x, k)| {
            values[[reflect_101(y as isize - reach, height), reflect_101(x as isize - reach, width), k]]
        });
    let mut blurred = Array3::zeros(image.dim());
    // Row by row, where pixels lie side by side.
    for (y, mut row) in blurred.outer_iter_mut().enumerate() {
        for &(down, right, weight) in &taps {
            let (top, left) = (y + (reach + down) as usize, (reach + right) as usize);
            row.scaled_add(weight, &padded.slice(s![top, left..left + width, ..]));
        }
    }
    blurred
}

/// A disk of this radius in single precision, as OpenCV's `GaussianBlur` leaves it.
fn disk(radius: i32, smoothing: f64) -> Array2<f32> {
    let (reach, taps) = if radius <= 8 { (8, 3) } else { (radius, 5) };
    let side = (2 * reach + 1) as usize;
    let inside = |(y, x): (usize, usize)| {
        let (y, x) = (y as i32 - reach, x as i32 - reach);
        if x * x + y * y <= radius * radius { 1.0_f32 } else { 0.0 }
    };
    let mut disk = Array2::from_shape_fn((side, side), inside);
    let sum = disk.sum();
    disk /= sum;

    let half = taps / 2;
    let weights: Vec<f64> =
        (0..=half).map(|i| (-0.5 / (smoothing * smoothing) * f64::from(i * i)).exp()).collect();
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let weights: Vec<f32> = weights.iter().map(|weight| (weight / sum) as f32).collect();
    for axis in [Axis(1), Axis(0)] {
        for mut line in disk.lanes_mut(axis) {
            let from: Vec<f32> = line.to_vec();
            let at = |i: isize| from[reflect_101(i, side)];
            for (i, value) in line.iter_mut().enumerate() {
                let i = i as isize;
                let pairs = weights.iter().enumerate().skip(1);
                *value = pairs.fold(from[i as usize] * weights[0], |sum, (distance, weight)| {
                    let distance = distance as isize;
                    sum + (at(i - distance) + at(i + distance)) * weight
                });
            }
        }
    }
    disk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_the_sum_one_and_is_round() {
        // The border mirrors some of a larger disk, which reaches it.
        for (radius, smoothing) in [(3, 0.1), (4, 0.5), (6, 0.5)] {
            let disk = disk(radius, smoothing);
            assert!((disk.sum() - 1.0).abs() < 1e-5, "{radius}: {}", disk.sum());
            assert!(disk.indexed_iter().all(|((y, x), value)| (value - disk[[x, y]]).abs() < 1e-7));
        }
    }
}
