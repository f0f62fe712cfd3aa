//! Images and kernels: correlation, convolution, and a change of the sampling.

use ndarray::{Array2, Array3, ArrayView3, Axis, s};

use crate::blur::reflect_101;
use crate::pillow::{self, Filter};

/// What lies beyond an image's border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// Its mirror image, as often as needed.
    Mirror,
    /// Black.
    Black,
}

/// Correlates each channel: a window that starts half a kernel above and left of a pixel.
pub(super) fn correlated(image: ArrayView3<'_, f64>, kernel: &Array2<f64>, border: Border) -> Array3<f64> {
    let (height, width, channels) = image.dim();
    let (rows, columns) = kernel.dim();
    let (top, left) = ((rows / 2) as isize, (columns / 2) as isize);
    let source = |i: usize, before: isize, len: usize| {
        let at = i as isize - before;
        let inside = (0..len as isize).contains(&at);
        (inside || border == Border::Mirror).then(|| reflect_101(at, len))
    };
    let across: Vec<_> = (0..width + columns).map(|x| source(x, left, width)).collect();
    let padded = Array3::from_shape_fn((height + rows, width + columns, channels), |(y, x, k)| {
        source(y, top, height).zip(across[x]).map_or(0.0, |(y, x)| image[[y, x, k]])
    });
    let mut sum = Array3::zeros(image.dim());
    for (y, mut row) in sum.axis_iter_mut(Axis(0)).enumerate() {
        for (j, weights) in kernel.outer_iter().enumerate() {
            let from = padded.index_axis(Axis(0), y + j);
            for (i, &weight) in weights.iter().enumerate() {
                row.scaled_add(weight, &from.slice(s![i..i + width, ..]));
            }
        }
    }
    sum
}

/// Convolves each channel. An even kernel is taken to lie half a pixel down and right of its middle.
pub(super) fn convolved(image: ArrayView3<'_, f64>, kernel: &Array2<f64>, border: Border) -> Array3<f64> {
    let (rows, columns) = kernel.dim();
    let odd = |side: usize| side + usize::from(side.is_multiple_of(2));
    let mut turned = Array2::zeros((odd(rows), odd(columns)));
    turned.slice_mut(s![..rows, ..columns]).assign(&kernel.slice(s![..;-1, ..;-1]));
    correlated(image, &turned, border)
}

/// Resamples each channel to another size, bilinear, as Pillow does with numbers of 32 bits.
pub(super) fn resampled(image: Array3<f64>, (height, width): (usize, usize)) -> Array3<f64> {
    let single = image.mapv(|value| value as f32);
    pillow::resample(single.view(), (height, width), Filter::Bilinear).mapv(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
