use std::fmt;

use numpy_rng::Generator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The random numbers that a perturber draws.
///
/// What a perturber does with them depends on where they come from. From `NumPy`'s stream it draws what the
/// originals draw, value by value, so that its pictures are theirs; from any other words likewise; from
/// `ChaCha8` it draws as few numbers as the same distribution needs, which is much faster.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Perturber, Random, SaltNoise};
///
/// let image = Array3::<u8>::zeros((8, 8, 3));
/// let noise = SaltNoise::new(0.1)?;
/// let once = noise.perturb(image.view(), &mut Random::chacha(7, 0))?;
/// assert_eq!(once, noise.perturb(image.view(), &mut Random::chacha(7, 0))?);
/// assert_ne!(once, noise.perturb(image.view(), &mut Random::numpy(7))?);
/// # Ok::<(), perturb::Error>(())
/// ```
pub struct Random(Source);

enum Source {
    ChaCha(Box<ChaCha8Rng>),
    Numpy(Generator),
    Words(Box<dyn FnMut() -> u64 + Send>),
}

impl Random {
    /// `ChaCha8` seeded by `seed` (`seed_from_u64` of `rand_core` 0.10), on the stream `stream`.
    #[must_use]
    pub fn chacha(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(Source::ChaCha(Box::new(rng)))
    }

    /// `numpy.random.default_rng(seed)`.
    #[must_use]
    pub fn numpy(seed: u64) -> Self {
        Self(Source::Numpy(numpy_rng::default_rng(seed)))
    }

    /// A generator of `NumPy`'s, where it stands.
    #[must_use]
    pub fn from_numpy(generator: Generator) -> Self {
        Self(Source::Numpy(generator))
    }

    /// Any source of evenly distributed 64-bit words.
    ///
    /// ```
    /// let mut state = 1_u64;
    /// let mut random = perturb::Random::from_words(move || {
    ///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    ///     state ^ (state >> 33)
    /// });
    /// assert!(random.unit() < 1.0);
    /// ```
    #[must_use]
    pub fn from_words(words: impl FnMut() -> u64 + Send + 'static) -> Self {
        Self(Source::Words(Box::new(words)))
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        match &mut self.0 {
            Source::ChaCha(rng) => rng.next_u64(),
            Source::Numpy(generator) => generator.random_raw(),
            Source::Words(words) => words(),
        }
    }

    /// A double of [0, 1), a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A number of the standard normal law, by `NumPy`'s ziggurat.
    pub fn standard_normal(&mut self) -> f64 {
        match &mut self.0 {
            Source::ChaCha(rng) => numpy_rng::standard_normal(|| rng.next_u64()),
            Source::Numpy(generator) => generator.standard_normal(),
            Source::Words(words) => numpy_rng::standard_normal(words),
        }
    }

    /// Whether each of `count` trials succeeds, each with `probability`.
    ///
    /// As scikit-image has it, a trial succeeds where a draw is at most the probability, and probabilities of
    /// exactly 0 and 1 draw nothing.
    pub(crate) fn trials(&mut self, count: usize, probability: f64) -> Vec<bool> {
        if probability == 0.0 || probability == 1.0 {
            return vec![probability == 1.0; count];
        }
        // u = w * 2^-53 <= p, with w a whole number, exactly where w <= p * 2^53.
        let threshold = (probability * 9_007_199_254_740_992.0) as u64;
        let succeeds = |word: u64| (word >> 11) <= threshold;
        match &mut self.0 {
            Source::ChaCha(rng) => by_gaps(count, probability, || rng.next_u64()),
            Source::Numpy(generator) => (0..count).map(|_| succeeds(generator.random_raw())).collect(),
            Source::Words(words) => (0..count).map(|_| succeeds(words())).collect(),
        }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::ChaCha(_) => "Random::chacha(..)",
            Source::Numpy(_) => "Random::numpy(..)",
            Source::Words(_) => "Random::from_words(..)",
        })
    }
}

/// Trials by drawing how many fail before the next success, rather than every one.
///
/// The gap is at least k with probability (1 - p)^k. These probabilities are kept as whole numbers of 2^-64,
/// made by multiplications alone, so that every machine draws the same gaps; a gap that reaches the table's
/// end is drawn on, since gaps have no memory.
fn by_gaps(count: usize, probability: f64, mut word: impl FnMut() -> u64) -> Vec<bool> {
    const LONGEST: usize = 1024;
    const TWO_64: f64 = 18_446_744_073_709_551_616.0;
    let mut at_least = vec![u64::MAX];
    let mut share = 1.0;
    while at_least.len() <= LONGEST && share > 1.0 / 512.0 {
        share *= 1.0 - probability;
        at_least.push((share * TWO_64) as u64);
    }
    let longest = at_least.len() - 1;
    // The shortest gap that any word with these leading bits gives.
    let mut shortest = [0_usize; 256];
    let mut gap = longest;
    for (leading, shortest) in shortest.iter_mut().enumerate() {
        let highest = ((leading as u64) << 56) | (u64::MAX >> 8);
        while gap > 0 && highest >= at_least[gap] {
            gap -= 1;
        }
        *shortest = gap;
    }

    let mut trials = vec![false; count];
    let mut next = 0;
    loop {
        let drawn = word();
        let mut gap = shortest[(drawn >> 56) as usize];
        while gap < longest && drawn < at_least[gap + 1] {
            gap += 1;
        }
        next += gap;
        if next >= count {
            return trials;
        }
        if gap < longest {
            trials[next] = true;
            next += 1;
        }
    }
}

