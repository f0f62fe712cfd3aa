//! From named weights to a network: each is checked, and folded into its neighbour where that saves a pass.

use crate::Error;
use crate::block::{Block, Mlp};
use crate::checkpoint::{Checkpoint, Tensor};
use crate::config::Config;
use crate::convolution::{Convolution, Geometry};
use crate::depthwise::{self, Depthwise};
use crate::linear::Linear;
use crate::naming::Naming;
use crate::network::{Head, Network, Stage, Stem};

/// Builds the network that the config and the weights describe.
pub(crate) fn build(weights: Checkpoint, config: &Config) -> Result<Network, Error> {
    let naming =
        Naming::of(&weights).ok_or_else(|| Error::MissingTensor { name: "stem.0.weight".to_owned() })?;
    let mut loader = Loader { weights, naming, epsilon: config.epsilon(naming) };
    let stem = loader.stem()?;
    let mut channels = stem.shift.len();
    let mut stages: Vec<Stage> = Vec::new();
    let mut widths = Vec::new();
    while loader.has(&format!("stages.{}.blocks.0.conv_dw.weight", stages.len())) {
        let stage = loader.stage(stages.len(), channels)?;
        channels = stage.blocks.first().map_or(channels, |block| block.channels);
        widths.push(channels);
        stages.push(stage);
    }
    let depths: Vec<usize> = stages.iter().map(|stage| stage.blocks.len()).collect();
    config.check_stages(&depths, &widths)?;
    let head = loader.head(channels, config.last_epsilon(naming))?;
    loader.weights.finish()?;
    Ok(Network { stem, stages, head })
}

struct Loader {
    weights: Checkpoint,
    naming: Naming,
    epsilon: f32,
}

impl Loader {
    fn has(&self, name: &str) -> bool {
        self.weights.contains(&self.naming.name(name))
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        self.weights.shape(&self.naming.name(name))
    }

    fn take(&mut self, name: &str) -> Result<Tensor, Error> {
        self.weights.take(&self.naming.name(name))
    }

    /// A tensor of so many values, whatever axes of length 1 it has beside them.
    fn vector(&mut self, name: &str, len: usize) -> Result<Vec<f32>, Error> {
        let Tensor { shape, values } = self.take(name)?;
        let axes: Vec<usize> = shape.iter().copied().filter(|&axis| axis != 1).collect();
        if values.len() != len || axes.len() > 1 {
            return Err(self.refuse(name, shape, format!("[{len}]")));
        }
        Ok(values)
    }

    /// The weights of a linear layer, or of a convolution with a kernel of one pixel: `(outputs, inputs)`.
    fn matrix(&mut self, name: &str, outputs: Option<usize>, inputs: usize) -> Result<Vec<f32>, Error> {
        let Tensor { shape, values } = self.take(name)?;
        match *shape.as_slice() {
            [rows, columns] | [rows, columns, 1, 1]
                if columns == inputs && rows > 0 && outputs.is_none_or(|outputs| rows == outputs) =>
            {
                Ok(values)
            }
            _ => {
                let outputs = outputs.map_or_else(|| "n".to_owned(), |outputs| outputs.to_string());
                Err(self.refuse(name, shape, format!("[{outputs}, {inputs}]")))
            }
        }
    }

    /// A convolution's weights, turned to `(side, side, inputs, outputs)`, and its outputs and side.
    fn kernel(&mut self, name: &str, inputs: Option<usize>) -> Result<(Vec<f32>, usize, usize), Error> {
        let Tensor { shape, values } = self.take(name)?;
        let [outputs, channels, height, width] = *shape.as_slice() else {
            return Err(self.refuse(name, shape, "four axes".to_owned()));
        };
        if height != width || values.is_empty() || inputs.is_some_and(|inputs| inputs != channels) {
            let inputs = inputs.map_or_else(|| "n".to_owned(), |inputs| inputs.to_string());
            return Err(self.refuse(name, shape, format!("[n, {inputs}, k, k]")));
        }
        let mut turned = vec![0.0; values.len()];
        let taps = height * width;
        for (output, kernel) in values.chunks_exact(channels * taps).enumerate() {
            for (channel, plane) in kernel.chunks_exact(taps).enumerate() {
                for (tap, &weight) in plane.iter().enumerate() {
                    turned[(tap * channels + channel) * outputs + output] = weight;
                }
            }
        }
        Ok((turned, outputs, height))
    }

