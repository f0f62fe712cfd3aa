use std::convert::Infallible;

use rand_core::TryRng;

use crate::pcg64::Pcg64;
use crate::{SeedSequence, standard_normal};

/// A generator seeded as `numpy.random.default_rng(seed)` is.
///
/// ```
/// let mut g = numpy_rng::default_rng(0_u64);
/// assert_eq!(g.random(), 0.6369616873214543);
/// ```
#[must_use]
pub fn default_rng(seed: impl Into<SeedSequence>) -> Generator {
    Generator::new(seed)
}

/// `numpy.random.Generator` over PCG64 (XSL-RR 128/64; O'Neill 2014).
///
/// ```
/// use numpy_rng::Generator;
///
/// let mut g = Generator::new([123_u64, 0]);
/// let noise: Vec<f64> = (0..3).map(|_| g.standard_normal()).collect();
/// assert_eq!(noise.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    pcg: Pcg64,
    /// The upper half of a word whose lower half was drawn by a 32-bit draw.
    half: Option<u32>,
}

impl Generator {
    /// A generator with this seed, as from [`default_rng`].
    #[must_use]
    pub fn new(seed: impl Into<SeedSequence>) -> Self {
        let [state_high, state_low, stream_high, stream_low] = seed.into().generate_state();
        let join = |high: u64, low: u64| (u128::from(high) << 64) | u128::from(low);
        Self { pcg: Pcg64::new(join(state_high, state_low), join(stream_high, stream_low)), half: None }
    }

    /// The next word: `bit_generator.random_raw()`. A half kept from a 32-bit draw stays kept.
    ///
    /// ```
    /// assert_eq!(numpy_rng::default_rng(0_u64).random_raw(), 11_749_869_230_777_074_271);
    /// ```
    #[inline]
    pub fn random_raw(&mut self) -> u64 {
        self.pcg.next()
    }

    /// Fills `words` with the next words, faster than one by one: `bit_generator.random_raw(size)`.
    ///
    /// ```
    /// let (mut at_once, mut one_by_one) = (numpy_rng::default_rng(0_u64), numpy_rng::default_rng(0_u64));
    /// let mut words = [0; 100];
    /// at_once.fill_raw(&mut words);
    /// assert_eq!(words, std::array::from_fn(|_| one_by_one.random_raw()));
    /// ```
    pub fn fill_raw(&mut self, words: &mut [u64]) {
        self.pcg.fill(words);
    }

    /// A number in [0, 1), uniformly distributed over the multiples of 2^-53: `random()`.
    ///
    /// ```
    /// assert!((0.0..1.0).contains(&numpy_rng::default_rng(1_u64).random()));
    /// ```
    #[inline]
    pub fn random(&mut self) -> f64 {
        (self.random_raw() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// An integer in [low, high), uniformly distributed: `integers(low, high)`. An empty range gives `low`,
    /// where NumPy raises an error.
    ///
    /// A range of at most 2^32 integers draws half a word and keeps the other half (Lemire 2019); a range of
    /// one draws nothing.
    ///
    /// ```
    /// let mut g = numpy_rng::default_rng(123_u64);
    /// assert_eq!([g.integers(0, 8), g.integers(0, 8), g.integers(-3, -2)], [0, 5, -3]);
    /// ```
    pub fn integers(&mut self, low: i64, high: i64) -> i64 {
        // The difference of two i64 fits u64; wrapping arithmetic gives it.
        let last = (high.wrapping_sub(low) as u64).wrapping_sub(1);
        if high <= low {
            return low;
        }
        low.wrapping_add(self.up_to(last) as i64)
    }

    /// An integer from 0 to `last`, both included.
    fn up_to(&mut self, last: u64) -> u64 {
        match u32::try_from(last) {
            Ok(0) => 0,
            Ok(u32::MAX) => u64::from(self.half_word()),
            Ok(last) => u64::from(self.up_to_u32(last)),
            Err(_) if last == u64::MAX => self.random_raw(),
            Err(_) => self.up_to_u64(last),
        }
    }

    fn up_to_u32(&mut self, last: u32) -> u32 {
        let count = last + 1;
        let mut product = u64::from(self.half_word()) * u64::from(count);
        if (product as u32) < count {
            let threshold = (u32::MAX - last) % count;
            while (product as u32) < threshold {
                product = u64::from(self.half_word()) * u64::from(count);
            }
        }
        (product >> 32) as u32
    }

    fn up_to_u64(&mut self, last: u64) -> u64 {
        let count = last + 1;
        let mut product = u128::from(self.random_raw()) * u128::from(count);
        if (product as u64) < count {
            let threshold = (u64::MAX - last) % count;
            while (product as u64) < threshold {
                product = u128::from(self.random_raw()) * u128::from(count);
            }
        }
        (product >> 64) as u64
    }

    fn half_word(&mut self) -> u32 {
        if let Some(half) = self.half.take() {
            return half;
        }
        let word = self.random_raw();
        self.half = Some((word >> 32) as u32);
        word as u32
    }

    /// A number from the normal distribution with mean 0 and standard deviation 1: `standard_normal()`.
    ///
    /// ```
    /// assert_eq!(numpy_rng::default_rng(0_u64).standard_normal(), 0.1257302210933933);
    /// ```
    pub fn standard_normal(&mut self) -> f64 {
        standard_normal(|| self.random_raw())
    }

    /// A number from the normal distribution with mean `loc` and standard deviation `scale`: `normal(loc,
    /// scale)`.
    ///
    /// ```
    /// let mut g = numpy_rng::default_rng(0_u64);
    /// assert_eq!(g.normal(10.0, 0.0), 10.0);
    /// ```
    pub fn normal(&mut self, loc: f64, scale: f64) -> f64 {
        loc + scale * self.standard_normal()
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.half_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.random_raw())
    }

    /// Fills `out` with words, least significant byte first. The unused bytes of the last word are dropped.
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.random_raw().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rand_core::Rng;
    use proptest::prelude::*;

    #[test]
    fn a_range_of_one_draws_nothing() {
        let (mut drawn, mut fresh) = (default_rng(5_u64), default_rng(5_u64));
        assert_eq!(drawn.integers(4, 5), 4);
        assert_eq!(drawn, fresh);
        assert_eq!(drawn.random(), fresh.random());
    }

    #[test]
    fn halves_of_a_word_are_drawn_lower_first() {
        let word = default_rng(9_u64).random_raw();
        let mut g = default_rng(9_u64);
        assert_eq!((g.next_u32(), g.next_u32()), (word as u32, (word >> 32) as u32));
    }

    proptest! {
        #[test]
        fn integers_stay_within_their_range(seed: u64, low: i64, high: i64) {
            let value = default_rng(seed).integers(low, high);
            prop_assert!(value == low || (low < value && value < high));
        }

        #[test]
        fn the_mean_of_many_normals_is_near_zero(seed: u64) {
            let mut g = default_rng(seed);
            let mean = (0..2000).map(|_| g.standard_normal()).sum::<f64>() / 2000.0;
            // Seven standard errors.
            prop_assert!(mean.abs() < 0.16);
        }
    }
}
