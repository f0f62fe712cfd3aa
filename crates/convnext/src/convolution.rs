//! The stem's and the downsampling layers' convolutions, as matrix products over patches.

use crate::linear::Linear;


/// A convolution with a square kernel.
pub(crate) struct Convolution {
    linear: Linear,
    bias: Vec<f32>,
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

/// So many pixels of the result are computed at a time.
const PIXELS: usize = 132;

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

    /// Convolves images of `(height, width, inputs)`, one behind the other. `patches` is scratch memory.
    pub(crate) fn apply(&self, x: &[f32], out: &mut [f32], size: (usize, usize), patches: &mut Vec<f32>) {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let (height, width) = self.geometry.output_size(size);
        let row = self.linear.inputs();
        patches.resize(PIXELS * row, 0.0);
        let mut rest = out;
        let mut filled = 0;
        for image in x.chunks_exact(size.0 * size.1 * inputs) {
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                self.gather(image, size, (y, x), &mut patches[filled * row..][..row]);
                filled += 1;
                if filled == PIXELS {
                    let (done, after) = rest.split_at_mut(filled * outputs);
                    self.multiply(patches, done);
                    (rest, filled) = (after, 0);
                }
            }
        }
        if filled > 0 {
            self.multiply(&patches[..filled * row], &mut rest[..filled * outputs]);
        }
    }

    fn multiply(&self, patches: &[f32], out: &mut [f32]) {
        for row in out.chunks_exact_mut(self.bias.len()) {
            row.copy_from_slice(&self.bias);
        }
        self.linear.accumulate(patches, out);
    }

    /// Writes the part of the image that the kernel covers for one pixel of the result.
    fn gather(&self, image: &[f32], (height, width): (usize, usize), at: (usize, usize), to: &mut [f32]) {
        let Geometry { side, stride, padding } = self.geometry;
        let inputs = self.inputs();
        // The covered columns that lie within the image.
        let left = padding.saturating_sub(at.1 * stride);
        let right = side.min((width + padding).saturating_sub(at.1 * stride));
        for (ky, to) in to.chunks_exact_mut(side * inputs).enumerate() {
            let y = (at.0 * stride + ky).checked_sub(padding).filter(|&y| y < height);
            let Some(y) = y.filter(|_| left < right) else {
                to.fill(0.0);
                continue;
            };
            let from = (y * width + at.1 * stride + left - padding) * inputs;
            let len = (right - left) * inputs;
            to[..left * inputs].fill(0.0);
            to[left * inputs..][..len].copy_from_slice(&image[from..from + len]);
            to[right * inputs..].fill(0.0);
        }
    }
}
