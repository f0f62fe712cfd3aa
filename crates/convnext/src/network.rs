//! The whole network, from pixels to logits.

use rten_simd::SimdOp;

use crate::block::{self, Block};
use crate::buffer::room;
use crate::convolution::Convolution;
use crate::gelu::BiasGelu;
use crate::layer_norm::{BiasLayerNorm, LayerNorm};
use crate::linear::Linear;
use crate::residual::AddBias;

/// A ConvNeXt without what is random in training.
pub(crate) struct Network {
    pub(crate) stem: Stem,
    pub(crate) stages: Vec<Stage>,
    pub(crate) head: Head,
}

/// Turns pixels into the first stage's input.
pub(crate) struct Stem {
    /// One, or two where the stem's patches overlap.
    pub(crate) convolutions: Vec<Convolution>,
    /// Whether a GELU stands between the two.
    pub(crate) gelu: bool,
    pub(crate) gain: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    pub(crate) epsilon: f32,
}

pub(crate) struct Stage {
    /// With a layer norm in front of it, whose gain and bias it has taken up.
    pub(crate) downsample: Option<Convolution>,
    pub(crate) epsilon: f32,
    pub(crate) blocks: Vec<Block>,
}

/// The mean over the pixels, a layer norm, and a linear layer that has taken up its gain and bias.
pub(crate) struct Head {
    pub(crate) linear: Linear,
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

/// Memory for forward passes, used again from one to the next.
#[derive(Default)]
pub(crate) struct Activations {
    /// Where the images are written, `(images, height, width, channels)`.
    pub(crate) input: Vec<f32>,
    x: Vec<f32>,
    next: Vec<f32>,
    patches: Vec<f32>,
    scratch: block::Scratch,
}

impl Network {
    /// Channels of an image.
    pub(crate) fn channels(&self) -> usize {
        self.stem.convolutions.first().map_or(0, Convolution::inputs)
    }

    pub(crate) fn classes(&self) -> usize {
        self.head.bias.len()
    }

    /// Height and width behind the stem and behind each downsampling layer.
    fn sizes(&self, size: (usize, usize)) -> impl Iterator<Item = ((usize, usize), usize)> {
        let downsampled = self.stages.iter().filter_map(|stage| stage.downsample.as_ref());
        self.stem.convolutions.iter().chain(downsampled).scan(size, |size, convolution| {
            *size = convolution.geometry.output_size(*size);
            Some((*size, convolution.outputs()))
        })
    }

    /// Whether an image of this height and width leaves any pixels to the last stage.
    pub(crate) fn takes(&self, size: (usize, usize)) -> bool {
        self.sizes(size).all(|((height, width), _)| height > 0 && width > 0)
    }

    /// How many images of this height and width can share a forward pass that has so many bytes for activations.
    pub(crate) fn fitting(&self, size: (usize, usize), bytes: usize) -> usize {
        let values = |((height, width), channels): ((usize, usize), usize)| height * width * channels;
        let widest = self.sizes(size).map(values).max().unwrap_or(0);
        let image = size.0 * size.1 * self.channels() + 2 * widest;
        // Response normalisation keeps the hidden channels of one whole image.
        let hidden = self.stages.iter().flat_map(|stage| &stage.blocks).any(|block| block.response.is_some());
        let hidden = if hidden { 4 * widest } else { 0 };
        (bytes / size_of::<f32>()).saturating_sub(hidden) / image.max(1)
    }

    /// Scores the images in `memory.input`: `logits` is `(images, classes)`.
    pub(crate) fn forward(&self, size: (usize, usize), memory: &mut Activations, logits: &mut [f32]) {
        let Activations { input, x, next, patches, scratch } = memory;
        let images = logits.len() / self.classes();
        let widest = self.sizes(size).map(|((height, width), channels)| height * width * channels);
        let widest = images * widest.max().unwrap_or(0);
        let (mut x, mut next) = (room(x, widest), room(next, widest));

        let mut size = size;
        let mut len = images * size.0 * size.1 * self.channels();
        for (i, convolution) in self.stem.convolutions.iter().enumerate() {
            let from = if i == 0 { &input[..len] } else { &next[..len] };
            let out = convolution.geometry.output_size(size);
            len = images * out.0 * out.1 * convolution.outputs();
            convolution.apply(from, &mut x[..len], size, patches);
            size = out;
            let (rows, bias) = (&mut x[..len], convolution.bias.as_slice());
            if i + 1 == self.stem.convolutions.len() {
                let Stem { gain, shift, epsilon, .. } = &self.stem;
                BiasLayerNorm { rows, bias, gain, shift, epsilon: *epsilon }.dispatch();
            } else {
                if self.stem.gelu {
                    BiasGelu { rows, bias }.dispatch();
                } else {
                    AddBias { rows, bias }.dispatch();
                }
                std::mem::swap(&mut x, &mut next);
            }
        }

        for stage in &self.stages {
            if let Some(convolution) = &stage.downsample {
                let rows = &mut x[..len];
                LayerNorm { rows, width: convolution.inputs(), epsilon: stage.epsilon }.dispatch();
                let out = convolution.geometry.output_size(size);
                len = images * out.0 * out.1 * convolution.outputs();
                convolution.apply(rows, &mut next[..len], size, patches);
                AddBias { rows: &mut next[..len], bias: &convolution.bias }.dispatch();
                size = out;
                std::mem::swap(&mut x, &mut next);
            }
            for block in &stage.blocks {
                block.apply(&x[..len], &mut next[..len], size, scratch);
                std::mem::swap(&mut x, &mut next);
            }
        }
        self.head.apply(&x[..len], &mut next[..images * self.head.linear.inputs()], logits);
    }
}

impl Head {
    /// `x` is `(images, pixels, channels)`; `pooled` is scratch memory, `(images, channels)`.
    fn apply(&self, x: &[f32], pooled: &mut [f32], logits: &mut [f32]) {
        let channels = self.linear.inputs();
        let pixels = x.len() / pooled.len();
        for (image, mean) in x.chunks_exact(pixels * channels).zip(pooled.chunks_exact_mut(channels)) {
            mean.fill(0.0);
            for pixel in image.chunks_exact(channels) {
                mean.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
            }
            mean.iter_mut().for_each(|sum| *sum /= pixels as f32);
        }
        LayerNorm { rows: pooled, width: channels, epsilon: self.epsilon }.dispatch();
        for row in logits.chunks_exact_mut(self.bias.len()) {
            row.copy_from_slice(&self.bias);
        }
        self.linear.accumulate(pooled, logits);
    }
}
