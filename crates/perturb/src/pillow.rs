//! Pillow 13's resampling.

#![expect(clippy::expect_used, reason = "an array in standard layout is one slice")]

use multiversion::multiversion;
use ndarray::{Array3, ArrayRef3};

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
type Taps<W> = Vec<(usize, Vec<W>)>;

/// A channel's value, and the arithmetic in which it is weighted.
pub(crate) trait Sample: Copy + Default {
    type Sum: Copy;
    /// What each sum begins with.
    const START: Self::Sum;

    fn weight(exact: f64) -> Self::Sum;
    fn add_to(self, sum: Self::Sum, weight: Self::Sum) -> Self::Sum;
    fn from_sum(sum: Self::Sum) -> Self;
}

/// The fractional bits of 8-bit values' weights.
const BITS: u32 = 22;

/// Weights of 22 bits, rounded to 8 bits after each axis.
impl Sample for u8 {
    type Sum = i32;
    const START: i32 = 1 << (BITS - 1);

    fn weight(exact: f64) -> i32 {
        // Halves away from zero.
        (exact * f64::from(1 << BITS)).round() as i32
    }

    #[inline(always)]
    fn add_to(self, sum: i32, weight: i32) -> i32 {
        sum + i32::from(self) * weight
    }

    #[inline(always)]
    fn from_sum(sum: i32) -> Self {
        (sum >> BITS).clamp(0, 255) as u8
    }
}

/// Sums of 64 bits, rounded to 32 after each axis.
#[cfg(feature = "optical")]
impl Sample for f32 {
    type Sum = f64;
    const START: f64 = 0.0;

    fn weight(exact: f64) -> f64 {
        exact
    }

    #[inline(always)]
    fn add_to(self, sum: f64, weight: f64) -> f64 {
        sum + f64::from(self) * weight
    }

    #[inline(always)]
    fn from_sum(sum: f64) -> Self {
        sum as f32
    }
}

/// Resamples an image to another height and width.
pub(crate) fn resample<T: Sample>(
    image: &ArrayRef3<T>,
    (height, width): (usize, usize),
    filter: Filter,
) -> Array3<T> {
    let (rows, columns, channels) = image.dim();
    // Pillow 13 begins with the rows if that leaves much less to do.
    let lost = |from: usize, to: usize| from as isize - to as isize;
    let rows_first = height < rows && lost(rows, height) > 2 * lost(columns, width);
    let mut image = image.as_standard_layout();
    for axis in if rows_first { [0, 1] } else { [1, 0] } {
        let len = image.shape()[axis];
        let side = [height, width][axis];
        if side == len {
            continue;
        }
        // From one position on this axis to the next.
        let step = if axis == 0 { image.dim().1 * channels } else { channels };
        let mut shape = image.raw_dim();
        shape[axis] = side;
        let mut resampled = Array3::default(shape);
        let from = image.as_slice().expect("the layout was made standard");
        let to = resampled.as_slice_mut().expect("a new array is in standard layout");
        if !from.is_empty() && !to.is_empty() {
            if step == 3 {
                weigh::<T, 3>(from, to, (len, step), &taps::<T>(len, side, filter));
            } else {
                weigh::<T, 32>(from, to, (len, step), &taps::<T>(len, side, filter));
            }
        }
        image = resampled.into();
    }
    image.into_owned()
}

/// Resamples an axis of `len` positions that are `step` values apart. Of these `LANES` are computed together, whose
/// sums stay in registers.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn weigh<T: Sample, const LANES: usize>(
    from: &[T],
    to: &mut [T],
    (len, step): (usize, usize),
    taps: &[(usize, Vec<T::Sum>)],
) {
    for (from, to) in from.chunks_exact(len * step).zip(to.chunks_exact_mut(taps.len() * step)) {
        for ((start, weights), to) in taps.iter().zip(to.chunks_exact_mut(step)) {
            let from = &from[start * step..];
            let (blocks, rest) = to.as_chunks_mut::<LANES>();
            let done = LANES * blocks.len();
            for (block, place) in blocks.iter_mut().zip((0..).step_by(LANES)) {
                *block = weighed(&from[place..], step, weights);
            }
            for (value, place) in rest.iter_mut().zip(done..) {
                [*value] = weighed(&from[place..], step, weights);
            }
        }
    }
}

/// The weighted sums of the first `LANES` values and of those that follow them at each `step`.
#[inline(always)]
fn weighed<T: Sample, const LANES: usize>(from: &[T], step: usize, weights: &[T::Sum]) -> [T; LANES] {
    let mut sums = [T::START; LANES];
    for (i, &weight) in weights.iter().enumerate() {
        let values = &from[i * step..].as_chunks::<LANES>().0[0];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = value.add_to(*sum, weight);
        }
    }
    let mut rounded = [T::default(); LANES];
    for (to, sum) in rounded.iter_mut().zip(sums) {
        *to = T::from_sum(sum);
    }
    rounded
}

fn taps<T: Sample>(from: usize, to: usize, filter: Filter) -> Taps<T::Sum> {
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
            let share = |weight: &f64| T::weight(if sum == 0.0 { 0.0 } else { weight * (1.0 / sum) });
            (first, weights.iter().map(share).collect())
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
    use ndarray::Axis;
    use proptest::prelude::*;

    /// The definition for one axis, value by value.
    fn directly(image: &Array3<u8>, axis: usize, side: usize) -> Array3<u8> {
        let taps = taps::<u8>(image.shape()[axis], side, Filter::Box);
        let mut shape = image.raw_dim();
        shape[axis] = side;
        Array3::from_shape_fn(shape, |(y, x, k)| {
            let (start, weights) = &taps[[y, x][axis]];
            let line = image.index_axis(Axis(2), k);
            let terms = weights.iter().zip(*start..).map(|(weight, at)| {
                let value = if axis == 0 { line[[at, x]] } else { line[[y, at]] };
                i64::from(value) * i64::from(*weight)
            });
            ((terms.sum::<i64>() + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
        })
    }

    #[test]
    fn a_box_takes_means() {
        let plane = Array3::from_shape_vec((2, 4, 1), vec![0, 10, 20, 41, 10, 0, 20, 41]).unwrap();
        let halved = resample(&plane, (1, 2), Filter::Box);
        assert_eq!(halved.into_raw_vec_and_offset().0, [5, 31]);
    }

    #[test]
    fn the_nearest_pixels_of_a_triple_are_threes() {
        assert_eq!(nearest(2, 6), [0, 0, 0, 1, 1, 1]);
        assert_eq!(nearest(6, 2), [1, 4]);
    }

    proptest! {
        #[test]
        fn many_values_at_once_are_weighed_as_one(
            shape in (1_usize..20, 1_usize..20, 1_usize..5),
            size in (1_usize..20, 1_usize..20),
            seed: u64,
        ) {
            let mut random = crate::Random::chacha(seed, 0);
            let image = Array3::from_shape_simple_fn(shape, || random.next_u64() as u8);
            let lost = |from: usize, to: usize| from as isize - to as isize;
            let rows_first = size.0 < shape.0 && lost(shape.0, size.0) > 2 * lost(shape.1, size.1);
            let expected = if rows_first {
                directly(&directly(&image, 0, size.0), 1, size.1)
            } else {
                directly(&directly(&image, 1, size.1), 0, size.0)
            };
            prop_assert_eq!(resample(&image, size, Filter::Box), expected);
        }
    }
}
