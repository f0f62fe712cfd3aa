use crate::ziggurat_tables::{ACCEPT, HEIGHTS, TAIL, TAIL_INVERSE, WIDTHS};

/// A number from the standard normal distribution, by `NumPy`'s ziggurat (`random_standard_normal`; Marsaglia
/// and Tsang 2000), from a source of uniformly distributed 64-bit words.
///
/// With PCG64's words this is [`Generator::standard_normal`](crate::Generator::standard_normal).
///
/// ```
/// let mut g = numpy_rng::default_rng(3_u64);
/// let same = numpy_rng::default_rng(3_u64).standard_normal();
/// assert_eq!(numpy_rng::standard_normal(|| g.random_raw()), same);
/// ```
pub fn standard_normal(mut word: impl FnMut() -> u64) -> f64 {
    let unit = |word: u64| (word >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0);
    loop {
        // Eight bits select a layer, one the sign, and 52 the place within the layer.
        let draw = word();
        let layer = (draw & 0xFF) as usize;
        let place = (draw >> 9) & 0x000F_FFFF_FFFF_FFFF;
        let distance = place as f64 * f64::from_bits(WIDTHS[layer]);
        // A branch would be mispredicted half the time.
        let value = f64::from_bits(distance.to_bits() | (draw >> 8) << 63);
        if place < ACCEPT[layer] {
            return value;
        }
        if layer == 0 {
            loop {
                let beyond = -TAIL_INVERSE * (-unit(word())).ln_1p();
                let height = -(-unit(word())).ln_1p();
                if height + height > beyond * beyond {
                    let far = TAIL + beyond;
                    return if (place >> 8) & 1 == 1 { -far } else { far };
                }
            }
        }
        let (lower, upper) = (f64::from_bits(HEIGHTS[layer]), f64::from_bits(HEIGHTS[layer - 1]));
        if (upper - lower) * unit(word()) + lower < (-0.5 * value * value).exp() {
            return value;
        }
    }
}
