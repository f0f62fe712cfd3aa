//! The stem's and the downsampling layers' convolutions, as matrix products over patches.

use crate::buffer::{PIXELS, room};
use crate::linear::Linear;

/// A convolution with a square kernel.
pub(crate) struct Convolution {
    linear: Linear,
    pub(crate) bias: Vec<f32>,
    pub(crate) geometry: Geometry,
}

/// Where a convolution's kernel is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// The kernel's side.
    pub(crate) side: usize,
    pub(crate) stride: usize,
    /// Zeros around the image.
    pub(crate) padding: usize,
}

impl Geometry {
    /// A kernel that is laid side by side.
    pub(crate) fn patches(side: usize) -> Self {
        Self { side, stride: side, padding: 0 }
    }

    /// Height and width of the result; zero where the kernel does not fit in.
    pub(crate) fn output_size(self, (height, width): (usize, usize)) -> (usize, usize) {
        let fit = |len: usize| match (len + 2 * self.padding).checked_sub(self.side) {
            Some(left) => left / self.stride + 1,
            None => 0,
        };
        (fit(height), fit(width))
    }
}

impl Convolution {
    /// `weights` are `(side, side, inputs, outputs)`.
    pub(crate) fn new(weights: &[f32], bias: Vec<f32>, geometry: Geometry) -> Self {
        let outputs = bias.len();
        Self { linear: Linear::new(weights, weights.len() / outputs, outputs), bias, geometry }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.linear.inputs() / (self.geometry.side * self.geometry.side)
    }

    pub(crate) fn outputs(&self) -> usize {
        self.linear.outputs()
    }

    /// Convolves images of `(height, width, inputs)`, one behind the other, without adding the bias. `patches` is
    /// scratch memory.
    pub(crate) fn apply(&self, x: &[f32], out: &mut [f32], size: (usize, usize), patches: &mut Vec<f32>) {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let (height, width) = self.geometry.output_size(size);
        let row = self.linear.inputs();
        let kept = PIXELS.max(width);
        let patches = room(patches, kept * row);
        let mut rest = out;
        let mut filled = 0;
        for image in x.chunks_exact(size.0 * size.1 * inputs) {
            for y in 0..height {
                if filled + width > kept {
                    let (done, after) = rest.split_at_mut(filled * outputs);
                    self.linear.apply(&patches[..filled * row], done);
                    (rest, filled) = (after, 0);
                }
                self.gather(image, size, y, &mut patches[filled * row..(filled + width) * row]);
                filled += width;
            }
        }
        self.linear.apply(&patches[..filled * row], &mut rest[..filled * outputs]);
    }

    /// Writes the parts of the image that the kernel covers for row `y` of the result.
    fn gather(&self, image: &[f32], size: (usize, usize), y: usize, to: &mut [f32]) {
        let Geometry { side, stride, padding } = self.geometry;
        let (inputs, row, line) = (self.inputs(), self.linear.inputs(), size.1 * self.inputs());
        for ky in 0..side {
            let source = (y * stride + ky).checked_sub(padding).filter(|&y| y < size.0);
            let to = to.chunks_exact_mut(row).map(|patch| &mut patch[ky * side * inputs..][..side * inputs]);
            match source {
                None => to.for_each(|to| to.fill(0.0)),
                Some(y) if padding == 0 && side == stride => {
                    let from = image[y * line..][..line].chunks_exact(side * inputs);
                    to.zip(from).for_each(|(to, from)| copy(from, to));
                }
                Some(y) => {
                    let from = &image[y * line..][..line];
                    for (x, to) in to.enumerate() {
                        // The covered columns that lie within the image.
                        let left = padding.saturating_sub(x * stride);
                        let right = side.min((size.1 + padding).saturating_sub(x * stride)).max(left);
                        let first = (x * stride + left).saturating_sub(padding) * inputs;
                        to[..left * inputs].fill(0.0);
                        copy(
                            &from[first..][..(right - left) * inputs],
                            &mut to[left * inputs..right * inputs],
                        );
                        to[right * inputs..].fill(0.0);
                    }
                }
            }
        }
    }
}

/// Copies a few numbers, of which the first layer's patches have so few that a call would take longer.
#[inline]
fn copy(from: &[f32], to: &mut [f32]) {
    if from.len() < 32 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    } else {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize) -> f32 {
        ((i * 7919) % 101) as f32 / 50.0 - 1.0
    }

    #[test]
    fn patches_and_overlapping_kernels_are_convolutions() {
        let overlapping = Geometry { side: 3, stride: 2, padding: 1 };
        for (geometry, size) in [
            (Geometry::patches(2), (5, 4)),
            (Geometry::patches(4), (9, 30)),
            (overlapping, (6, 7)),
            (overlapping, (1, 1)),
            (overlapping, (3, 300)),
        ] {
            let (inputs, outputs, images) = (3, 5, 2);
            let side = geometry.side;
            let weights: Vec<f32> = (0..side * side * inputs * outputs).map(number).collect();
            let x: Vec<f32> = (0..images * size.0 * size.1 * inputs).map(|i| number(i + 3)).collect();
            let layer = Convolution::new(&weights, vec![0.0; outputs], geometry);
            let (height, width) = geometry.output_size(size);
            let mut out = vec![f32::NAN; images * height * width * outputs];
            layer.apply(&x, &mut out, size, &mut Vec::new());
            for (i, &value) in out.iter().enumerate() {
                let (output, column) = (i % outputs, i / outputs % width);
                let (row, image) = (i / outputs / width % height, i / outputs / width / height);
                let mut sum = 0.0;
                for (ky, kx) in (0..side).flat_map(|ky| (0..side).map(move |kx| (ky, kx))) {
                    let y = (row * geometry.stride + ky).wrapping_sub(geometry.padding);
                    let x_at = (column * geometry.stride + kx).wrapping_sub(geometry.padding);
                    if y < size.0 && x_at < size.1 {
                        for k in 0..inputs {
                            let weight = weights[((ky * side + kx) * inputs + k) * outputs + output];
                            sum += x[((image * size.0 + y) * size.1 + x_at) * inputs + k] * weight;
                        }
                    }
                }
                assert!((value - sum).abs() < 1e-5, "{geometry:?} {size:?}: {value} {sum}");
            }
        }
    }

    #[test]
    fn a_kernel_that_does_not_fit_leaves_nothing() {
        assert_eq!(Geometry::patches(4).output_size((3, 9)), (0, 2));
    }
}
