//! `cv2.resize` of 8-bit images, with the pixels of OpenCV 4.11.

use ndarray::{Array3, ArrayView3};

use super::{Interpolation, bilinear, wide_kernels};
use crate::values::copied;

/// Resizes an image that has pixels, to sides of at least 1.
pub(super) fn resize(
    image: ArrayView3<'_, u8>,
    height: usize,
    width: usize,
    method: Interpolation,
) -> Array3<u8> {
    let (rows, columns, channels) = image.dim();
    if (rows, columns) == (height, width) {
        return copied(image);
    }
    let shape = (height, width, channels);
    let (down, across) = (scale(rows, height), scale(columns, width));
    let halves = down == 2.0 && across == 2.0;
    match method {
        Interpolation::Nearest => {
            pick(image, shape, |i| nearest(i, down, rows), |i| nearest(i, across, columns))
        }
        Interpolation::NearestExact => {
            pick(image, shape, |i| nearest_exact(i, height, rows), |i| nearest_exact(i, width, columns))
        }
        Interpolation::Cubic => wide_kernels::cubic(image, [height, width]),
        Interpolation::Lanczos4 => wide_kernels::lanczos4(image, shape),
        Interpolation::LinearExact if !halves => linear_exact(image, shape),
        Interpolation::Linear if !halves => {
            let across: Vec<_> = (0..width).map(|i| bilinear::column(i, across, columns)).collect();
            let down: Vec<_> = (0..height).map(|i| bilinear::row(i, down)).collect();
            bilinear::resize(image, &down, &across)
        }
        Interpolation::Area if down < 1.0 || across < 1.0 => {
            let cells = |to: usize, scale, from| -> Vec<_> {
                (0..to).map(|i| bilinear::between_cells(i, scale, from)).collect()
            };
            let (across, down) = (cells(width, across, columns), cells(height, down, rows));
            bilinear::resize(image, &down, &across)
        }
        _ if down.fract() == 0.0 && across.fract() == 0.0 => {
            blocks(image, shape, down as usize, across as usize)
        }
        _ => area(image, shape, down, across),
    }
}

/// How many pixels of the original one of the result covers, rounded as OpenCV rounds it.
pub(super) fn scale(from: usize, to: usize) -> f64 {
    1.0 / (to as f64 / from as f64)
}

fn nearest(i: usize, scale: f64, len: usize) -> usize {
    ((i as f64 * scale).floor() as usize).min(len - 1)
}

/// In fixed point, from the pixel's middle.
fn nearest_exact(i: usize, to: usize, from: usize) -> usize {
    let step = ((from << 16) + to / 2) / to;
    ((step * i + step / 2 - from % 2) >> 16).min(from - 1)
}

fn pick(
    image: ArrayView3<'_, u8>,
    shape: (usize, usize, usize),
    row: impl Fn(usize) -> usize,
    column: impl Fn(usize) -> usize,
) -> Array3<u8> {
    let columns: Vec<usize> = (0..shape.1).map(column).collect();
    Array3::from_shape_fn(shape, |(y, x, k)| image[[row(y), columns[x], k]])
}

/// Bilinear with weights of 8 bits, rounded once.
fn linear_exact(image: ArrayView3<'_, u8>, shape: (usize, usize, usize)) -> Array3<u8> {
    let (rows, columns, _) = image.dim();
    let taps = |from: usize, to: usize| -> Vec<([usize; 2], [u32; 2])> {
        let scale = scale(from, to);
        (0..to)
            .map(|i| {
                let at = (i as f64 + 0.5) * scale - 0.5;
                let whole = at.floor();
                if whole < 0.0 {
                    ([0, 0], [256, 0])
                } else if whole as usize + 1 >= from {
                    ([from - 1, from - 1], [256, 0])
                } else {
                    let weight = ((at - whole) * 256.0).round_ties_even() as u32;
                    ([whole as usize, whole as usize + 1], [256 - weight, weight])
                }
            })
            .collect()
    };
    let (down, across) = (taps(rows, shape.0), taps(columns, shape.1));
    Array3::from_shape_fn(shape, |(y, x, k)| {
        let ((ys, tall), (xs, wide)) = (down[y], across[x]);
        let line =
            |y: usize| u32::from(image[[y, xs[0], k]]) * wide[0] + u32::from(image[[y, xs[1], k]]) * wide[1];
        ((line(ys[0]) * tall[0] + line(ys[1]) * tall[1] + 32_768) >> 16) as u8
    })
}

