//! The shortcut around a block.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// Writes each row with a bias added: what a block's product is added to.
pub(crate) struct Shortcut<'a> {
    pub(crate) rows: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl SimdOp for Shortcut<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let width = self.bias.len();
        let full = width - width % lanes;
        for (row, out) in self.rows.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            let (out, rest) = out.split_at_mut(full);
            let values = row.chunks_exact(lanes).zip(self.bias.chunks_exact(lanes));
            for (to, (values, bias)) in out.chunks_exact_mut(lanes).zip(values) {
                ops.store(ops.add(ops.load(values), ops.load(bias)), to);
            }
            let values = row[full..].iter().zip(&self.bias[full..]);
            rest.iter_mut().zip(values).for_each(|(to, (value, bias))| *to = value + bias);
        }
    }
}

/// Adds a bias to each row, in place.
pub(crate) struct AddBias<'a> {
    pub(crate) rows: &'a mut [f32],
    pub(crate) bias: &'a [f32],
}

impl SimdOp for AddBias<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        for row in self.rows.chunks_exact_mut(self.bias.len()) {
            add(isa, row, self.bias);
        }
    }
}

/// Adds a bias to one row, in place.
#[inline(always)]
pub(crate) fn add<I: Isa>(isa: I, row: &mut [f32], bias: &[f32]) {
    let ops = isa.f32();
    let lanes = ops.len();
    let full = row.len() - row.len() % lanes;
    let ((row, rest), (bias, bias_rest)) = (row.split_at_mut(full), bias.split_at(full));
    for (values, bias) in row.chunks_exact_mut(lanes).zip(bias.chunks_exact(lanes)) {
        ops.store(ops.add(ops.load(values), ops.load(bias)), values);
    }
    rest.iter_mut().zip(bias_rest).for_each(|(value, bias)| *value += bias);
}