/// Where each datum's [`Random`] comes from: a seed, and the kind of stream.
///
/// ```
/// use perturb::Randomness;
///
/// let randomness = Randomness::Numpy { seed: 123 };
/// let mut original = numpy_rng::default_rng([123_u64, 5]);
/// assert_eq!(randomness.datum(5).unit(), original.random());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Randomness {
    /// `ChaCha8` seeded by the seed, with the datum's index as its stream.
    ChaCha {
        /// The study's seed.
        seed: u64,
    },
    /// `numpy.random.default_rng([seed, index])`.
    Numpy {
        /// The study's seed.
        seed: u64,
    },
}

impl Randomness {
    /// The random numbers of the datum at `index`: they depend on nothing else.
    #[must_use]
    pub fn datum(self, index: usize) -> Random {
        match self {
            Self::ChaCha { seed } => Random::chacha(seed, index as u64),
            Self::Numpy { seed } => Random::from_numpy(numpy_rng::default_rng([seed, index as u64])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and deviation of the number of successes, in standard errors of what the binomial law says.
    fn binomial(probability: f64, count: usize) -> (f64, f64) {
        let runs = 400;
        let (n, r) = (count as f64, f64::from(runs));
        let hits: Vec<f64> = (0..runs)
            .map(|run| Random::chacha(11, u64::try_from(run).unwrap()).trials(count, probability))
            .map(|trials| trials.iter().filter(|&&hit| hit).count() as f64)
            .collect();
        let mean = hits.iter().sum::<f64>() / r;
        let variance = hits.iter().map(|hit| (hit - mean) * (hit - mean)).sum::<f64>() / (r - 1.0);
        let expected = n * probability * (1.0 - probability);
        ((mean - n * probability) / (expected / r).sqrt(), (variance / expected - 1.0) / (2.0 / r).sqrt())
    }

    #[test]
    fn successes_by_gaps_follow_the_binomial_law() {
        for probability in [0.0001, 0.003, 0.05, 0.2, 0.5, 0.9, 0.999] {
            let (mean, variance) = binomial(probability, 12_288);
            assert!(mean.abs() < 4.0, "p {probability}: the mean is {mean} standard errors off");
            assert!(variance.abs() < 4.5, "p {probability}: the variance is {variance} standard errors off");
        }
    }

    #[test]
    fn successes_by_gaps_fall_evenly_and_apart() {
        let (count, runs, p) = (96, 4000_u64, 0.05);
        let mut at = vec![0.0; count];
        let mut pairs = 0.0;
        for run in 0..runs {
            let trials = Random::chacha(12, run).trials(count, p);
            trials.iter().zip(&mut at).for_each(|(&hit, at)| *at += f64::from(u8::from(hit)));
            pairs += trials.windows(2).filter(|pair| pair[0] && pair[1]).count() as f64;
        }
        let expected = p * runs as f64;
        let chi_square: f64 =
            at.iter().map(|n| (n - expected) * (n - expected) / (expected * (1.0 - p))).sum();
        // 96 degrees of freedom: mean 96, deviation 13.9.
        assert!((chi_square - 96.0).abs() < 4.0 * 13.9, "chi square {chi_square}");
        let expected = p * p * 95.0 * runs as f64;
        assert!((pairs - expected).abs() < 5.0 * expected.sqrt(), "{pairs} pairs for {expected}");
    }

    #[test]
    fn certain_and_impossible_trials_draw_nothing() {
        for mut random in [Random::numpy(1), Random::chacha(1, 0)] {
            assert_eq!(random.trials(3, 0.0), [false; 3]);
            assert_eq!(random.trials(3, 1.0), [true; 3]);
        }
        let mut random = Random::numpy(1);
        random.trials(5, 1.0);
        assert_eq!(random.next_u64(), Random::numpy(1).next_u64());
    }

    #[test]
    fn a_draw_that_equals_the_probability_succeeds() {
        let u = Random::numpy(3).unit();
        assert_eq!(Random::numpy(3).trials(1, u), [true]);
        assert_eq!(Random::numpy(3).trials(1, u - 1e-16), [false]);
    }

    #[test]
    fn each_datum_has_numbers_of_its_own() {
        for randomness in [Randomness::ChaCha { seed: 1 }, Randomness::Numpy { seed: 1 }] {
            assert_eq!(randomness.datum(4).next_u64(), randomness.datum(4).next_u64());
            assert_ne!(randomness.datum(4).next_u64(), randomness.datum(5).next_u64());
        }
    }
}
