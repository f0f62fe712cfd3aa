//! Global response normalisation (Woo et al. 2023, ConvNeXt V2, <https://arxiv.org/abs/2301.00808>).

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// Added to the mean of the norms.
const EPSILON: f64 = 1e-6;

/// Turns each channel's sum of squares over an image into the factor by which the channel is multiplied.
///
/// `gain` is the layer's weight; its bias is left to the layer behind it.
pub(crate) fn factors(squares: &mut [f32], gain: &[f32]) {
    let sum: f64 = squares.iter().map(|&square| f64::from(square).sqrt()).sum();
    let mean = sum / squares.len() as f64 + EPSILON;
    for (square, &gain) in squares.iter_mut().zip(gain) {
        *square = (1.0 + f64::from(gain) * f64::from(*square).sqrt() / mean) as f32;
    }
}

/// Adds the squares of each column to `sums`.
pub(crate) struct AddSquares<'a> {
    pub(crate) rows: &'a [f32],
    pub(crate) sums: &'a mut [f32],
}

impl SimdOp for AddSquares<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let width = self.sums.len();
        let mut columns = self.sums.chunks_exact_mut(lanes);
        for (first, sums) in (0..).step_by(lanes).zip(columns.by_ref()) {
            let mut sum = ops.zero();
            for row in self.rows.chunks_exact(width) {
                let values = ops.load(&row[first..]);
                sum = ops.mul_add(values, values, sum);
            }
            ops.store(ops.add(ops.load(sums), sum), sums);
        }
        let rest = columns.into_remainder();
        let first = width - rest.len();
        for (column, to) in (first..).zip(rest) {
            *to += self.rows.chunks_exact(width).map(|row| row[column] * row[column]).sum::<f32>();
        }
    }
}

/// Multiplies each row by the columns' factors, in place.
pub(crate) struct Scale<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) factors: &'a [f32],
}

impl SimdOp for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let width = self.factors.len();
        let full = width - width % lanes;
        for row in self.rows.chunks_exact_mut(width) {
            let (row, rest) = row.split_at_mut(full);
            for (values, factors) in row.chunks_exact_mut(lanes).zip(self.factors.chunks_exact(lanes)) {
                ops.store(ops.mul(ops.load(values), ops.load(factors)), values);
            }
            rest.iter_mut().zip(&self.factors[full..]).for_each(|(value, factor)| *value *= factor);
        }
    }
}
