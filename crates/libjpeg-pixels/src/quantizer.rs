//! Quantisation of coefficients, as `jcdctmgr.c` rounds.

use crate::idct::Block;

/// The quantisation tables of the standard's annex K, for quality 50.
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Rounds coefficients that are 8 times too large to multiples of a table's steps.
pub(crate) struct Quantizer {
    steps: [i16; 64],
    /// The inverse of eight steps.
    inverses: [f32; 64],
}

impl Quantizer {
    /// The table for luminance.
    pub(crate) fn luma(quality: u8) -> Self {
        Self::scaled(&LUMA, quality)
    }

    /// The table for chrominance.
    pub(crate) fn chroma(quality: u8) -> Self {
        Self::scaled(&CHROMA, quality)
    }

    /// Scales a table as `jpeg_set_quality` does.
    fn scaled(standard: &[u16; 64], quality: u8) -> Self {
        let quality = u16::from(quality);
        let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let scaled = |&step: &u16| (u32::from(step) * u32::from(percent) + 50) / 100;
        Self::new(&std::array::from_fn(|i| scaled(&standard[i]).clamp(1, 255) as u8))
    }

    fn new(steps: &[u8; 64]) -> Self {
        Self { steps: steps.map(i16::from), inverses: steps.map(|step| 1.0 / (8.0 * f32::from(step))) }
    }

    /// Returns the nearest multiples, without the factor 8; halves are rounded away from zero.
    #[inline(always)]
    pub(crate) fn round(&self, coefficients: &Block) -> Block {
        /// Floats from 2^23 to 2^24 are whole numbers, so adding this rounds; the lowest bits are the number.
        const WHOLE: f32 = 12_582_912.0;
        let mut rounded = [0; 64];
        for i in 0..64 {
            let value = coefficients[i];
            // A quarter more rounds halves up, and is too little for anything else.
            let count = (f32::from(value.unsigned_abs()) + 0.25) * self.inverses[i] + WHOLE;
            let count = count.to_bits() as i16;
            let multiple = count * self.steps[i];
            rounded[i] = if value < 0 { -multiple } else { multiple };
        }
        rounded
    }
}

#[cfg(test)]
mod tests {
    use super::Quantizer;

    #[test]
    fn every_coefficient_is_rounded_as_by_whole_numbers() {
        for step in 1..=255 {
            let quantizer = Quantizer::new(&[step; 64]);
            let step = i32::from(step);
            // Beyond what a transform gives.
            for first in (-9_000..9_000).step_by(64) {
                let coefficients = std::array::from_fn(|i| first + i as i16);
                for (ours, value) in quantizer.round(&coefficients).into_iter().zip(coefficients) {
                    let value = i32::from(value);
                    let expected = value.signum() * ((value.abs() + 4 * step) / (8 * step)) * step;
                    assert_eq!(i32::from(ours), expected, "{value} in steps of {step}");
                }
            }
        }
    }
}
