use crate::mt19937::Mt19937;

/// Python's `random.Random`: MT19937 seeded by the seed's 32-bit words.
///
/// ```
/// // >>> r = random.Random(123); r.random(), r.uniform(-30, 30)
/// let mut r = numpy_rng::PythonRandom::new(123);
/// assert_eq!(r.random(), 0.052363598850944326);
/// assert_eq!(r.uniform(-30.0, 30.0), -24.768799348642062);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonRandom {
    twister: Mt19937,
}

impl PythonRandom {
    /// `random.Random(seed)`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let words = [seed as u32, (seed >> 32) as u32];
        Self::from_words(if words[1] == 0 { &words[..1] } else { &words })
    }

    /// `random.Random` of an integer of any size, given as its 32-bit words, least significant first. Words of 0
    /// at the end, which an integer does not have, change the stream.
    ///
    /// ```
    /// use numpy_rng::PythonRandom;
    ///
    /// assert_eq!(PythonRandom::from_words(&[5, 1]), PythonRandom::new((1 << 32) + 5));
    /// ```
    #[must_use]
    pub fn from_words(words: &[u32]) -> Self {
        Self { twister: Mt19937::from_words(words) }
    }

    /// A double of [0, 1), a multiple of 2^-53: `random()`.
    #[inline]
    pub fn random(&mut self) -> f64 {
        self.twister.next_f64()
    }

    /// A double between two: `uniform(low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }
}
