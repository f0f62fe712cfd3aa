//! Sums of an image's values under a kernel that moves over it, in double precision and in the kernel's order.

#![expect(clippy::expect_used, reason = "an array in standard layout is one slice")]

use multiversion::multiversion;
use ndarray::{Array2, Array3, ArrayView3, s};

use crate::blur::reflect_101;

/// What lies beyond an image's border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// Its mirror image, as often as needed.
    Mirror,
    /// Black.
    Black,
}

impl Border {
    /// The position within `0..len` whose pixel is shown at `position`, if any is.
    fn source(self, position: isize, len: usize) -> Option<usize> {
        let inside = (0..len as isize).contains(&position);
        (inside || self == Self::Mirror).then(|| reflect_101(position, len))
    }
}

/// Correlates each channel: a window that starts half a kernel above and left of a pixel.
pub(super) fn correlated<T: Copy + Into<f64>>(
    image: ArrayView3<'_, T>,
    kernel: &Array2<f64>,
    border: Border,
) -> Array3<f64> {
    let (height, width, channels) = image.dim();
    let mut sums = Array3::zeros(image.dim());
    let image = image.as_standard_layout();
    if image.is_empty() {
        return sums;
    }
    let from = image.as_slice().expect("the layout was made standard");
    let out = sums.as_slice_mut().expect("zeros are in standard layout");
    let (rows, columns) = kernel.dim();
    let source = |i: usize, before: usize, len: usize| border.source(i as isize - before as isize, len);
    let across: Vec<_> = (0..width + columns - 1).map(|x| source(x, columns / 2, width)).collect();
    // Behind each row is room for the block that its last values are in.
    let stride = across.len() * channels + LANES * PARTS;
    let mut padded = vec![0.0; (height + 1) * stride];
    for (padded, row) in padded.chunks_exact_mut(stride).zip(from.chunks_exact(width * channels)) {
        for (pixel, &source) in padded.chunks_exact_mut(channels).zip(&across) {
            let Some(x) = source else { continue };
            for (value, &from) in pixel.iter_mut().zip(&row[x * channels..]) {
                *value = from.into();
            }
        }
    }
    // The last row stays black.
    let down: Vec<_> =
        (0..height + rows - 1).map(|y| source(y, rows / 2, height).unwrap_or(height) * stride).collect();
    let weights: Vec<f64> = kernel.iter().copied().collect();
    for (near, out) in down.windows(rows).zip(out.chunks_exact_mut(width * channels)) {
        row(&padded, near, &weights, channels, out);
    }
    sums
}

/// Convolves each channel. An even kernel is taken to lie half a pixel down and right of its middle.
pub(super) fn convolved<T: Copy + Into<f64>>(
    image: ArrayView3<'_, T>,
    kernel: &Array2<f64>,
    border: Border,
) -> Array3<f64> {
    let (rows, columns) = kernel.dim();
    let odd = |side: usize| side + usize::from(side.is_multiple_of(2));
    let mut turned = Array2::zeros((odd(rows), odd(columns)));
    turned.slice_mut(s![..rows, ..columns]).assign(&kernel.slice(s![..;-1, ..;-1]));
    correlated(image, &turned, border)
}

/// Values in a vector register, and registers whose values are summed together.
const LANES: usize = 8;
const PARTS: usize = 4;

/// Writes a row of sums, whose values are under the rows of the kernel that start at the places `near`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn row(padded: &[f64], near: &[usize], weights: &[f64], channels: usize, out: &mut [f64]) {
    let columns = weights.len() / near.len();
    for (block, out) in out.chunks_mut(LANES * PARTS).enumerate() {
        let mut sums = [[0.0; LANES]; PARTS];
        for (start, weights) in near.iter().zip(weights.chunks_exact(columns)) {
            let row = &padded[start + block * LANES * PARTS..];
            for (i, weight) in weights.iter().enumerate() {
                let values = row[i * channels..][..LANES * PARTS].as_chunks::<LANES>().0;
                for part in 0..PARTS {
                    for k in 0..LANES {
                        sums[part][k] += weight * values[part][k];
                    }
                }
            }
        }
        out.copy_from_slice(&sums.as_flattened()[..out.len()]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    /// The definition, for each value.
    fn directly(image: &Array3<f64>, kernel: &Array2<f64>, border: Border) -> Array3<f64> {
        let (height, width, _) = image.dim();
        let (top, left) = ((kernel.nrows() / 2) as isize, (kernel.ncols() / 2) as isize);
        Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            kernel.indexed_iter().fold(0.0, |sum, ((j, i), weight)| {
                let y = border.source((y + j) as isize - top, height);
                let x = border.source((x + i) as isize - left, width);
                sum + weight * y.zip(x).map_or(0.0, |(y, x)| image[[y, x, k]])
            })
        })
    }

    #[test]
    fn a_kernel_of_one_off_the_middle_shifts() {
        let image = Array3::from_shape_fn((4, 5, 2), |(y, x, k)| (100 * y + 10 * x + k) as f64);
        let mut kernel = Array2::zeros((3, 3));
        kernel[[0, 1]] = 1.0;
        let correlated = correlated(image.view(), &kernel, Border::Mirror);
        assert_eq!(correlated[[2, 3, 1]], image[[1, 3, 1]]);
        assert_eq!(correlated[[0, 3, 1]], image[[1, 3, 1]]);
        let convolved = convolved(image.view(), &kernel, Border::Black);
        assert_eq!((convolved[[2, 3, 1]], convolved[[3, 3, 1]]), (image[[3, 3, 1]], 0.0));
    }

    #[test]
    fn a_kernel_may_be_larger_than_the_image() {
        let image = Array3::from_elem((1, 2, 1), 8.0);
        let kernel = Array2::from_elem((11, 11), 1.0 / 121.0);
        let blurred = correlated(image.view(), &kernel, Border::Mirror);
        assert!(blurred.iter().all(|value| (value - 8.0).abs() < 1e-12));
    }

    #[test]
    fn an_image_without_values_stays_one() {
        for shape in [(0, 4, 3), (4, 0, 3), (2, 2, 0)] {
            let image = Array3::<u8>::zeros(shape);
            assert_eq!(correlated(image.view(), &Array2::zeros((3, 3)), Border::Black).dim(), shape);
        }
    }

    proptest! {
        #[test]
        fn sums_have_the_bits_of_the_definition(
            shape in (1_usize..12, 1_usize..40, 1_usize..5),
            kernel in (1_usize..9, 1_usize..9),
            black: bool,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let mut value = || (random.next_u64() >> 40) as f64 / 1e4 - 400.0;
            let image = Array3::from_shape_simple_fn(shape, &mut value);
            let kernel = Array2::from_shape_simple_fn(kernel, &mut value);
            let border = if black { Border::Black } else { Border::Mirror };
            prop_assert_eq!(correlated(image.view(), &kernel, border), directly(&image, &kernel, border));
        }
    }
}
