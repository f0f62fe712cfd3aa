//! The accurate integer inverse transform, `jpeg_idct_islow`.
//!
//! The algorithm of Loeffler, Ligtenberg and Moschytz (1989) as libjpeg's `jidctint.c` has it: 13
//! bits of fraction in the constants, 2 more bits kept between the passes. The numbers are as wide as in
//! libjpeg-turbo's vector code (16 bits, sums of products in 32), which gives the same values for whatever
//! an encoder can write and saturates for the rest.

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

/// A block, row by row.
pub(crate) type Block = [i16; 64];

/// Returns the 8 x 8 samples, row by row, of the dequantised coefficients.
#[inline(always)]
pub(crate) fn inverse_dct(block: &Block) -> [u8; 64] {
    if block[1..] == [0; 63] {
        return [constant(block[0]); 64];
    }
    let columns = if block[8..] == [0; 56] {
        // Scaled without saturation, as in the vector code.
        std::array::from_fn(|i| block[i % 8] << PASS1_BITS)
    } else {
        pass::<{ CONST_BITS - PASS1_BITS }>(block)
    };
    let rows = pass::<{ CONST_BITS + PASS1_BITS + 3 }>(&transposed(&columns));
    transposed(&rows).map(|value| (value.clamp(-128, 127) + 128) as u8)
}

/// The value of every sample of a block in which only the first coefficient is not zero.
fn constant(first: i16) -> u8 {
    // Both passes only scale it: up by 2 bits without saturation, then down by 5.
    let value = i32::from(first << PASS1_BITS);
    (((value + (1 << (PASS1_BITS + 2))) >> (PASS1_BITS + 3)).clamp(-128, 127) + 128) as u8
}

/// Transforms each column, and divides by 2^`SHIFT`.
#[inline(always)]
fn pass<const SHIFT: u32>(input: &Block) -> Block {
    let mut output = [0; 64];
    for lane in 0..8 {
        let at = |row: usize| input[8 * row + lane];
        let product = |value: i16, factor: i32| i32::from(value) * factor;

        let (z2, z3) = (at(2), at(6));
        let even2 = product(z2, FIX_0_541196100) + product(z3, FIX_0_541196100 - FIX_1_847759065);
        let even3 = product(z2, FIX_0_541196100 + FIX_0_765366865) + product(z3, FIX_0_541196100);
        let even0 = i32::from(at(0).wrapping_add(at(4))) << CONST_BITS;
        let even1 = i32::from(at(0).wrapping_sub(at(4))) << CONST_BITS;
        let even = [even0 + even3, even1 + even2, even1 - even2, even0 - even3];

        let [t0, t1, t2, t3] = [at(7), at(5), at(3), at(1)];
        let (z3, z4) = (t0.wrapping_add(t2), t1.wrapping_add(t3));
        let sum3 = product(z3, FIX_1_175875602 - FIX_1_961570560) + product(z4, FIX_1_175875602);
        let sum4 = product(z3, FIX_1_175875602) + product(z4, FIX_1_175875602 - FIX_0_390180644);
        let odd0 = product(t0, FIX_0_298631336 - FIX_0_899976223) + product(t3, -FIX_0_899976223);
        let odd1 = product(t1, FIX_2_053119869 - FIX_2_562915447) + product(t2, -FIX_2_562915447);
        let odd2 = product(t1, -FIX_2_562915447) + product(t2, FIX_3_072711026 - FIX_2_562915447);
        let odd3 = product(t0, -FIX_0_899976223) + product(t3, FIX_1_501321110 - FIX_0_899976223);
        let odd = [odd3 + sum4, odd2 + sum3, odd1 + sum4, odd0 + sum3];

        for row in 0..4 {
            output[8 * row + lane] = descaled::<SHIFT>(even[row].wrapping_add(odd[row]));
            output[8 * (7 - row) + lane] = descaled::<SHIFT>(even[row].wrapping_sub(odd[row]));
        }
    }
    output
}

#[inline(always)]
fn descaled<const SHIFT: u32>(value: i32) -> i16 {
    (value.wrapping_add(1 << (SHIFT - 1)) >> SHIFT).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[inline(always)]
pub(crate) fn transposed(block: &Block) -> Block {
    let mut output = [0; 64];
    for row in 0..8 {
        for column in 0..8 {
            output[8 * column + row] = block[8 * row + column];
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Block, inverse_dct, pass};

    /// The transform's definition, in floating point.
    fn exact(block: &Block) -> [f64; 64] {
        let basis = |u: usize, x: usize| {
            let scale = if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
            0.5 * scale * (std::f64::consts::PI * (2 * x + 1) as f64 * u as f64 / 16.0).cos()
        };
        std::array::from_fn(|i| {
            let (y, x) = (i / 8, i % 8);
            let terms = block.iter().enumerate();
            128.0 + terms.map(|(j, &c)| f64::from(c) * basis(j / 8, y) * basis(j % 8, x)).sum::<f64>()
        })
    }

    #[test]
    fn the_first_coefficient_is_eight_times_the_mean() {
        let mut block = [0; 64];
        for (first, sample) in
            [(0, 128), (8, 129), (4, 129), (3, 128), (-4, 128), (-5, 127), (1016, 255), (-1024, 0)]
        {
            block[0] = first;
            assert_eq!(inverse_dct(&block), [sample; 64], "{first}");
        }
    }

    #[test]
    fn the_short_cuts_for_zeros_change_nothing() {
        // Beyond these values the vector code's short cut wraps and its long way saturates.
        for first in (i16::MIN >> 2..=i16::MAX >> 2).step_by(7) {
            for second in [0, 1, -90] {
                let mut block = [0; 64];
                [block[0], block[5]] = [first, second];
                let rows = pass::<18>(&super::transposed(&pass::<11>(&block)));
                let long = super::transposed(&rows).map(|value| (value.clamp(-128, 127) + 128) as u8);
                assert_eq!(inverse_dct(&block), long, "{first} {second}");
            }
        }
    }

    proptest! {
        #[test]
        fn samples_are_within_one_of_the_definition(
            coefficients in prop::collection::vec((0_usize..64, -300_i16..300), 0..20)
        ) {
            let mut block = [0; 64];
            coefficients.iter().for_each(|&(at, value)| block[at] = value);
            for (ours, theirs) in inverse_dct(&block).into_iter().zip(exact(&block)) {
                prop_assert!((f64::from(ours) - theirs.clamp(0.0, 255.0)).abs() < 1.0);
            }
        }

        #[test]
        fn no_coefficient_is_too_large(block in prop::collection::vec(any::<i16>(), 64)) {
            inverse_dct(&block.try_into().unwrap());
        }
    }
}
