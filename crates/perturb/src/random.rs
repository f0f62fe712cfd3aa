use std::fmt;
use std::ops::RangeInclusive;

use multiversion::multiversion;
use numpy_rng::Generator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::draws::{Draws, Stream};
use crate::gaps::Gaps;
use crate::numpy_streams::NumpyStreams;

/// A source of random numbers for perturbers.
///
/// How a perturber draws depends on the source. From `NumPy`'s stream it draws value by value as the
/// originals do, and returns their pixels; from [`from_words`](Self::from_words) it draws likewise. From
/// `ChaCha8` it draws only as many numbers as the same distribution needs, which is much faster where few
/// values are hit.
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

/// Trials per call: a buffer for all trials of an image would cost more than drawing them.
const PART: usize = 1024;

enum Source {
    ChaCha(Box<ChaCha8Rng>),
    Numpy(NumpyStreams),
    Words(Box<dyn FnMut() -> u64 + Send>),
}

impl Random {
    /// `ChaCha8` on the stream `stream`, seeded as `rand_core` 0.10 seeds from a `u64`.
    #[must_use]
    pub fn chacha(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(Source::ChaCha(Box::new(rng)))
    }

    /// The streams that the originals draw from, seeded by `seed`: `numpy.random.default_rng(seed)`, and where an
    /// original draws from another one, [`legacy`](Self::legacy) or [`python`](Self::python).
    ///
    /// Each begins at the seed when it is first drawn from. One `Random` used for two images in turn gives what an
    /// original gives that was made with this seed and called twice.
    #[must_use]
    pub fn numpy(seed: u64) -> Self {
        Self(Source::Numpy(NumpyStreams::from_seed(seed)))
    }

    /// The streams of a seed and a datum's key, such as its index: `numpy.random.default_rng([seed, key])`, and the
    /// legacy stream and Python's, both seeded by the 32-bit words of the two numbers.
    #[must_use]
    pub fn numpy_keyed(seed: u64, key: u64) -> Self {
        Self(Source::Numpy(NumpyStreams::from_seed_and_key(seed, key)))
    }

    /// One of `NumPy`'s generators, in its present state. The other streams, should a perturber draw from them, are
    /// seeded by a word of this one.
    #[must_use]
    pub fn from_numpy(generator: Generator) -> Self {
        Self(Source::Numpy(generator.into()))
    }

