use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The random numbers that a perturber draws.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// `ChaCha8` seeded by `seed`, on the stream `stream`.
    #[must_use]
    pub fn chacha(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// Where each datum's [`Random`] comes from: the seed and the kind of stream.
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
