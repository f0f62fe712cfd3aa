use ndarray::{Array2, Array3, Axis, s};

use super::{Values, unit};
use crate::Random;
use crate::blur::reflect_101;
use crate::gaussian_filter::{self, Border, Precision};

/// scikit-image's `gaussian` of each channel.
fn smooth(values: &mut Values, sigma: f64) {
    gaussian_filter::filter(values.view_mut(), [sigma; 2], 4.0, Border::Nearest, Precision::Double);
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
    correlated(&unit(image), &disk(radius, smoothing))
}

/// Correlates with a kernel that is symmetric about its middle row and column, mirrored at the border.
fn correlated(values: &Values, kernel: &Array2<f32>) -> Values {
    let (height, width, channels) = values.dim();
    let reach = kernel.nrows() / 2;
    let at = |i: usize, len: usize| reflect_101(i as isize - reach as isize, len);
    let stride = (width + 2 * reach) * channels;
    let padded: Vec<f64> = (0..height + 2 * reach)
        .flat_map(|y| (0..width + 2 * reach).map(move |x| (y, x)))
        .flat_map(|(y, x)| (0..channels).map(move |k| values[[at(y, height), at(x, width), k]]))
        .collect();
    let line = |y: usize| &padded[y * stride..(y + 1) * stride];
    let (mut pair, mut running) = (vec![0.0; stride], vec![0.0; stride + channels]);
    let mut blurred = Array3::zeros(values.dim());
    for (y, mut to) in blurred.outer_iter_mut().enumerate() {
        let Some(to) = to.as_slice_mut() else { continue };
        for down in 0..=reach {
            let weights: Vec<f64> =
                (0..=reach).map(|right| f64::from(kernel[[reach + down, reach + right]])).collect();
            if weights.iter().all(|&weight| weight == 0.0) {
                continue;
            }
            // The two rows at this distance, which have the same weights.
            let (upper, lower) = (line(y + reach - down), line(y + reach + down));
            if down == 0 {
                pair.copy_from_slice(upper);
            } else {
                pair.iter_mut().zip(upper.iter().zip(lower)).for_each(|(pair, (a, b))| *pair = a + b);
            }
            // The inner pixels, which share a weight, as a difference of running sums.
            let inner = weights.iter().take_while(|&&weight| weight == weights[0]).count();
            for (i, value) in pair.iter().enumerate() {
                running[i + channels] = running[i] + value;
            }
            let ends =
                running[(reach + inner) * channels..].iter().zip(&running[(reach + 1 - inner) * channels..]);
            to.iter_mut().zip(ends).for_each(|(to, (end, start))| *to += weights[0] * (end - start));
            // The outer pixels, in pairs at the same distance.
            for (right, &weight) in
                weights.iter().enumerate().skip(inner).filter(|(_, weight)| **weight != 0.0)
            {
                let pairs =
                    pair[(reach - right) * channels..].iter().zip(&pair[(reach + right) * channels..]);
                to.iter_mut().zip(pairs).for_each(|(to, (a, b))| *to += weight * (a + b));
            }
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
    fn correlation_by_running_sums_is_the_sum_over_the_kernel() {
        let mut random = Random::chacha(4, 0);
        let image = Array3::from_shape_simple_fn((33, 40, 3), || random.next_u64() as u8);
        let values = unit(&image);
        for (radius, smoothing) in [(3, 0.1), (8, 0.5), (10, 0.5)] {
            let kernel = disk(radius, smoothing);
            let (blurred, reach) = (correlated(&values, &kernel), kernel.nrows() / 2);
            for ((y, x, k), value) in blurred.indexed_iter() {
                let term = |((j, i), weight): ((usize, usize), &f32)| {
                    let at = |place: usize, tap: usize, len| {
                        reflect_101((place + tap) as isize - reach as isize, len)
                    };
                    f64::from(*weight) * values[[at(y, j, 33), at(x, i, 40), k]]
                };
                let sum: f64 = kernel.indexed_iter().map(term).sum();
                assert!((value - sum).abs() < 1e-12, "{radius}: {value} {sum}");
            }
        }
    }

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
