//! The accurate integer forward transform, `jpeg_fdct_islow`: the inverse of [`idct`](crate::idct), times 8.

use crate::idct::Block;

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
pub(crate) fn forward_dct(samples: &Block) -> Block {
    let mut block = samples.map(i32::from);
    for row in 0..8 {
        line::<{ CONST_BITS - PASS1_BITS }>(&mut block, 8 * row, 1, |sum| sum << PASS1_BITS);
    }
    for column in 0..8 {
        line::<{ CONST_BITS + PASS1_BITS }>(&mut block, column, 8, descaled::<PASS1_BITS>);
    }
    // At most 8 * 8 * 128 and a little, which 16 bits hold.
    block.map(|value| value as i16)
}

/// Transforms eight values of a block, `step` apart.
fn line<const SHIFT: u32>(block: &mut [i32; 64], start: usize, step: usize, whole: impl Fn(i32) -> i32) {
    let at = |i: usize| start + i * step;
    let sum = |i: usize| block[at(i)] + block[at(7 - i)];
    let difference = |i: usize| block[at(i)] - block[at(7 - i)];
    let (s0, s1, s2, s3) = (sum(0), sum(1), sum(2), sum(3));
    let (d7, d6, d5, d4) = (difference(0), difference(1), difference(2), difference(3));

    let (t10, t13, t11, t12) = (s0 + s3, s0 - s3, s1 + s2, s1 - s2);
    let z = (t12 + t13) * FIX_0_541196100;
    let even = [
        whole(t10 + t11),
        descaled::<SHIFT>(z + t13 * FIX_0_765366865),
        whole(t10 - t11),
        descaled::<SHIFT>(z - t12 * FIX_1_847759065),
    ];

    let z5 = (d4 + d6 + d5 + d7) * FIX_1_175875602;
    let (z1, z2) = (-(d4 + d7) * FIX_0_899976223, -(d5 + d6) * FIX_2_562915447);
    let (z3, z4) = (z5 - (d4 + d6) * FIX_1_961570560, z5 - (d5 + d7) * FIX_0_390180644);
    let odd = [
        descaled::<SHIFT>(d7 * FIX_1_501321110 + z1 + z4),
        descaled::<SHIFT>(d6 * FIX_3_072711026 + z2 + z3),
        descaled::<SHIFT>(d5 * FIX_2_053119869 + z2 + z4),
        descaled::<SHIFT>(d4 * FIX_0_298631336 + z1 + z3),
    ];
    for i in 0..4 {
        block[at(2 * i)] = even[i];
        block[at(2 * i + 1)] = odd[i];
    }
}

fn descaled<const SHIFT: u32>(value: i32) -> i32 {
    (value + (1 << (SHIFT - 1))) >> SHIFT
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::forward_dct;
    use crate::idct::inverse_dct;

    #[test]
    fn a_constant_block_has_its_mean_alone() {
        let mut expected = [0; 64];
        expected[0] = 64 * 37;
        assert_eq!(forward_dct(&[37; 64]), expected);
    }

    proptest! {
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
