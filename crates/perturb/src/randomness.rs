use crate::{Random, Rng};

/// The random numbers of a whole dataset: a seed and a kind of stream, from which each datum has its own
/// [`Random`].
///
/// The numbers of datum `key` are
///
/// | [`Rng`] | source |
/// | --- | --- |
/// | `ChaCha` | `ChaCha8` seeded by `seed`, on stream `key`: [`Random::chacha`] |
/// | `Numpy` | `numpy.random.default_rng([seed, key])`, or the original's older stream: [`Random::numpy_keyed`] |
///
/// These are the sources of the Python originals, so they are not kept apart from other users of the same seed.
/// NumPy joins the numbers of a list, so `[seed, 0]` seeds like `seed` alone; see [`numpy_rng::SeedSequence`].
///
/// ```
/// use perturb::{Randomness, Rng};
///
/// let randomness = Randomness::new(Rng::Numpy, 123);
/// let mut original = numpy_rng::default_rng([123_u64, 5]);
/// assert_eq!(randomness.datum(5).unit(), original.random());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Randomness {
    rng: Rng,
    seed: u64,
}

impl Randomness {
    /// Streams of this kind from this seed.
    #[must_use]
    pub const fn new(rng: Rng, seed: u64) -> Self {
        Self { rng, seed }
    }

    /// The kind of stream.
    #[must_use]
    pub const fn rng(self) -> Rng {
        self.rng
    }

    /// The seed.
    #[must_use]
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// The random numbers of the datum with this key, its position in the whole dataset. They depend on
    /// nothing else.
    #[must_use]
    pub fn datum(self, key: usize) -> Random {
        match self.rng {
            Rng::ChaCha => Random::chacha(self.seed, key as u64),
            Rng::Numpy => Random::numpy_keyed(self.seed, key as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_datum_has_numbers_of_its_own() {
        for rng in Rng::ALL {
            let randomness = Randomness::new(*rng, 1);
            assert_eq!(randomness.datum(4).next_u64(), randomness.datum(4).next_u64());
            assert_ne!(randomness.datum(4).next_u64(), randomness.datum(5).next_u64());
        }
    }
}
