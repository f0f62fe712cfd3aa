//! Bilinear resizing with weights of 11 bits and OpenCV's shifts.

use multiversion::multiversion;
use ndarray::{Array3, ArrayView3};

use super::two_passes::{self, Arithmetic, LANES};
use crate::values::written_as;

type Taps = two_passes::Taps<i16, 2>;

/// Resizes by the weights of two neighbouring rows for each row, and of two columns for each column.
pub(super) fn resize(image: ArrayView3<'_, u8>, down: &[Taps], across: &[Taps]) -> Array3<u8> {
    let shape = image.dim();
    let to = (down.len(), across.len(), shape.2);
    written_as(image, to, |from, to| passes(from, shape, down, across, to))
}

/// Beyond the middle of an outermost pixel a column is that pixel.
pub(super) fn column(i: usize, scale: f64, len: usize) -> Taps {
    let at = ((i as f64 + 0.5) * scale - 0.5) as f32;
    let whole = at.floor();
    if whole < 0.0 {
        taps(0, 0.0)
    } else if whole as usize + 1 >= len {
        taps(len - 1, 0.0)
    } else {
        taps(whole as usize, at - whole)
    }
}

/// Beyond the middle of an outermost pixel a row keeps its weights, both of that pixel.
pub(super) fn row(i: usize, scale: f64) -> Taps {
    let at = ((i as f64 + 0.5) * scale - 0.5) as f32;
    let whole = at.floor();
    Taps { first: whole as isize, ..taps(0, at - whole) }
}

/// Where a pixel of the result lies between the cells of the original, for enlarging by area.
pub(super) fn between_cells(i: usize, scale: f64, len: usize) -> Taps {
    let cell = (i as f64 * scale).floor();
    let weight = ((i + 1) as f64 - (cell + 1.0) / scale) as f32;
    let weight = if weight <= 0.0 { 0.0 } else { weight - weight.floor() };
    let cell = cell as usize;
    if cell + 1 >= len { taps(len - 1, 0.0) } else { taps(cell, weight) }
}

/// A pixel and the next one, which has the weight.
fn taps(first: usize, weight: f32) -> Taps {
    let bits = |weight: f32| (weight * 2048.0).round_ties_even() as i16;
    Taps { first: first as isize, weights: [bits(1.0 - weight), bits(weight)] }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn passes(image: &[u8], shape: (usize, usize, usize), down: &[Taps], across: &[Taps], out: &mut [u8]) {
    two_passes::resize::<Bilinear, 2>(image, shape, down, across, out);
}

/// Two weights add up to at most 2049, so that sums fit 16 bits after the shifts and the result 8 bits.
struct Bilinear;

impl Arithmetic<2> for Bilinear {
    type Weight = i16;
    type Sum = i16;

    #[inline(always)]
    fn along([first, second]: [&[u8; LANES]; 2], weights: &[i16; 2], sums: &mut [i16; LANES]) {
        let weights = weights.map(i32::from);
        for k in 0..LANES {
            sums[k] = ((i32::from(first[k]) * weights[0] + i32::from(second[k]) * weights[1]) >> 4) as i16;
        }
    }

    #[inline(always)]
    fn down([upper, lower]: [&[i16]; 2], weights: &[i16; 2], out: &mut [u8]) {
        let high = |value: i16, weight: i16| ((i32::from(value) * i32::from(weight)) >> 16) as i16;
        for ((out, &upper), &lower) in out.iter_mut().zip(upper).zip(lower) {
            *out = ((high(upper, weights[0]) + high(lower, weights[1]) + 2) >> 2) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    /// The definition, in wide integers.
    fn directly(image: &Array3<u8>, down: &[Taps], across: &[Taps]) -> Array3<u8> {
        let (rows, columns, channels) = image.dim();
        let within = |at: isize, len: usize| at.clamp(0, len as isize - 1) as usize;
        Array3::from_shape_fn((down.len(), across.len(), channels), |(y, x, k)| {
            let along = |y: usize| {
                let value = |i| i64::from(image[[y, within(across[x].first + i as isize, columns), k]]);
                value(0) * i64::from(across[x].weights[0]) + value(1) * i64::from(across[x].weights[1])
            };
            let part = |j| {
                let line = along(within(down[y].first + j as isize, rows));
                (i64::from(down[y].weights[j]) * (line >> 4)) >> 16
            };
            ((part(0) + part(1) + 2) >> 2).clamp(0, 255) as u8
        })
    }

    #[test]
    fn white_stays_white_with_the_largest_weights() {
        let image = Array3::from_elem((2, 2, 3), 255);
        for weights in [[2048, 0], [0, 2048], [1025, 1024], [2048, 1]] {
            let taps = [Taps { first: 0, weights }];
            assert!(resize(image.view(), &taps, &taps).iter().all(|&value| value == 255), "{weights:?}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_holds_to_the_bit(
            (rows, columns, channels) in (1_usize..20, 1_usize..20, 1_usize..6),
            (height, width) in (1_usize..40, 1_usize..40),
            cells: bool,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image = Array3::from_shape_simple_fn((rows, columns, channels), || random.next_u64() as u8);
            let scale = |from: usize, to: usize| from as f64 / to as f64;
            let (tall, wide) = (scale(rows, height), scale(columns, width));
            let across: Vec<_> = (0..width)
                .map(|i| if cells { between_cells(i, wide, columns) } else { column(i, wide, columns) })
                .collect();
            let down: Vec<_> =
                (0..height).map(|i| if cells { between_cells(i, tall, rows) } else { row(i, tall) }).collect();
            prop_assert_eq!(resize(image.view(), &down, &across), directly(&image, &down, &across));
        }
    }
}
