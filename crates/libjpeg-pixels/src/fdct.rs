//! The accurate integer forward transform, `jpeg_fdct_islow`: the inverse of [`idct`](crate::idct), times 8.

use crate::idct::{Block, transposed};

const CONST_BITS: u32 = 13;
const PASS1_BITS: u32 = 2;

const FIX_0_298631336: i32 = 2446;
const FIX_0_390180644: i32 = 3196;
const FIX_0_541196100: i32 = 4433;
const FIX_0_765366865: i32 = 6270;
const FIX_0_899976223: i32 = 7373;
const FIX_1_175875602: i32 = 9633;
const FIX_1_501321110: i32 = 12299;
const FIX_1_847759065: i32 = 15137;
const FIX_1_961570560: i32 = 16069;
const FIX_2_053119869: i32 = 16819;
const FIX_2_562915447: i32 = 20995;
const FIX_3_072711026: i32 = 25172;

/// Returns the coefficients of 8 x 8 samples less 128, times 8.
///
/// They are at most 8 * 8 * 128 and a little. What is added on the way to it fits 16 bits as well.
#[inline(always)]
pub(crate) fn forward_dct(samples: &Block) -> Block {
    let rows = pass::<{ CONST_BITS - PASS1_BITS }, true>(&transposed(samples));
    pass::<{ CONST_BITS + PASS1_BITS }, false>(&transposed(&rows))
}

/// Transforms each column. The sums of all samples, whose factors are 1, are multiplied by 4 in the first pass and
/// divided by it in the second, as the others are by 2^`SHIFT`.
#[inline(always)]
fn pass<const SHIFT: u32, const FIRST: bool>(input: &Block) -> Block {
    let mut output = [0; 64];
    for lane in 0..8 {
        let sum = |i: usize| input[8 * i + lane] + input[8 * (7 - i) + lane];
        let difference = |i: usize| input[8 * i + lane] - input[8 * (7 - i) + lane];
        // Both operands of each product fit 16 bits.
        let product = |value: i16, factor: i32| i32::from(value) * factor;
        let whole = |sum: i32| {
            if FIRST { (sum << PASS1_BITS) as i16 } else { descaled::<PASS1_BITS>(sum) }
        };

        let (s0, s1, s2, s3) = (sum(0), sum(1), sum(2), sum(3));
        let (t10, t13, t11, t12) = (s0 + s3, s0 - s3, s1 + s2, s1 - s2);
        let even2 = product(t12, FIX_0_541196100) + product(t13, FIX_0_541196100 + FIX_0_765366865);
        let even6 = product(t12, FIX_0_541196100 - FIX_1_847759065) + product(t13, FIX_0_541196100);

        let (d7, d6, d5, d4) = (difference(0), difference(1), difference(2), difference(3));
        let (z3, z4) = (d4 + d6, d5 + d7);
        let sum3 = product(z3, FIX_1_175875602 - FIX_1_961570560) + product(z4, FIX_1_175875602);
        let sum4 = product(z3, FIX_1_175875602) + product(z4, FIX_1_175875602 - FIX_0_390180644);
        let odd1 = product(d4, -FIX_0_899976223) + product(d7, FIX_1_501321110 - FIX_0_899976223);
        let odd3 = product(d5, -FIX_2_562915447) + product(d6, FIX_3_072711026 - FIX_2_562915447);
        let odd5 = product(d5, FIX_2_053119869 - FIX_2_562915447) + product(d6, -FIX_2_562915447);
        let odd7 = product(d4, FIX_0_298631336 - FIX_0_899976223) + product(d7, -FIX_0_899976223);

        output[lane] = whole(i32::from(t10) + i32::from(t11));
        output[8 + lane] = descaled::<SHIFT>(odd1 + sum4);
        output[16 + lane] = descaled::<SHIFT>(even2);
        output[24 + lane] = descaled::<SHIFT>(odd3 + sum3);
        output[32 + lane] = whole(i32::from(t10) - i32::from(t11));
        output[40 + lane] = descaled::<SHIFT>(odd5 + sum4);
        output[48 + lane] = descaled::<SHIFT>(even6);
        output[56 + lane] = descaled::<SHIFT>(odd7 + sum3);
    }
    output
}