/// Means of blocks of whole pixels.
fn blocks(image: ArrayView3<'_, u8>, shape: (usize, usize, usize), down: usize, across: usize) -> Array3<u8> {
    let share = 1.0 / (down * across) as f32;
    Array3::from_shape_fn(shape, |(y, x, k)| {
        let pixels = (0..down).flat_map(|j| (0..across).map(move |i| (y * down + j, x * across + i)));
        let sum: u32 = pixels.map(|(y, x)| u32::from(image[[y, x, k]])).sum();
        if (down, across) == (2, 2) {
            ((sum + 2) >> 2) as u8
        } else {
            (sum as f32 * share).round_ties_even() as u8
        }
    })
}

/// Means over areas whose edges cut pixels, in single precision as OpenCV sums them.
fn area(image: ArrayView3<'_, u8>, shape: (usize, usize, usize), down: f64, across: f64) -> Array3<u8> {
    let (rows, columns, channels) = image.dim();
    let down = shares(rows, shape.0, down);
    let across = shares(columns, shape.1, across);
    let mut resized = Array3::zeros(shape);
    for (mut to, shares) in resized.outer_iter_mut().zip(down) {
        let mut sums = vec![0.0_f32; shape.1 * channels];
        for (i, &(y, share)) in shares.iter().enumerate() {
            for (x, cells) in across.iter().enumerate() {
                for k in 0..channels {
                    let line = cells
                        .iter()
                        .fold(0.0_f32, |sum, &(x, share)| sum + f32::from(image[[y, x, k]]) * share);
                    let sum = &mut sums[x * channels + k];
                    *sum = if i == 0 { share * line } else { *sum + share * line };
                }
            }
        }
        to.iter_mut().zip(&sums).for_each(|(value, sum)| *value = sum.round_ties_even() as u8);
    }
    resized
}

/// Which pixels each cell covers, and what share of the cell each has (`computeResizeAreaTab`).
fn shares(from: usize, to: usize, scale: f64) -> Vec<Vec<(usize, f32)>> {
    (0..to)
        .map(|i| {
            let start = i as f64 * scale;
            let end = start + scale;
            let width = scale.min(from as f64 - start);
            let last = (end.floor() as usize).min(from - 1);
            let first = (start.ceil() as usize).min(last);
            let mut cells = Vec::new();
            if first as f64 - start > 1e-3 {
                cells.push((first - 1, ((first as f64 - start) / width) as f32));
            }
            cells.extend((first..last).map(|x| (x, (1.0 / width) as f32)));
            if end - last as f64 > 1e-3 {
                cells.push((last, ((end - last as f64).min(1.0).min(width) / width) as f32));
            }
            cells
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_half_is_the_mean_of_four() {
        let image = Array3::from_shape_vec((2, 4, 1), vec![0, 1, 10, 20, 2, 4, 30, 41]).unwrap();
        for method in [Interpolation::Linear, Interpolation::LinearExact, Interpolation::Area] {
            let halved = resize(image.view(), 1, 2, method);
            assert_eq!(halved.into_raw_vec_and_offset().0, [2, 25], "{method}");
        }
    }

    #[test]
    fn area_shares_add_up_to_one() {
        for (from, to) in [(10, 7), (9, 2), (100, 33), (5, 4)] {
            for cells in shares(from, to, scale(from, to)) {
                let sum: f32 = cells.iter().map(|cell| cell.1).sum();
                assert!((sum - 1.0).abs() < 2e-3, "{from} {to}: {cells:?}");
            }
        }
    }
}
