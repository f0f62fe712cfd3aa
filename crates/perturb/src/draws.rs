use std::fmt;
use std::ops::RangeInclusive;

use numpy_rng::{Generator, Poisson, PythonRandom, RandomState};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Numbers of the usual distributions, from one of the streams of a [`Random`](crate::Random).
///
/// Where the numbers come from `NumPy`, they are those that the named Python generator draws; from `ChaCha8` and from
/// other words they have the same distributions.
///
/// ```
/// use perturb::Random;
///
/// // >>> numpy.random.seed(1); numpy.random.poisson(3.5), numpy.random.randint(0, 6)
/// let mut random = Random::numpy(1);
/// let mut draws = random.legacy();
/// let mut original = numpy_rng::RandomState::new(1);
/// assert_eq!((draws.poisson(3.5), draws.integer(0..=5)), (original.poisson(3.5), original.randint(0, 6)));
/// ```
pub struct Draws<'a>(Stream<'a>);

pub(crate) enum Stream<'a> {
    ChaCha(&'a mut ChaCha8Rng),
    DefaultRng(&'a mut Generator),
    Legacy(&'a mut RandomState),
    Python(&'a mut PythonRandom),
    Words(&'a mut (dyn FnMut() -> u64 + Send)),
}

impl<'a> Draws<'a> {
    pub(crate) fn new(stream: Stream<'a>) -> Self {
        Self(stream)
    }

    /// Whether the numbers are those of an original, so that what it draws in vain must be drawn as well.
    pub(crate) fn is_original(&self) -> bool {
        matches!(self.0, Stream::DefaultRng(_) | Stream::Legacy(_) | Stream::Python(_))
    }

    fn word(&mut self) -> u64 {
        match &mut self.0 {
            Stream::ChaCha(rng) => rng.next_u64(),
            Stream::DefaultRng(generator) => generator.random_raw(),
            Stream::Words(words) => words(),
            // Neither hands out words; a double has 53 bits, two of them have enough.
            Stream::Legacy(_) | Stream::Python(_) => {
                let half = |unit: f64| (unit * 4_294_967_296.0) as u64;
                half(self.unit()) << 32 | half(self.unit())
            }
        }
    }

    /// A double of [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        match &mut self.0 {
            Stream::DefaultRng(generator) => generator.random(),
            Stream::Legacy(state) => state.random(),
            Stream::Python(random) => random.random(),
            Stream::ChaCha(_) | Stream::Words(_) => {
                (self.word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
            }
        }
    }

    /// A double from `low` to `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// An integer of `range`, every one as likely; its start if it is empty. A range of one draws nothing.
    pub fn integer(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (first, last) = range.into_inner();
        match &mut self.0 {
            _ if last <= first => first,
            Stream::DefaultRng(generator) if last < i64::MAX => generator.integers(first, last + 1),
            Stream::Legacy(state) if last < i64::MAX => state.randint(first, last + 1),
            _ => {
                let count = u128::from(last.wrapping_sub(first) as u64) + 1;
                let rejected = (1 << 64) % count;
                loop {
                    // Lemire 2019: the upper half of a product, unless its lower half is one too many.
                    let product = u128::from(self.word()) * count;
                    if u128::from(product as u64) >= rejected {
                        return first.wrapping_add((product >> 64) as i64);
                    }
                }
            }
        }
    }

    /// A number of the normal law with mean 0 and deviation 1.
    #[inline]
    pub fn standard_normal(&mut self) -> f64 {
        match &mut self.0 {
            Stream::ChaCha(rng) => numpy_rng::standard_normal(|| rng.next_u64()),
            Stream::DefaultRng(generator) => generator.standard_normal(),
            Stream::Legacy(state) => state.standard_normal(),
            Stream::Python(_) | Stream::Words(_) => numpy_rng::standard_normal(|| self.word()),
        }
    }

    /// A number of the normal law.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        mean + deviation * self.standard_normal()
    }

    /// A number of the Poisson law with mean `mean`.
    pub fn poisson(&mut self, mean: f64) -> i64 {
        self.sample(&Poisson::new(mean))
    }

    /// Fills `numbers` with what [`unit`](Self::unit) would return one after the other.
    pub(crate) fn fill_unit(&mut self, numbers: &mut [f64]) {
        if let Stream::Legacy(state) = &mut self.0 {
            state.fill_random(numbers);
        } else {
            numbers.fill_with(|| self.unit());
        }
    }

    /// Fills `numbers` with what [`standard_normal`](Self::standard_normal) would return one after the other.
    pub(crate) fn fill_standard_normal(&mut self, numbers: &mut [f64]) {
        if let Stream::Legacy(state) = &mut self.0 {
            state.fill_standard_normal(numbers);
        } else {
            numbers.fill_with(|| self.standard_normal());
        }
    }

    /// A number of this law.
    pub(crate) fn sample(&mut self, law: &Poisson) -> i64 {
        if let Stream::Legacy(state) = &mut self.0 {
            law.sample(|| state.random())
        } else {
            law.sample(|| self.unit())
        }
    }
}

impl fmt::Debug for Draws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Stream::ChaCha(_) => "Draws from ChaCha8",
            Stream::DefaultRng(_) => "Draws from default_rng",
            Stream::Legacy(_) => "Draws from RandomState",
            Stream::Python(_) => "Draws from random.Random",
            Stream::Words(_) => "Draws from words",
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Random;

    #[test]
    fn every_integer_of_a_range_is_as_likely() {
        for mut random in [Random::chacha(1, 0), Random::numpy(1)] {
            for pick in 0..3 {
                let mut counts = [0_i32; 7];
                for _ in 0..7000 {
                    let mut draws = match pick {
                        0 => random.default_rng(),
                        1 => random.legacy(),
                        _ => random.python(),
                    };
                    counts[(draws.integer(-3..=3) + 3) as usize] += 1;
                }
                // Deviation 29; five of them.
                assert!(
                    counts.iter().all(|count| (count - 1000).abs() < 150),
                    "{random:?} {pick}: {counts:?}"
                );
            }
        }
    }

    #[test]
    fn a_range_of_one_draws_nothing() {
        let mut random = Random::chacha(3, 0);
        assert_eq!(random.legacy().integer(4..=4), 4);
        assert_eq!(random.next_u64(), Random::chacha(3, 0).next_u64());
        assert!((i64::MIN..=i64::MAX).contains(&random.legacy().integer(i64::MIN..=i64::MAX)));
    }

    #[test]
    fn poisson_and_normal_numbers_have_their_moments() {
        for mut random in [Random::chacha(1, 0), Random::numpy(1)] {
            let mut draws = random.legacy();
            let count = 20_000;
            for mean in [4.0, 40.0] {
                let drawn: Vec<f64> = (0..count).map(|_| draws.poisson(mean) as f64).collect();
                let average = drawn.iter().sum::<f64>() / f64::from(count);
                assert!((average - mean).abs() < 5.0 * (mean / f64::from(count)).sqrt(), "{average}");
            }
            let drawn: Vec<f64> = (0..count).map(|_| draws.normal(2.0, 3.0)).collect();
            let average = drawn.iter().sum::<f64>() / f64::from(count);
            let variance =
                drawn.iter().map(|x| (x - average) * (x - average)).sum::<f64>() / f64::from(count);
            assert!((average - 2.0).abs() < 0.11 && (variance - 9.0).abs() < 0.45, "{average} {variance}");
        }
    }
}
