use std::ops::RangeInclusive;

use numpy_rng::{Generator, PythonRandom, RandomState};

/// The three streams that the Python originals draw from, each begun from the same seed when it is first drawn from.
///
/// An original draws from one of them, and which one is a matter of its age: `numpy.random.default_rng(seed)`, the
/// legacy `numpy.random.seed(seed)`, or Python's `random.Random(seed)`. They advance independently.
pub(crate) struct NumpyStreams {
    pub(crate) default_rng: Generator,
    /// The seed's 32-bit words, least significant first; none if only a generator is known.
    words: Vec<u32>,
    legacy: Option<RandomState>,
    python: Option<PythonRandom>,
    /// What an original draws when it is made.
    made: Option<[i64; 2]>,
}

impl NumpyStreams {
    /// The streams of one number.
    pub(crate) fn from_seed(seed: u64) -> Self {
        let [low, high] = halves(seed);
        let words = if high == 0 { vec![low] } else { vec![low, high] };
        Self { words, ..numpy_rng::default_rng(seed).into() }
    }

    /// The streams of a seed and a datum's key: `default_rng([seed, key])`, `RandomState([..])` of the two numbers'
    /// 32-bit words, and `Random` of the integer that these words make.
    pub(crate) fn from_seed_and_key(seed: u64, key: u64) -> Self {
        let [low, high] = halves(key);
        let mut streams = Self::from_seed(seed);
        streams.default_rng = numpy_rng::default_rng([seed, key]);
        streams.words.push(low);
        streams.words.extend((high != 0).then_some(high));
        streams
    }

    /// The legacy stream. One word seeds it as `numpy.random.seed(number)`, more as a list.
    pub(crate) fn legacy(&mut self) -> &mut RandomState {
        let words = known(&mut self.words, &mut self.default_rng);
        self.legacy.get_or_insert_with(|| match words {
            [seed] => RandomState::new(*seed),
            words => RandomState::from_words(words),
        })
    }

    /// Two integers that an original draws from `default_rng` when it is made: drawn when they are first asked for.
    pub(crate) fn made(&mut self, ranges: [RangeInclusive<i64>; 2]) -> [i64; 2] {
        let generator = &mut self.default_rng;
        *self
            .made
            .get_or_insert_with(|| ranges.map(|range| generator.integers(*range.start(), *range.end() + 1)))
    }

    /// Python's stream.
    pub(crate) fn python(&mut self) -> &mut PythonRandom {
        let words = known(&mut self.words, &mut self.default_rng);
        self.python.get_or_insert_with(|| PythonRandom::from_words(words))
    }
}

impl From<Generator> for NumpyStreams {
    /// Where the seed is not known, the other streams are seeded by a word of this one.
    fn from(default_rng: Generator) -> Self {
        Self { default_rng, words: Vec::new(), legacy: None, python: None, made: None }
    }
}

fn known<'a>(words: &'a mut Vec<u32>, generator: &mut Generator) -> &'a [u32] {
    if words.is_empty() {
        words.extend(halves(generator.random_raw()));
    }
    words
}

fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_begins_at_the_seed_whatever_the_others_have_drawn() {
        let mut streams = NumpyStreams::from_seed(7);
        assert_eq!(streams.default_rng.random(), numpy_rng::default_rng(7_u64).random());
        assert_eq!(streams.legacy().random(), RandomState::new(7).random());
        assert_eq!(streams.python().random(), PythonRandom::new(7).random());
        assert_ne!(streams.legacy().random(), RandomState::new(7).random());
    }

    #[test]
    fn seeds_beyond_32_bits_are_lists_of_their_words() {
        let mut streams = NumpyStreams::from_seed((3 << 32) + 9);
        assert_eq!(streams.legacy().random(), RandomState::from_words(&[9, 3]).random());
        assert_eq!(streams.python().random(), PythonRandom::new((3 << 32) + 9).random());
    }

    #[test]
    fn each_key_has_streams_of_its_own() {
        let mut first = NumpyStreams::from_seed_and_key(7, 0);
        let mut second = NumpyStreams::from_seed_and_key(7, 1);
        assert_ne!(first.legacy().random(), second.legacy().random());
        assert_ne!(first.python().random(), second.python().random());
    }

    #[test]
    fn a_generator_alone_seeds_the_others_by_a_word() {
        let word = numpy_rng::default_rng(4_u64).random_raw();
        let mut streams = NumpyStreams::from(numpy_rng::default_rng(4_u64));
        assert_eq!(streams.legacy().random(), RandomState::from_words(&halves(word)).random());
        assert_eq!(streams.python().random(), PythonRandom::new(word).random());
    }
}