#[inline(always)]
fn descaled<const SHIFT: u32>(value: i32) -> i16 {
    ((value + (1 << (SHIFT - 1))) >> SHIFT) as i16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::idct::inverse_dct;

    /// `jpeg_fdct_islow` as it is written there, value by value in 32 bits.
    fn directly(samples: &Block) -> Block {
        let descaled = |value: i32, shift: u32| (value + (1 << (shift - 1))) >> shift;
        let mut block = samples.map(i32::from);
        for (first, places) in [true, false].into_iter().flat_map(|first| (0..8).map(move |i| (first, i))) {
            let at = |i: usize| if first { 8 * places + i } else { 8 * i + places };
            let whole = |sum: i32| if first { sum << PASS1_BITS } else { descaled(sum, PASS1_BITS) };
            let product =
                |sum| descaled(sum, if first { CONST_BITS - PASS1_BITS } else { CONST_BITS + PASS1_BITS });
            let [t0, t1, t2, t3] = [0, 1, 2, 3].map(|i| block[at(i)] + block[at(7 - i)]);
            let [t7, t6, t5, t4] = [0, 1, 2, 3].map(|i| block[at(i)] - block[at(7 - i)]);

            let (t10, t13, t11, t12) = (t0 + t3, t0 - t3, t1 + t2, t1 - t2);
            block[at(0)] = whole(t10 + t11);
            block[at(4)] = whole(t10 - t11);
            let z1 = (t12 + t13) * FIX_0_541196100;
            block[at(2)] = product(z1 + t13 * FIX_0_765366865);
            block[at(6)] = product(z1 - t12 * FIX_1_847759065);

            let z5 = (t4 + t6 + t5 + t7) * FIX_1_175875602;
            let (z1, z2) = (-(t4 + t7) * FIX_0_899976223, -(t5 + t6) * FIX_2_562915447);
            let (z3, z4) = (z5 - (t4 + t6) * FIX_1_961570560, z5 - (t5 + t7) * FIX_0_390180644);
            block[at(7)] = product(t4 * FIX_0_298631336 + z1 + z3);
            block[at(5)] = product(t5 * FIX_2_053119869 + z2 + z4);
            block[at(3)] = product(t6 * FIX_3_072711026 + z2 + z3);
            block[at(1)] = product(t7 * FIX_1_501321110 + z1 + z4);
        }
        block.map(|value| value as i16)
    }

    #[test]
    fn a_constant_block_has_its_mean_alone() {
        let mut expected = [0; 64];
        expected[0] = 64 * 37;
        assert_eq!(forward_dct(&[37; 64]), expected);
    }

    proptest! {
        #[test]
        fn eight_lines_at_once_are_line_after_line(
            // The extremes give the largest sums.
            samples in prop::collection::vec(prop_oneof![-128_i16..128, Just(-128), Just(127)], 64),
        ) {
            let samples: [i16; 64] = samples.try_into().unwrap();
            prop_assert_eq!(forward_dct(&samples), directly(&samples));
        }

        #[test]
        fn the_inverse_gives_the_samples_back(samples in prop::collection::vec(-128_i16..128, 64)) {
            let samples: [i16; 64] = samples.try_into().unwrap();
            let coefficients = forward_dct(&samples).map(|value| (f32::from(value) / 8.0).round() as i16);
            // Rounding the coefficients to whole numbers costs up to a few levels.
            for (ours, theirs) in inverse_dct(&coefficients).into_iter().zip(samples) {
                prop_assert!((i16::from(ours) - 128 - theirs).abs() <= 2);
            }
        }
    }
}
