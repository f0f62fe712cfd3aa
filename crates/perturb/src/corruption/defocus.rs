use std::collections::BTreeMap;

use multiversion::multiversion;
use ndarray::{Array2, Array3, ArrayRef3, Axis};

use super::whole;
use crate::blur::{mirrored, reflect_101};
use crate::values::written;

/// The number of values computed together; their sums stay in registers.
const LANES: usize = 64;

/// Correlates with a disk whose edge is smoothed.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize) -> Array3<u8> {
    let (radius, smoothing) = [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)][level];
    let kernel = disk(radius, smoothing);
    let shape = image.dim();
    written(image.view(), |from, to| correlate(from, to, shape, &kernel))
}

/// Correlates with a kernel that is symmetric about its middle row, mirrored at the border.
///
/// A disk has few different weights. The values that share one are first summed as whole numbers.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn correlate(
    image: &[u8],
    out: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    kernel: &Array2<f32>,
) {
    let reach = kernel.nrows() / 2;
    let (stride, margin) = (width * channels, reach * channels);
    let (before, behind) = mirrored(width, channels, reach);
    let padded_stride = stride.next_multiple_of(LANES) + 2 * margin;
    let mut padded = vec![0; height * padded_stride];
    for (from, to) in image.chunks_exact(stride).zip(padded.chunks_exact_mut(padded_stride)) {
        to[margin..][..stride].copy_from_slice(from);
        to.iter_mut().zip(&before).for_each(|(to, &place)| *to = from[place]);
        to[margin + stride..].iter_mut().zip(&behind).for_each(|(to, &place)| *to = from[place]);
    }
    let groups = groups(kernel, padded_stride, channels);
    // The sums of the two rows at each distance, and the middle row.
    let mut pairs = vec![0_u16; (reach + 1) * padded_stride];
    for (y, out) in out.chunks_exact_mut(stride).enumerate() {
        for (distance, pair) in pairs.chunks_exact_mut(padded_stride).enumerate() {
            let above = reflect_101(y as isize - distance as isize, height);
            let below = reflect_101((y + distance) as isize, height);
            let (above, below) = (&padded[above * padded_stride..], &padded[below * padded_stride..]);
            for (pair, (&above, &below)) in pair.iter_mut().zip(above.iter().zip(below)) {
                *pair = u16::from(above) + if distance == 0 { 0 } else { u16::from(below) };
            }
        }
        for (out, place) in out.chunks_mut(LANES).zip((0..).step_by(LANES)) {
            let values = weighed(&pairs[place..], &groups);
            out.copy_from_slice(&values[..out.len()]);
        }
    }
}

/// The kernel's weights, each with the places of the values that have it among the sums of two rows.
fn groups(kernel: &Array2<f32>, stride: usize, channels: usize) -> Vec<(f64, Vec<usize>)> {
    /// The largest number of sums of two values whose sum fits 16 bits.
    const MOST: usize = 65_535 / (2 * 255);
    let middle = kernel.nrows() / 2;
    let mut groups = BTreeMap::<u32, Vec<usize>>::new();
    for ((y, x), weight) in kernel.indexed_iter().filter(|((y, _), weight)| *y >= middle && **weight != 0.0) {
        groups.entry(weight.to_bits()).or_default().push((y - middle) * stride + x * channels);
    }
    let parts =
        groups.iter().flat_map(|(bits, places)| places.chunks(MOST).map(move |places| (bits, places)));
    parts.map(|(bits, places)| (f32::from_bits(*bits).into(), places.to_vec())).collect()
}

/// The first `LANES` values of the result.
#[inline(always)]
fn weighed(pairs: &[u16], groups: &[(f64, Vec<usize>)]) -> [u8; LANES] {
    let mut sums = [0.0; LANES];
    for (weight, places) in groups {
        let mut wholes = [0_u16; LANES];
        for &place in places {
            let values = &pairs[place..].as_chunks::<LANES>().0[0];
            for i in 0..LANES {
                wholes[i] += values[i];
            }
        }
        for i in 0..LANES {
            sums[i] += weight * f64::from(wholes[i]);
        }
    }
    let mut values = [0; LANES];
    for i in 0..LANES {
        values[i] = whole(sums[i] / 255.0);
    }
    values
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
    use crate::Random;
    use proptest::prelude::*;

    /// The sum over the kernel, value by value.
    fn directly(image: &ArrayRef3<u8>, kernel: &Array2<f32>) -> Array3<u8> {
        let reach = (kernel.nrows() / 2) as isize;
        let (height, width, _) = image.dim();
        Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            let term = |((j, i), weight): ((usize, usize), &f32)| {
                let at = |place: usize, tap: usize, len| reflect_101((place + tap) as isize - reach, len);
                f64::from(*weight) * (f64::from(image[[at(y, j, height), at(x, i, width), k]]) / 255.0)
            };
            whole(kernel.indexed_iter().map(term).sum::<f64>())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn sums_of_equal_weights_are_the_sum_over_the_kernel(
            shape in (1_usize..40, 1_usize..40, 1_usize..5),
            kernel in prop::sample::select(vec![(3, 0.1), (8, 0.5), (10, 0.5)]),
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image = Array3::from_shape_simple_fn(shape, || random.next_u64() as u8);
            let kernel = disk(kernel.0, kernel.1);
            let mut blurred = vec![0; image.len()];
            correlate(image.as_slice().unwrap(), &mut blurred, shape, &kernel);
            prop_assert_eq!(blurred, directly(&image, &kernel).into_raw_vec_and_offset().0);
        }
    }

    #[test]
    fn white_is_the_sum_of_the_weights() {
        // The largest sums of whole numbers.
        let white = Array3::from_elem((50, 40, 3), 255);
        for level in 0..5 {
            assert!(corrupt(&white, level).iter().all(|&value| value >= 254));
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