    fn refuse(&self, name: &str, found: Vec<usize>, expected: String) -> Error {
        Error::Shape { name: self.naming.name(name), found, expected }
    }

    /// Patches side by side; or two convolutions that overlap, of which timm has variants.
    fn stem(&mut self) -> Result<Stem, Error> {
        let (weights, outputs, side) = self.kernel("stem.0.weight", None)?;
        let bias = self.vector("stem.0.bias", outputs)?;
        let is_convolution = |shape: Option<&[usize]>| shape.is_some_and(|shape| shape.len() == 4);
        let second = ["stem.1", "stem.2"]
            .into_iter()
            .position(|name| is_convolution(self.shape(&format!("{name}.weight"))));
        let overlapping = Geometry { side, stride: 2, padding: side / 2 };
        let geometry = if second.is_some() { overlapping } else { Geometry::patches(side) };
        let mut convolutions = vec![Convolution::new(&weights, bias, geometry)];
        let mut channels = outputs;
        if let Some(between) = second {
            let name = format!("stem.{}", between + 1);
            let (weights, outputs, side) = self.kernel(&format!("{name}.weight"), Some(channels))?;
            let bias = self.vector(&format!("{name}.bias"), outputs)?;
            let geometry = Geometry { side, stride: 2, padding: side / 2 };
            convolutions.push(Convolution::new(&weights, bias, geometry));
            channels = outputs;
        }
        let norm = format!("stem.{}", second.map_or(1, |between| between + 2));
        Ok(Stem {
            convolutions,
            gelu: second == Some(1),
            gain: self.vector(&format!("{norm}.weight"), channels)?,
            shift: self.vector(&format!("{norm}.bias"), channels)?,
            epsilon: self.epsilon,
        })
    }

    fn stage(&mut self, stage: usize, inputs: usize) -> Result<Stage, Error> {
        let prefix = format!("stages.{stage}");
        let name = format!("{prefix}.downsample.1.weight");
        let (mut channels, mut downsample) = (inputs, None);
        if self.has(&name) {
            let (mut weights, outputs, side) = self.kernel(&name, Some(inputs))?;
            let mut bias = self.vector(&format!("{prefix}.downsample.1.bias"), outputs)?;
            let gain = self.vector(&format!("{prefix}.downsample.0.weight"), inputs)?;
            let shift = self.vector(&format!("{prefix}.downsample.0.bias"), inputs)?;
            fold_affine(&mut weights, &mut bias, &gain, &shift);
            downsample = Some(Convolution::new(&weights, bias, Geometry::patches(side)));
            channels = outputs;
        }
        let mut blocks = Vec::new();
        while self.has(&format!("{prefix}.blocks.{}.conv_dw.weight", blocks.len())) {
            blocks.push(self.block(&format!("{prefix}.blocks.{}", blocks.len()), channels)?);
        }
        Ok(Stage { downsample, epsilon: self.epsilon, blocks })
    }

