//! `cv2.resize` over more than two pixels on each side, whose outermost ones repeat beyond the border.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::ops::Range;

use ndarray::Array3;

use super::resize::scale;

/// The pixels that one of the result is made of, and their weights.
struct Taps<W, const N: usize> {
    at: [usize; N],
    weights: [W; N],
}

/// Resizes with cubic polynomials in single precision, as Intel's IPP does for OpenCV.
pub(super) fn cubic(image: &Array3<u8>, (height, width, _): (usize, usize, usize)) -> Array3<u8> {
    cubic_part(image, [height, width], [0..height, 0..width])
}

/// These rows and columns of an image that is resized to a height and width.
pub(crate) fn cubic_part(image: &Array3<u8>, size: [usize; 2], part: [Range<usize>; 2]) -> Array3<u8> {
    // The order of additions is part of the result.
    let sum = |[a, b, c, d]: [f32; 4]| (a + c) + (b + d);
    let sides = [image.dim().0, image.dim().1];
    let [down, across] = [0, 1].map(|axis| {
        let (from, to) = (sides[axis], size[axis]);
        let all = taps((from, to), from as f64 / to as f64, |place| place, cubic_weights);
        all.into_iter().skip(part[axis].start).take(part[axis].len()).collect::<Vec<_>>()
    });
    resized(
        image,
        (down.len(), across.len(), image.dim().2),
        &across,
        &down,
        |values, weights| sum(std::array::from_fn(|i| f32::from(values[i]) * weights[i])),
        |values, weights| sum(std::array::from_fn(|i| values[i] * weights[i])).round_ties_even() as u8,
    )
}

/// Resizes with Lanczos' kernel in weights of 11 bits.
pub(super) fn lanczos4(image: &Array3<u8>, shape: (usize, usize, usize)) -> Array3<u8> {
    let weights =
        |place| lanczos4_weights(place).map(|weight| i32::from((weight * 2048.0).round_ties_even() as i16));
    let single = |place| f64::from(place as f32);
    let taps = |from, to| taps((from, to), scale(from, to), single, weights);
    resized(
        image,
        shape,
        &taps(image.dim().1, shape.1),
        &taps(image.dim().0, shape.0),
        |values, weights| {
            values.iter().zip(weights).map(|(&value, weight)| i32::from(value) * weight).sum::<i32>()
        },
        |values: &[i32; 8], weights| {
            let sum: i32 = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
            ((sum + (1 << 21)) >> 22).clamp(0, 255) as u8
        },
    )
}

/// Along rows first, for the lines that are needed, then along columns.
fn resized<W, V: Copy + Default, const N: usize>(
    image: &Array3<u8>,
    shape: (usize, usize, usize),
    across: &[Taps<W, N>],
    down: &[Taps<W, N>],
    along_row: impl Fn(&[u8; N], &[W; N]) -> V,
    along_column: impl Fn(&[V; N], &[W; N]) -> u8,
) -> Array3<u8> {
    let line = |y: usize| -> Vec<V> {
        let values = across.iter().flat_map(|Taps { at, weights }| {
            let along_row = &along_row;
            (0..shape.2).map(move |k| along_row(&at.map(|x| image[[y, x, k]]), weights))
        });
        values.collect()
    };
    let mut lines: Vec<Option<Vec<V>>> = vec![None; image.dim().0];
    let mut resized = Array3::zeros(shape);
    for (mut row, Taps { at, weights }) in resized.outer_iter_mut().zip(down) {
        // Lines above are not needed any more.
        lines.iter_mut().take(at[0]).for_each(|line| *line = None);
        for &y in at {
            if lines[y].is_none() {
                lines[y] = Some(line(y));
            }
        }
        let near = at.map(|y| lines[y].as_deref().unwrap_or_default());
        for (i, value) in row.iter_mut().enumerate() {
            *value = along_column(&near.map(|line| line[i]), weights);
        }
    }
    resized
}

/// For each pixel of the result those around its place, and their weights by how far it lies beyond the middle one.
fn taps<W, const N: usize>(
    (from, to): (usize, usize),
    scale: f64,
    rounded: impl Fn(f64) -> f64,
    weights: impl Fn(f64) -> [W; N],
) -> Vec<Taps<W, N>> {
    (0..to)
        .map(|i| {
            let place = rounded((i as f64 + 0.5) * scale - 0.5);
            let first = place.floor() as isize - (N / 2 - 1) as isize;
            let at = std::array::from_fn(|k| (first + k as isize).clamp(0, from as isize - 1) as usize);
            Taps { at, weights: weights(place) }
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
    use super::*;

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
