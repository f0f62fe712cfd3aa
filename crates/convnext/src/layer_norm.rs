//! Layer normalisation (Ba, Kiros and Hinton 2016, <https://arxiv.org/abs/1607.06450>).

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

use crate::residual::add;

/// Normalises each row of `width` values to mean 0 and variance 1, in place.
///
/// The gain and bias that PyTorch's `LayerNorm` applies next are left to the layer behind it, as
/// [`Linear`](crate::linear::Linear) can take them up.
pub(crate) struct LayerNorm<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) width: usize,
    /// Added to the variance.
    pub(crate) epsilon: f32,
}

/// Adds a bias to each row, normalises it, multiplies it by a gain and adds a shift, in place.
pub(crate) struct BiasLayerNorm<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) gain: &'a [f32],
    pub(crate) shift: &'a [f32],
    /// Added to the variance.
    pub(crate) epsilon: f32,
}

impl SimdOp for LayerNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        for row in self.rows.chunks_exact_mut(self.width) {
            normalise(isa, row, self.epsilon);
        }
    }
}

impl SimdOp for BiasLayerNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let width = self.bias.len();
        let full = width - width % lanes;
        for row in self.rows.chunks_exact_mut(width) {
            add(isa, row, self.bias);
            normalise(isa, row, self.epsilon);
            let affine = self.gain.chunks_exact(lanes).zip(self.shift.chunks_exact(lanes));
            for (values, (gain, shift)) in row.chunks_exact_mut(lanes).zip(affine) {
                ops.store(ops.mul_add(ops.load(values), ops.load(gain), ops.load(shift)), values);
            }
            let affine = self.gain[full..].iter().zip(&self.shift[full..]);
            row[full..]
                .iter_mut()
                .zip(affine)
                .for_each(|(value, (gain, shift))| *value = *value * gain + shift);
        }
    }
}

#[inline(always)]
fn normalise<I: Isa>(isa: I, row: &mut [f32], epsilon: f32) {
    let ops = isa.f32();
    let lanes = ops.len();
    let count = row.len() as f32;
    let (row, rest) = row.split_at_mut(row.len() - row.len() % lanes);
    // The rest is padded with zeros, which the sum ignores.
    let (last, mask) = ops.load_pad(rest);
    let mut sum = last;
    for values in row.chunks_exact(lanes) {
        sum = ops.add(sum, ops.load(values));
    }
    let mean = ops.splat(ops.sum(sum) / count);
    let last = ops.select(ops.sub(last, mean), ops.zero(), mask);
    let mut squares = ops.mul(last, last);
    for values in row.chunks_exact(lanes) {
        let deviation = ops.sub(ops.load(values), mean);
        squares = ops.mul_add(deviation, deviation, squares);
    }
    let scale = ops.splat(1.0 / (ops.sum(squares) / count + epsilon).sqrt());
    for values in row.chunks_exact_mut(lanes) {
        ops.store(ops.mul(ops.sub(ops.load(values), mean), scale), values);
    }
    let last = rten_simd::Simd::to_array(ops.mul(last, scale));
    rest.iter_mut().zip(last).for_each(|(to, value)| *to = value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a width that no vector divides, one as it is and one far from zero.
    fn rows() -> Vec<f32> {
        (0..46).map(|i| ((i * i) % 13) as f32 + if i < 23 { 0.0 } else { 1000.0 }).collect()
    }

    fn expected(row: &[f32], epsilon: f64) -> Vec<f64> {
        let values: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        values.iter().map(|value| (value - mean) / (variance + epsilon).sqrt()).collect()
    }

    #[test]
    fn rows_are_normalised_one_by_one() {
        let before = rows();
        let mut after = before.clone();
        LayerNorm { rows: &mut after, width: 23, epsilon: 1e-3 }.dispatch();
        for (before, after) in before.chunks(23).zip(after.chunks(23)) {
            for (value, expected) in after.iter().zip(expected(before, 1e-3)) {
                assert!((f64::from(*value) - expected).abs() < 1e-4, "{value} {expected}");
            }
        }
    }

    #[test]
    fn bias_gain_and_shift_stand_around_the_normalisation() {
        let bias: Vec<f32> = (0..23).map(|i| (i % 5) as f32).collect();
        let gain: Vec<f32> = (0..23).map(|i| i as f32 / 10.0).collect();
        let shift: Vec<f32> = (0..23).map(|i| (i % 3) as f32).collect();
        let mut plain: Vec<f32> =
            rows().chunks(23).flat_map(|row| row.iter().zip(&bias).map(|(a, b)| a + b)).collect();
        let mut fused = rows();
        LayerNorm { rows: &mut plain, width: 23, epsilon: 1e-6 }.dispatch();
        BiasLayerNorm { rows: &mut fused, bias: &bias, gain: &gain, shift: &shift, epsilon: 1e-6 }.dispatch();
        for (i, (plain, fused)) in plain.iter().zip(fused).enumerate() {
            assert!((plain * gain[i % 23] + shift[i % 23] - fused).abs() < 1e-5);
        }
    }

    #[test]
    fn equal_values_become_zero() {
        let mut rows = [7.0; 20];
        LayerNorm { rows: &mut rows, width: 20, epsilon: 1e-6 }.dispatch();
        assert_eq!(rows, [0.0; 20]);
    }
}