    fn block(&mut self, prefix: &str, channels: usize) -> Result<Block, Error> {
        let name = format!("{prefix}.conv_dw.weight");
        let Tensor { shape, values } = self.take(&name)?;
        let side = depthwise::SIDE;
        if shape != [channels, 1, side, side] {
            return Err(self.refuse(&name, shape, format!("{:?}", [channels, 1, side, side])));
        }
        let bias = self.vector(&format!("{prefix}.conv_dw.bias"), channels)?;
        let depthwise = Depthwise::new(&values, &bias);

        let gain = self.vector(&format!("{prefix}.norm.weight"), channels)?;
        let shift = self.vector(&format!("{prefix}.norm.bias"), channels)?;
        let expand = self.matrix(&format!("{prefix}.mlp.fc1.weight"), None, channels)?;
        let hidden = expand.len() / channels;
        let mut expand_bias = self.vector(&format!("{prefix}.mlp.fc1.bias"), hidden)?;
        let mut expand = transposed(&expand, channels);
        fold_affine(&mut expand, &mut expand_bias, &gain, &shift);

        let contract = self.matrix(&format!("{prefix}.mlp.fc2.weight"), Some(channels), hidden)?;
        let mut contract = transposed(&contract, hidden);
        let mut bias = self.vector(&format!("{prefix}.mlp.fc2.bias"), channels)?;
        let mut response = None;
        if self.has(&format!("{prefix}.mlp.grn.weight")) {
            response = Some(self.vector(&format!("{prefix}.mlp.grn.weight"), hidden)?);
            let shift = self.vector(&format!("{prefix}.mlp.grn.bias"), hidden)?;
            fold_affine(&mut contract, &mut bias, &vec![1.0; hidden], &shift);
        }
        if self.has(&format!("{prefix}.gamma")) {
            let scale = self.vector(&format!("{prefix}.gamma"), channels)?;
            for row in contract.chunks_exact_mut(channels).chain([bias.as_mut_slice()]) {
                row.iter_mut().zip(&scale).for_each(|(weight, scale)| *weight *= scale);
            }
        }
        let parts = Mlp { expand, expand_bias, contract, channels }.parts();
        Ok(Block { channels, depthwise, epsilon: self.epsilon, parts, bias, response })
    }

    fn head(&mut self, channels: usize, epsilon: f32) -> Result<Head, Error> {
        let gain = self.vector("head.norm.weight", channels)?;
        let shift = self.vector("head.norm.bias", channels)?;
        let weights = self.matrix("head.fc.weight", None, channels)?;
        let classes = weights.len() / channels;
        let mut bias = self.vector("head.fc.bias", classes)?;
        let mut weights = transposed(&weights, channels);
        fold_affine(&mut weights, &mut bias, &gain, &shift);
        Ok(Head { linear: Linear::new(&weights, channels, classes), bias, epsilon })
    }
}

/// `(rows, columns)` as `(columns, rows)`.
fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    let mut turned = vec![0.0; matrix.len()];
    for (i, row) in matrix.chunks_exact(columns).enumerate() {
        for (j, &value) in row.iter().enumerate() {
            turned[j * rows + i] = value;
        }
    }
    turned
}

/// Makes a layer's weights, `(inputs, outputs)`, do what a gain and a shift of its inputs did in front of it.
///
/// Convolutions have the inputs several times, once for each pixel of the kernel.
fn fold_affine(weights: &mut [f32], bias: &mut [f32], gain: &[f32], shift: &[f32]) {
    let outputs = bias.len();
    let mut sums: Vec<f64> = bias.iter().map(|&bias| f64::from(bias)).collect();
    for (row, (&gain, &shift)) in weights.chunks_exact_mut(outputs).zip(gain.iter().zip(shift).cycle()) {
        for (weight, sum) in row.iter_mut().zip(&mut sums) {
            *sum += f64::from(*weight) * f64::from(shift);
            *weight *= gain;
        }
    }
    bias.iter_mut().zip(sums).for_each(|(bias, sum)| *bias = sum as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_layer_gives_what_the_two_gave() {
        let (mut weights, mut bias) = (vec![1.0, 2.0, 3.0, 4.0], vec![5.0, 6.0]);
        fold_affine(&mut weights, &mut bias, &[10.0, 100.0], &[0.5, -1.0]);
        assert_eq!((weights, bias), (vec![10.0, 20.0, 300.0, 400.0], vec![2.5, 3.0]));
    }

    #[test]
    fn a_kernel_of_several_pixels_takes_the_gain_up_in_each() {
        let (mut weights, mut bias) = (vec![1.0, 2.0, 3.0, 4.0], vec![0.0]);
        fold_affine(&mut weights, &mut bias, &[2.0, 3.0], &[1.0, 10.0]);
        assert_eq!((weights, bias), (vec![2.0, 6.0, 6.0, 12.0], vec![64.0]));
    }

    #[test]
    fn a_transposed_matrix_has_its_rows_as_columns() {
        assert_eq!(transposed(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
