//! GELU, the exact one with the error function (Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>).

use rten_simd::ops::{BitOps, FloatOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// Adds a bias to each row and applies GELU, in place.
///
/// With Q(z) = erfc(z / √2) / 2, GELU is max(x, 0) - |x| Q(|x|). The eighth root of Q is close to a parabola, so a
/// polynomial and three squarings give Q without an exponential or a division. The error is at most 2.5e-7 where
/// |x| ≤ 4, and the rounding of x itself beyond.
pub(crate) struct BiasGelu<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) bias: &'a [f32],
}

/// Beyond it |x| Q(|x|) is below 1e-7.
const LARGEST: f32 = 5.6;

/// The eighth root of Q on 0 to [`LARGEST`], lowest power first: the minimax polynomial for the error of z Q(z).
const ROOT: [f32; 9] = [
    0.917_004,
    -0.091_457_41,
    -0.031_928_074,
    -0.000_671_959_2,
    0.001_504_366_2,
    3.429_263_6e-5,
    -6.025_679_6e-5,
    7.479_398_4e-6,
    -2.958_704_2e-7,
];

impl SimdOp for BiasGelu<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let width = self.bias.len();
        let full = width - width % lanes;
        let (bias, bias_rest) = self.bias.split_at(full);
        for row in self.rows.chunks_exact_mut(width) {
            let (row, rest) = row.split_at_mut(full);
            for (values, bias) in row.chunks_exact_mut(lanes).zip(bias.chunks_exact(lanes)) {
                let x = ops.add(ops.load(values), ops.load(bias));
                ops.store(gelu(isa, x), values);
            }
            if !rest.is_empty() {
                let x = ops.add(ops.load_pad(rest).0, ops.load_pad(bias_rest).0);
                let y = rten_simd::Simd::to_array(gelu(isa, x));
                rest.iter_mut().zip(y).for_each(|(to, y)| *to = y);
            }
        }
    }
}

#[inline(always)]
fn gelu<I: Isa>(isa: I, x: I::F32) -> I::F32 {
    let ops = isa.f32();
    let z = ops.min(ops.abs(x), ops.splat(LARGEST));
    let mut root = ops.splat(ROOT[8]);
    for power in (0..8).rev() {
        root = ops.mul_add(root, z, ops.splat(ROOT[power]));
    }
    let second = ops.mul(root, root);
    let fourth = ops.mul(second, second);
    let tail = ops.mul(fourth, fourth);
    ops.mul_sub_from(tail, z, ops.max(x, ops.zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gelu(x: &[f32], bias: &[f32]) -> Vec<f32> {
        let mut rows = x.to_vec();
        BiasGelu { rows: &mut rows, bias }.dispatch();
        rows
    }

    /// Values of x (1 + erf(x / √2)) / 2 computed in 40 digits.
    const EXACT: [(f32, f64); 14] = [
        (-5.5, -1.044_426e-7),
        (-4.0, -1.266_850e-4),
        (-3.0, -0.004_049_694_1),
        (-2.0, -0.045_500_263_9),
        (-1.25, -0.132_062_217_1),
        (-0.5, -0.154_268_769_4),
        (-0.062_5, -0.029_692_645_7),
        (0.0, 0.0),
        (0.125, 0.068_717_278_1),
        (0.75, 0.580_029_485_7),
        (1.5, 1.399_789_198_1),
        (2.5, 2.484_475_836_7),
        (3.75, 3.749_668_435_2),
        (5.0, 4.999_998_566_7),
    ];

    #[test]
    fn gelu_has_the_exact_values() {
        for (x, expected) in EXACT {
            let y = f64::from(gelu(&[x], &[0.0])[0]);
            assert!(
                (y - expected).abs() < 2.5e-7_f64.max(1.2e-7 * expected.abs()),
                "{x}: {y}, expected {expected}"
            );
        }
    }

    #[test]
    fn far_from_zero_gelu_is_the_identity_or_nothing() {
        for x in [6.0_f32, 20.0, 1e4, 1e30] {
            assert_eq!(gelu(&[x], &[0.0]), [x]);
            assert!(gelu(&[-x], &[0.0])[0].abs() < 1e-7);
        }
    }

    #[test]
    fn a_value_does_not_depend_on_its_place_in_the_row() {
        let x: Vec<f32> = (0..37).map(|i| (i as f32 - 18.0) / 5.0).collect();
        let row = gelu(&x, &[0.25; 37]);
        for (x, y) in x.into_iter().zip(row) {
            assert_eq!(gelu(&[x], &[0.25]), [y]);
        }
    }
}
