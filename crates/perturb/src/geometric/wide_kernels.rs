//! `cv2.resize` over more than two pixels on each side, whose outermost ones repeat beyond the border.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::ops::Range;

use multiversion::multiversion;
use ndarray::{Array3, ArrayView3};

use super::resize::scale;
use super::two_passes::{self, Arithmetic, LANES, Taps};
use crate::values::written_as;

/// Resizes with cubic polynomials in single precision, as Intel's IPP does for OpenCV.
pub(super) fn cubic(image: ArrayView3<'_, u8>, size: [usize; 2]) -> Array3<u8> {
    part(image, size, size.map(|side| 0..side))
}

/// These rows and columns of an image that is resized to a height and width.
pub(crate) fn cubic_part(image: &Array3<u8>, size: [usize; 2], part: [Range<usize>; 2]) -> Array3<u8> {
    self::part(image.view(), size, part)
}

fn part(image: ArrayView3<'_, u8>, size: [usize; 2], part: [Range<usize>; 2]) -> Array3<u8> {
    let shape = image.dim();
    let sides = [shape.0, shape.1];
    let [down, across] = [0, 1].map(|axis| {
        let (from, to) = (sides[axis], size[axis]);
        taps(part[axis].clone(), from as f64 / to as f64, |place| place, cubic_weights)
    });
    let to = (down.len(), across.len(), shape.2);
    written_as(image, to, |from, to| cubic_passes(from, shape, &down, &across, to))
}

