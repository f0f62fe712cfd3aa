//! A ConvNeXt block: depthwise convolution, layer norm, two linear layers with GELU between them, and the shortcut.
//!
//! Liu et al. 2022, <https://arxiv.org/abs/2201.03545>; with global response normalisation that of ConvNeXt V2.

use rten_simd::SimdOp;

use crate::buffer::{PIXELS, room};
use crate::depthwise::{Depthwise, Window};
use crate::gelu::BiasGelu;
use crate::layer_norm::LayerNorm;
use crate::linear::Linear;
use crate::residual::Shortcut;
use crate::response_norm::{AddSquares, Scale, factors};

/// At most so many hidden channels are computed at a time, so that they stay in a core's cache.
const HIDDEN: usize = 512;

pub(crate) struct Block {
    pub(crate) channels: usize,
    pub(crate) depthwise: Depthwise,
    /// Added to the variance by the layer norm.
    pub(crate) epsilon: f32,
    pub(crate) parts: Vec<Part>,
    /// Of the second linear layer.
    pub(crate) bias: Vec<f32>,
    /// The gain of ConvNeXt V2's response normalisation, for all hidden channels.
    pub(crate) response: Option<Vec<f32>>,
}

/// Some of the hidden channels: the first linear layer's outputs and the second one's inputs.
pub(crate) struct Part {
    expand: Linear,
    bias: Vec<f32>,
    contract: Linear,
}

/// The two linear layers' weights, with all that they take up of their neighbours.
pub(crate) struct Mlp {
    /// `(channels, hidden)`.
    pub(crate) expand: Vec<f32>,
    pub(crate) expand_bias: Vec<f32>,
    /// `(hidden, channels)`.
    pub(crate) contract: Vec<f32>,
    pub(crate) channels: usize,
}

impl Mlp {
    /// Packs the layers, at most [`HIDDEN`] hidden channels at a time.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let hidden = self.expand_bias.len();
        let width = hidden.div_ceil(hidden.div_ceil(HIDDEN)).next_multiple_of(32);
        let mut columns = Vec::new();
        (0..hidden)
            .step_by(width)
            .map(|first| {
                let width = width.min(hidden - first);
                columns.clear();
                for row in self.expand.chunks_exact(hidden) {
                    columns.extend_from_slice(&row[first..first + width]);
                }
                let rows = &self.contract[first * self.channels..][..width * self.channels];
                Part {
                    expand: Linear::new(&columns, self.channels, width),
                    bias: self.expand_bias[first..first + width].to_vec(),
                    contract: Linear::new(rows, width, self.channels),
                }
            })
            .collect()
    }
}

/// What blocks write between one layer and the next, used again by all of them.
#[derive(Default)]
pub(crate) struct Scratch {
    window: Window,
    pixels: Vec<f32>,
    hidden: Vec<f32>,
    squares: Vec<f32>,
}

impl Block {
    /// Computes the block's output for images of `(height, width, channels)`, one behind the other.
    pub(crate) fn apply(&self, x: &[f32], out: &mut [f32], size: (usize, usize), scratch: &mut Scratch) {
        let Scratch { window, pixels, hidden, squares } = scratch;
        window.reset(size.1, self.channels);
        let image = size.0 * size.1 * self.channels;
        let hidden_channels = self.parts.iter().map(|part| part.bias.len()).sum::<usize>();
        let kept = PIXELS.max(size.1);
        let pixels = room(pixels, kept * self.channels);
        match &self.response {
            None => {
                let widest = self.parts.iter().map(|part| part.bias.len()).max().unwrap_or(0);
                let hidden = room(hidden, kept * widest);
                self.apply_plain(x, out, size, (window, pixels, hidden));
            }
            Some(gain) => {
                let hidden = room(hidden, size.0 * size.1 * hidden_channels);
                squares.resize(hidden_channels, 0.0);
                for (x, out) in x.chunks_exact(image).zip(out.chunks_exact_mut(image)) {
                    self.apply_normalised(x, out, size, gain, (window, pixels, hidden, squares));
                }
            }
        }
    }

    /// The pixels of all images go through the linear layers in one stream.
    fn apply_plain(
        &self,
        x: &[f32],
        out: &mut [f32],
        size: (usize, usize),
        (window, pixels, hidden): (&mut Window, &mut [f32], &mut [f32]),
    ) {
        let (height, width) = size;
        let stride = width * self.channels;
        let (mut filled, mut done) = (0, 0);
        for image in x.chunks_exact(height * stride) {
            for y in 0..height {
                if filled + stride > pixels.len() {
                    self.finish(&mut pixels[..filled], &x[done..], &mut out[done..], hidden);
                    done += filled;
                    filled = 0;
                }
                self.depthwise.row(image, size, y, window, &mut pixels[filled..filled + stride]);
                filled += stride;
            }
        }
        self.finish(&mut pixels[..filled], &x[done..], &mut out[done..], hidden);
    }

    /// What follows the depthwise convolution, for some pixels.
    fn finish(&self, pixels: &mut [f32], x: &[f32], out: &mut [f32], hidden: &mut [f32]) {
        let rows = pixels.len() / self.channels;
        let out = &mut out[..pixels.len()];
        Shortcut { rows: &x[..pixels.len()], bias: &self.bias, out }.dispatch();
        LayerNorm { rows: pixels, width: self.channels, epsilon: self.epsilon }.dispatch();
        for part in &self.parts {
            let hidden = &mut hidden[..rows * part.bias.len()];
            part.expand.apply(pixels, hidden);
            BiasGelu { rows: hidden, bias: &part.bias }.dispatch();
            part.contract.accumulate(hidden, out);
        }
    }

    /// One image, whose hidden channels are normalised over all of its pixels.
    fn apply_normalised(
        &self,
        x: &[f32],
        out: &mut [f32],
        size: (usize, usize),
        gain: &[f32],
        (window, pixels, hidden, squares): (&mut Window, &mut [f32], &mut [f32], &mut [f32]),
    ) {
        let (height, width) = size;
        let stride = width * self.channels;
        let at_once = pixels.len() / stride;
        squares.fill(0.0);
        for first in (0..height).step_by(at_once) {
            let last = height.min(first + at_once);
            for (y, out) in (first..last).zip(pixels.chunks_exact_mut(stride)) {
                self.depthwise.row(x, size, y, window, out);
            }
            let pixels = &mut pixels[..(last - first) * stride];
            LayerNorm { rows: pixels, width: self.channels, epsilon: self.epsilon }.dispatch();
            let mut start = 0;
            for part in &self.parts {
                let channels = part.bias.len();
                let hidden =
                    &mut hidden[start * height * width..][first * width * channels..last * width * channels];
                part.expand.apply(pixels, hidden);
                BiasGelu { rows: hidden, bias: &part.bias }.dispatch();
                AddSquares { rows: hidden, sums: &mut squares[start..start + channels] }.dispatch();
                start += channels;
            }
        }
        factors(squares, gain);
        Shortcut { rows: x, bias: &self.bias, out }.dispatch();
        for first in (0..height).step_by(at_once) {
            let last = height.min(first + at_once);
            let out = &mut out[first * stride..last * stride];
            let mut start = 0;
            for part in &self.parts {
                let channels = part.bias.len();
                let hidden =
                    &mut hidden[start * height * width..][first * width * channels..last * width * channels];
                Scale { rows: hidden, factors: &squares[start..start + channels] }.dispatch();
                part.contract.accumulate(hidden, out);
                start += channels;
            }
        }
    }
}