    /// Any source of uniformly distributed 64-bit words.
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
            Source::Numpy(streams) => streams.default_rng.random_raw(),
            Source::Words(words) => words(),
        }
    }

    /// A number in [0, 1), uniformly distributed over the multiples of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A number from the standard normal distribution, by `NumPy`'s ziggurat.
    pub fn standard_normal(&mut self) -> f64 {
        let mut number = [0.0];
        self.standard_normals(&mut number);
        number[0]
    }

    /// Draws as `numpy.random.default_rng(seed)` does.
    pub fn default_rng(&mut self) -> Draws<'_> {
        self.draws(|streams| Stream::DefaultRng(&mut streams.default_rng))
    }

    /// Draws as `NumPy`'s legacy functions do after `numpy.random.seed(seed)`. A seed of more than 32 bits, which
    /// these refuse, is taken as the list of its 32-bit words, least significant first.
    pub fn legacy(&mut self) -> Draws<'_> {
        self.draws(|streams| Stream::Legacy(streams.legacy()))
    }

    /// Draws as Python's `random.Random(seed)` does. What it has no method for is made of its doubles.
    pub fn python(&mut self) -> Draws<'_> {
        self.draws(|streams| Stream::Python(streams.python()))
    }

    /// Two integers that an original draws when it is made, not for each image: from `NumPy`'s stream when they are
    /// first asked for, and the same ever after; from other streams anew each time.
    pub(crate) fn made(&mut self, ranges: [RangeInclusive<i64>; 2]) -> [i64; 2] {
        if let Source::Numpy(streams) = &mut self.0 {
            return streams.made(ranges);
        }
        ranges.map(|range| self.default_rng().integer(range))
    }

    fn draws<'a>(&'a mut self, choose: impl FnOnce(&'a mut NumpyStreams) -> Stream<'a>) -> Draws<'a> {
        Draws::new(match &mut self.0 {
            Source::ChaCha(rng) => Stream::ChaCha(rng),
            Source::Numpy(streams) => choose(streams),
            Source::Words(words) => Stream::Words(&mut **words),
        })
    }

    /// Fills `numbers` from the standard normal distribution.
    pub(crate) fn standard_normals(&mut self, numbers: &mut [f64]) {
        match &mut self.0 {
            Source::ChaCha(rng) => numbers.fill_with(|| numpy_rng::standard_normal(|| rng.next_u64())),
            Source::Numpy(streams) => numbers.fill_with(|| streams.default_rng.standard_normal()),
            Source::Words(words) => numbers.fill_with(|| numpy_rng::standard_normal(&mut *words)),
        }
    }

    /// Runs `count` trials that succeed with `probability` each, and passes their outcomes to `take`, part by
    /// part.
    ///
    /// As in scikit-image, a trial succeeds if a draw is at most the probability, and probabilities of
    /// exactly 0 and 1 draw nothing.
    pub(crate) fn trials(&mut self, count: usize, probability: f64, mut take: impl FnMut(&[bool])) {
        // u = w * 2^-53 <= p for an integer w exactly if w <= p * 2^53.
        let threshold = (probability * 9_007_199_254_740_992.0) as u64;
        let mut trials = [false; PART];
        let parts = (0..count).step_by(PART).map(|start| PART.min(count - start));
        match &mut self.0 {
            _ if probability == 0.0 || probability == 1.0 => {
                trials.fill(probability == 1.0);
                parts.for_each(|part| take(&trials[..part]));
            }
            Source::ChaCha(rng) => {
                let mut gaps = Gaps::new(probability, || rng.next_u64());
                parts.for_each(|part| {
                    gaps.fill(&mut trials[..part], || rng.next_u64());
                    take(&trials[..part]);
                });
            }
            Source::Numpy(streams) => {
                let mut words = [0; PART];
                parts.for_each(|part| {
                    streams.default_rng.fill_raw(&mut words[..part]);
                    compare(&words[..part], threshold, &mut trials[..part]);
                    take(&trials[..part]);
                });
            }
            Source::Words(words) => parts.for_each(|part| {
                trials[..part].fill_with(|| (words() >> 11) <= threshold);
                take(&trials[..part]);
            }),
        }
    }

    /// Runs a further trial, which succeeds with `probability`, for each of the `hits`. The outcomes of the
    /// others are unspecified.
    ///
    /// scikit-image draws for the others, too; `ChaCha8` draws for the hits only.
    pub(crate) fn trials_among(&mut self, hits: &[bool], probability: f64) -> Vec<bool> {
        let all = !matches!(self.0, Source::ChaCha(_));
        let count = if all { hits.len() } else { hits.iter().filter(|&&hit| hit).count() };
        let mut succeeds = Vec::with_capacity(count);
        self.trials(count, probability, |part| succeeds.extend_from_slice(part));
        if all {
            return succeeds;
        }
        let mut succeeds = succeeds.into_iter();
        #[expect(clippy::expect_used, reason = "as many trials were asked for as there are hits")]
        let mut next = || succeeds.next().expect("a trial for each hit");
        hits.iter().map(|&hit| hit && next()).collect()
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn compare(words: &[u64], threshold: u64, trials: &mut [bool]) {
    for (trial, word) in trials.iter_mut().zip(words) {
        *trial = (word >> 11) <= threshold;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(random: &mut Random, count: usize, probability: f64) -> Vec<bool> {
        let mut all = Vec::new();
        random.trials(count, probability, |part| all.extend_from_slice(part));
        all
    }

    /// How far mean and variance of the number of successes are from those of the binomial distribution, in
    /// standard errors.
    fn binomial(probability: f64, count: usize) -> (f64, f64) {
        let runs = 400;
        let (n, r) = (count as f64, f64::from(runs));
        let hits: Vec<f64> = (0..runs)
            .map(|run| trials(&mut Random::chacha(11, u64::try_from(run).unwrap()), count, probability))
            .map(|trials| trials.iter().filter(|&&hit| hit).count() as f64)
            .collect();
        let mean = hits.iter().sum::<f64>() / r;
        let variance = hits.iter().map(|hit| (hit - mean) * (hit - mean)).sum::<f64>() / (r - 1.0);
        let expected = n * probability * (1.0 - probability);
        ((mean - n * probability) / (expected / r).sqrt(), (variance / expected - 1.0) / (2.0 / r).sqrt())
    }

    #[test]
    fn successes_by_gaps_follow_the_binomial_distribution() {
        for probability in [0.0001, 0.003, 0.05, 0.2, 0.5, 0.9, 0.999] {
            let (mean, variance) = binomial(probability, 12_288);
            assert!(mean.abs() < 4.0, "p {probability}: the mean is {mean} standard errors off");
            assert!(variance.abs() < 4.5, "p {probability}: the variance is {variance} standard errors off");
        }
    }

    #[test]
    fn each_number_of_successes_is_as_frequent_as_it_is_likely() {
        // One class per number that is expected at least ten times; the others form one class.
        for (count, probability) in [(200, 0.05), (30, 0.5), (1500, 0.999)] {
            let runs = 20_000_u64;
            let mut observed = vec![0.0; count + 1];
            for run in 0..runs {
                let hits = trials(&mut Random::chacha(13, run), count, probability)
                    .iter()
                    .filter(|&&hit| hit)
                    .count();
                observed[hits] += 1.0;
            }
            let odds = (probability / (1.0 - probability)).ln();
            let mut log = count as f64 * (-probability).ln_1p();
            let (mut chi_square, mut freedom, mut rest) = (0.0, 0.0, (0.0, 0.0));
            for (hits, observed) in observed.into_iter().enumerate() {
                let expected = runs as f64 * log.exp();
                if expected >= 10.0 {
                    chi_square += (observed - expected) * (observed - expected) / expected;
                    freedom += 1.0;
                } else {
                    rest = (rest.0 + observed, rest.1 + expected);
                }
                log += odds + ((count - hits) as f64 / (hits + 1) as f64).ln();
            }
            chi_square += (rest.0 - rest.1) * (rest.0 - rest.1) / rest.1;
            assert!(freedom > 5.0);
            let off: f64 = (chi_square - freedom) / (2.0_f64 * freedom).sqrt();
            assert!(off.abs() < 4.0, "{count} at {probability}: chi square {chi_square}, {freedom} degrees");
        }
    }

    #[test]
    fn successes_by_gaps_fall_evenly_and_apart() {
        let (count, runs, p) = (96, 4000_u64, 0.05);
        let mut at = vec![0.0; count];
        let mut pairs = 0.0;
        for run in 0..runs {
            let trials = trials(&mut Random::chacha(12, run), count, p);
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
            assert_eq!(trials(&mut random, 3, 0.0), [false; 3]);
            assert_eq!(trials(&mut random, 3, 1.0), [true; 3]);
        }
        let mut random = Random::numpy(1);
        trials(&mut random, 5, 1.0);
        assert_eq!(random.next_u64(), Random::numpy(1).next_u64());
    }

    #[test]
    fn a_draw_that_equals_the_probability_succeeds() {
        let u = Random::numpy(3).unit();
        assert_eq!(trials(&mut Random::numpy(3), 1, u), [true]);
        assert_eq!(trials(&mut Random::numpy(3), 1, u - 1e-16), [false]);
    }
}