/// Resizes with Lanczos' kernel in weights of 11 bits.
pub(super) fn lanczos4(
    image: ArrayView3<'_, u8>,
    (height, width, channels): (usize, usize, usize),
) -> Array3<u8> {
    let weights =
        |place| lanczos4_weights(place).map(|weight| i32::from((weight * 2048.0).round_ties_even() as i16));
    let single = |place| f64::from(place as f32);
    let taps = |from, to| taps(0..to, scale(from, to), single, weights);
    let shape = image.dim();
    let (down, across) = (taps(shape.0, height), taps(shape.1, width));
    let to = (height, width, channels);
    written_as(image, to, |from, to| lanczos4_passes(from, shape, &down, &across, to))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn cubic_passes(
    image: &[u8],
    shape: (usize, usize, usize),
    down: &[Taps<f32, 4>],
    across: &[Taps<f32, 4>],
    out: &mut [u8],
) {
    two_passes::resize::<Cubic, 4>(image, shape, down, across, out);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn lanczos4_passes(
    image: &[u8],
    shape: (usize, usize, usize),
    down: &[Taps<i32, 8>],
    across: &[Taps<i32, 8>],
    out: &mut [u8],
) {
    two_passes::resize::<Lanczos4, 8>(image, shape, down, across, out);
}

/// The order of additions is part of the result.
struct Cubic;

impl Arithmetic<4> for Cubic {
    type Weight = f32;
    type Sum = f32;

    #[inline(always)]
    fn along(pixels: [&[u8; LANES]; 4], weights: &[f32; 4], sums: &mut [f32; LANES]) {
        let mut products = [[0.0; LANES]; 4];
        for ((products, pixel), weight) in products.iter_mut().zip(pixels).zip(weights) {
            for k in 0..LANES {
                products[k] = f32::from(pixel[k]) * weight;
            }
        }
        let [a, b, c, d] = products;
        for k in 0..LANES {
            sums[k] = (a[k] + c[k]) + (b[k] + d[k]);
        }
    }

    #[inline(always)]
    fn down(rows: [&[f32]; 4], weights: &[f32; 4], out: &mut [u8]) {
        let [a, b, c, d] = rows.map(|row| &row[..out.len()]);
        for (i, out) in out.iter_mut().enumerate() {
            let sum = (a[i] * weights[0] + c[i] * weights[2]) + (b[i] * weights[1] + d[i] * weights[3]);
            // Floats from 2^23 are whole numbers, so this addition rounds; the lowest bits are the result.
            *out = (sum.clamp(0.0, 255.0) + 8_388_608.0).to_bits() as u8;
        }
    }
}

struct Lanczos4;

impl Arithmetic<8> for Lanczos4 {
    type Weight = i32;
    type Sum = i32;

    #[inline(always)]
    fn along(pixels: [&[u8; LANES]; 8], weights: &[i32; 8], out: &mut [i32; LANES]) {
        let mut sums = [0; LANES];
        for (pixel, weight) in pixels.into_iter().zip(weights) {
            for k in 0..LANES {
                sums[k] += i32::from(pixel[k]) * weight;
            }
        }
        *out = sums;
    }

    #[inline(always)]
    fn down(rows: [&[i32]; 8], weights: &[i32; 8], out: &mut [u8]) {
        let rows = rows.map(|row| &row[..out.len()]);
        for (i, out) in out.iter_mut().enumerate() {
            let mut sum = 1 << 21;
            for k in 0..8 {
                sum += rows[k][i] * weights[k];
            }
            *out = (sum >> 22).clamp(0, 255) as u8;
        }
    }
}

/// For each of these pixels of the result those around its place, and their weights by how far it lies beyond the
/// middle one.
fn taps<W, const N: usize>(
    pixels: Range<usize>,
    scale: f64,
    rounded: impl Fn(f64) -> f64,
    weights: impl Fn(f64) -> [W; N],
) -> Vec<Taps<W, N>> {
    pixels
        .map(|i| {
            let place = rounded((i as f64 + 0.5) * scale - 0.5);
            Taps { first: place.floor() as isize - (N / 2 - 1) as isize, weights: weights(place) }
        })
        .collect()
}

/// The polynomials with a = -0.75.
fn cubic_weights(place: f64) -> [f32; 4] {
    const A: f32 = -0.75;
    let x = (place - place.floor()) as f32;
    [
        ((x - 2.0) * x + 1.0) * x * A,
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
        ((-(A + 2.0)) * x + (2.0 * A + 3.0)) * x * x - A * x,
        (1.0 - x) * x * x * A,
    ]
}

/// The kernel sin(pi x) sin(pi x / 4) / x^2 at eight distances, by OpenCV's table of sines of eighths of a turn.
fn lanczos4_weights(place: f64) -> [f32; 8] {
    const S: f64 = FRAC_1_SQRT_2;
    const TURNS: [[f64; 2]; 8] =
        [[1.0, 0.0], [-S, -S], [0.0, 1.0], [S, -S], [-1.0, 0.0], [S, S], [0.0, -1.0], [-S, S]];
    let place = place as f32;
    let x = place - place.floor();
    let (sin, cos) = (f64::from(-(x + 3.0)) * PI * 0.25).sin_cos();
    let weights: [f32; 8] = std::array::from_fn(|i| {
        let distance = x + 3.0 - i as f32;
        if distance.abs() < 1e-6 {
            // So much that after the division only this one is left.
            return 1e30;
        }
        let angle = f64::from(-distance) * PI * 0.25;
        ((TURNS[i][0] * sin + TURNS[i][1] * cos) / (angle * angle)) as f32
    });
    let share = 1.0 / weights.iter().fold(0.0_f32, |sum, weight| sum + weight);
    weights.map(|weight| weight * share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    /// The pixels that one is made of.
    fn near<W, const N: usize>(taps: &Taps<W, N>, len: usize) -> [usize; N] {
        std::array::from_fn(|k| (taps.first + k as isize).clamp(0, len as isize - 1) as usize)
    }

    /// The definition, for each value of the result.
    fn cubic_directly(image: &Array3<u8>, [height, width]: [usize; 2]) -> Array3<u8> {
        let (rows, columns, channels) = image.dim();
        let down = taps(0..height, rows as f64 / height as f64, |place| place, cubic_weights);
        let across = taps(0..width, columns as f64 / width as f64, |place| place, cubic_weights);
        let sum = |[a, b, c, d]: [f32; 4], w: &[f32; 4]| (a * w[0] + c * w[2]) + (b * w[1] + d * w[3]);
        Array3::from_shape_fn((height, width, channels), |(y, x, k)| {
            let line = |y| {
                let pixels = near(&across[x], columns).map(|x| f32::from(image[[y, x, k]]));
                sum(pixels, &across[x].weights)
            };
            sum(near(&down[y], rows).map(line), &down[y].weights).round_ties_even() as u8
        })
    }

    fn lanczos4_directly(image: &Array3<u8>, [height, width]: [usize; 2]) -> Array3<u8> {
        let (rows, columns, channels) = image.dim();
        let weights = |place| {
            lanczos4_weights(place).map(|weight| i64::from((weight * 2048.0).round_ties_even() as i16))
        };
        let single = |place| f64::from(place as f32);
        let down = taps(0..height, scale(rows, height), single, weights);
        let across = taps(0..width, scale(columns, width), single, weights);
        let sum = |values: [i64; 8], weights: &[i64; 8]| -> i64 {
            values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
        };
        Array3::from_shape_fn((height, width, channels), |(y, x, k)| {
            let line =
                |y| sum(near(&across[x], columns).map(|x| i64::from(image[[y, x, k]])), &across[x].weights);
            ((sum(near(&down[y], rows).map(line), &down[y].weights) + (1 << 21)) >> 22).clamp(0, 255) as u8
        })
    }

    proptest! {
        #[test]
        fn the_definitions_hold_to_the_bit(
            (rows, columns, channels) in (1_usize..20, 1_usize..20, 1_usize..6),
            (height, width) in (1_usize..40, 1_usize..40),
            extreme: bool,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let mut value = || if extreme { 255 * (random.next_u64() as u8 & 1) } else { random.next_u64() as u8 };
            let image = Array3::from_shape_simple_fn((rows, columns, channels), &mut value);
            let size = [height, width];
            prop_assert_eq!(cubic(image.view(), size), cubic_directly(&image, size));
            let resized = lanczos4(image.view(), (height, width, channels));
            prop_assert_eq!(resized, lanczos4_directly(&image, size));
        }
    }

    #[test]
    fn a_part_is_cut_from_the_whole() {
        let image = Array3::from_shape_fn((5, 7, 3), |(y, x, k)| (50 * y + 9 * x + k) as u8);
        let whole = cubic(image.view(), [11, 13]);
        let part = cubic_part(&image, [11, 13], [2..9, 4..13]);
        assert_eq!(part, whole.slice(ndarray::s![2..9, 4.., ..]));
    }

    #[test]
    fn weights_add_up_to_one_and_a_pixel_in_place_is_itself() {
        for place in [0.0, 0.25, 0.5, 3.9] {
            assert!((cubic_weights(place).iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert!((lanczos4_weights(place).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(cubic_weights(2.0), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(lanczos4_weights(2.0)[3], 1.0);
    }
}
