//! SciPy's `gaussian_filter`, with its order of additions.

use multiversion::multiversion;
use ndarray::ArrayViewMut3;

/// What lies beyond the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// The outermost value.
    Nearest,
    /// The mirror image, the outermost value included.
    Reflect,
    /// The other end.
    Wrap,
}

/// In which precision values are kept between the passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

/// The number of values computed together; their sums stay in registers.
const LANES: usize = 32;

/// Filters each channel, the columns first and then the rows, with a deviation for each, cut off at `truncate`
/// deviations.
pub(crate) fn filter(
    mut values: ArrayViewMut3<'_, f64>,
    sigma: [f64; 2],
    truncate: f64,
    border: Border,
    precision: Precision,
) {
    let shape = values.dim();
    let weights = sigma.map(|sigma| kernel(sigma, (truncate * sigma + 0.5) as usize));
    if values.is_empty() {
        return;
    }
    if let Some(values) = values.as_slice_mut() {
        passes(values, shape, &weights, border, precision);
        return;
    }
    let mut copy: Vec<f64> = values.iter().copied().collect();
    passes(&mut copy, shape, &weights, border, precision);
    values.iter_mut().zip(copy).for_each(|(to, from)| *to = from);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn passes(
    values: &mut [f64],
    (height, width, channels): (usize, usize, usize),
    weights: &[Vec<f64>; 2],
    border: Border,
    precision: Precision,
) {
    let [down, across] = weights;
    let stride = width * channels;
    // A strip of columns at a time, whose rows lie side by side in a cache.
    let mut filtered = vec![0.0; height * LANES];
    let mut padded = Vec::new();
    for start in (0..stride).step_by(LANES) {
        let step = LANES.min(stride - start);
        padded.clear();
        for y in positions(height, down.len() - 1, border) {
            padded.extend_from_slice(&values[y * stride + start..][..step]);
        }
        let filtered = &mut filtered[..height * step];
        weigh(&padded, step, down, precision, filtered);
        for (to, from) in values.chunks_exact_mut(stride).zip(filtered.chunks_exact(step)) {
            to[start..start + step].copy_from_slice(from);
        }
    }
    let radius = across.len() - 1;
    let places: Vec<usize> = positions(width, radius, border).map(|x| x * channels).collect();
    let (before, behind) = (&places[..radius], &places[radius + width..]);
    for row in values.chunks_exact_mut(stride) {
        padded.clear();
        before.iter().for_each(|&place| padded.extend_from_slice(&row[place..place + channels]));
        padded.extend_from_slice(row);
        behind.iter().for_each(|&place| padded.extend_from_slice(&row[place..place + channels]));
        weigh(&padded, channels, across, precision, row);
    }
}

/// Weighs values that are `step` apart.
#[inline(always)]
fn weigh(padded: &[f64], step: usize, weights: &[f64], precision: Precision, to: &mut [f64]) {
    let (blocks, rest) = to.as_chunks_mut::<LANES>();
    let done = LANES * blocks.len();
    for (block, place) in blocks.iter_mut().zip((0..).step_by(LANES)) {
        *block = weighed(&padded[place..], step, weights, precision);
    }
    for (value, place) in rest.iter_mut().zip(done..) {
        [*value] = weighed(&padded[place..], step, weights, precision);
    }
}

/// The first values of the result: the middle one, then the pairs from the outermost inwards, as SciPy adds.
#[inline(always)]
fn weighed<const COUNT: usize>(
    padded: &[f64],
    step: usize,
    weights: &[f64],
    precision: Precision,
) -> [f64; COUNT] {
    let radius = weights.len() - 1;
    let mut sums = *block::<COUNT>(padded, radius * step);
    for sum in &mut sums {
        *sum *= weights[0];
    }
    for (distance, &weight) in weights.iter().enumerate().skip(1).rev() {
        let before = block::<COUNT>(padded, (radius - distance) * step);
        let behind = block::<COUNT>(padded, (radius + distance) * step);
        for i in 0..COUNT {
            sums[i] += (before[i] + behind[i]) * weight;
        }
    }
    if precision == Precision::Single {
        for sum in &mut sums {
            *sum = f64::from(*sum as f32);
        }
    }
    sums
}

#[inline(always)]
fn block<const COUNT: usize>(values: &[f64], start: usize) -> &[f64; COUNT] {
    &values[start..].as_chunks().0[0]
}

/// The positions of a line and of `radius` more on either side.
fn positions(len: usize, radius: usize, border: Border) -> impl Iterator<Item = usize> {
    (-(radius as isize)..(len + radius) as isize).map(move |i| position(i, len as isize, border))
}

/// The weights of the centre and of each distance up to `radius`.
fn kernel(sigma: f64, radius: usize) -> Vec<f64> {
    let weight = |i: isize| (-0.5 / (sigma * sigma) * (i * i) as f64).exp();
    let all: Vec<f64> = (-(radius as isize)..=radius as isize).map(weight).collect();
    let sum = pairwise_sum(&all);
    all[radius..].iter().map(|weight| weight / sum).collect()
}

fn position(i: isize, len: isize, border: Border) -> usize {
    match border {
        Border::Nearest => i.clamp(0, len - 1) as usize,
        Border::Reflect => {
            let folded = i.rem_euclid(2 * len);
            folded.min(2 * len - 1 - folded) as usize
        }
        Border::Wrap => i.rem_euclid(len) as usize,
    }
}

/// `NumPy`'s sum of up to 128 numbers: eight sums at once, which are then added in pairs.
pub(crate) fn pairwise_sum(numbers: &[f64]) -> f64 {
    let (blocks, rest) = numbers.as_chunks::<8>();
    let Some((first, blocks)) = blocks.split_first() else {
        return rest.iter().fold(0.0, |sum, number| sum + number);
    };
    let s = blocks.iter().fold(*first, |sums, block| std::array::from_fn(|i| sums[i] + block[i]));
    let sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    rest.iter().fold(sum, |sum, number| sum + number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use ndarray::{Array2, Array3, ArrayViewMut1, Axis};
    use proptest::prelude::*;

    /// The definition for one line, value by value.
    fn directly(mut line: ArrayViewMut1<'_, f64>, weights: &[f64], border: Border, precision: Precision) {
        let from = line.to_vec();
        let at = |i: isize| from[position(i, from.len() as isize, border)];
        for (i, value) in line.iter_mut().enumerate() {
            let mut sum = from[i] * weights[0];
            for (distance, weight) in weights.iter().enumerate().skip(1).rev() {
                let (i, distance) = (i as isize, distance as isize);
                sum += (at(i - distance) + at(i + distance)) * weight;
            }
            *value = if precision == Precision::Single { f64::from(sum as f32) } else { sum };
        }
    }

    #[test]
    fn a_constant_plane_stays_constant() {
        for border in [Border::Nearest, Border::Reflect, Border::Wrap] {
            let mut plane = Array3::from_elem((5, 9, 1), 0.7);
            filter(plane.view_mut(), [2.0, 0.3], 4.0, border, Precision::Double);
            assert!(plane.iter().all(|value| (value - 0.7).abs() < 1e-15));
        }
    }

    #[test]
    fn an_impulse_becomes_the_kernel() {
        let mut plane = Array2::zeros((21, 21));
        plane[[10, 10]] = 1.0;
        filter(plane.view_mut().insert_axis(Axis(2)), [1.0, 1.0], 4.0, Border::Nearest, Precision::Double);
        assert!((plane[[10, 11]] / plane[[10, 10]] - (-0.5_f64).exp()).abs() < 1e-12);
        assert!((plane[[12, 10]] / plane[[10, 10]] - (-2.0_f64).exp()).abs() < 1e-12);
        assert!((plane.sum() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn positions_are_reflected_with_their_edge() {
        let seen: Vec<usize> = (-3..6).map(|i| position(i, 3, Border::Reflect)).collect();
        assert_eq!(seen, [2, 1, 0, 0, 1, 2, 2, 1, 0]);
    }

    proptest! {
        #[test]
        fn many_values_at_once_have_the_bits_of_one(
            shape in (1_usize..40, 1_usize..40, 1_usize..5),
            sigma in [0.1..5.0, 0.1..5.0],
            border in prop::sample::select(vec![Border::Nearest, Border::Reflect, Border::Wrap]),
            single: bool,
            turned: bool,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let mut values = Array3::from_shape_simple_fn(shape, || random.unit());
            if turned {
                values.swap_axes(0, 1);
            }
            let precision = if single { Precision::Single } else { Precision::Double };
            let mut expected = values.clone();
            for (axis, sigma) in sigma.into_iter().enumerate() {
                let weights = kernel(sigma, (4.0 * sigma + 0.5) as usize);
                for line in expected.lanes_mut(Axis(axis)) {
                    directly(line, &weights, border, precision);
                }
            }
            filter(values.view_mut(), sigma, 4.0, border, precision);
            let bits = |values: &Array3<f64>| values.mapv(f64::to_bits);
            prop_assert_eq!(bits(&values), bits(&expected));
        }
    }
}
