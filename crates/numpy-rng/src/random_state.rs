use crate::mt19937::Mt19937;
use crate::poisson;

/// `numpy.random.RandomState`, the legacy generator behind `numpy.random.seed` and the functions of
/// `numpy.random`: MT19937, with the distributions that NEP 19 froze.
///
/// ```
/// // >>> numpy.random.seed(0)
/// // >>> numpy.random.random_sample(), numpy.random.normal(0.5, 2.0), numpy.random.randint(1000)
/// let mut r = numpy_rng::RandomState::new(0);
/// assert_eq!(r.random(), 0.5488135039273248);
/// assert_eq!(r.normal(0.5, 2.0), 1.9831834816183227);
/// assert_eq!(r.randint(0, 1000), 707);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RandomState {
    twister: Mt19937,
    /// The second normal number of a pair whose first was drawn.
    normal: Option<f64>,
}

impl RandomState {
    /// The generator after `numpy.random.seed(seed)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self { twister: Mt19937::from_number(seed), normal: None }
    }

    /// The generator after `numpy.random.seed(words)`, a list. An empty list, which `NumPy` refuses, counts as `[0]`.
    ///
    /// ```
    /// // >>> numpy.random.RandomState([1, 2]).random_sample()
    /// assert_eq!(numpy_rng::RandomState::from_words(&[1, 2]).random(), 0.5845141492495678);
    /// ```
    #[must_use]
    pub fn from_words(words: &[u32]) -> Self {
        Self { twister: Mt19937::from_words(words), normal: None }
    }

    /// A double of [0, 1), a multiple of 2^-53: `random_sample()`.
    #[inline]
    pub fn random(&mut self) -> f64 {
        self.twister.next_f64()
    }

    /// A double of [low, high): `uniform(low, high)`.
    ///
    /// ```
    /// assert!((-45.0..45.0).contains(&numpy_rng::RandomState::new(1).uniform(-45.0, 45.0)));
    /// ```
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }

    /// An integer of [low, high), every one as likely: `randint(low, high)`. `low` if there is none.
    ///
    /// Words are masked and rejected; a range of one takes nothing. Ranges beyond 32 bits take two words each.
    ///
    /// ```
    /// assert_eq!(numpy_rng::RandomState::new(1).randint(4, 5), 4);
    /// ```
    pub fn randint(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        // The difference of two i64 fits u64; wrapping arithmetic gives it.
        let last = (high.wrapping_sub(low) as u64).wrapping_sub(1);
        if last == 0 {
            return low;
        }
        let mask = u64::MAX >> last.leading_zeros();
        loop {
            let value = self.word(last) & mask;
            if value <= last {
                return low.wrapping_add(value as i64);
            }
        }
    }

    /// 32 bits, or 64 (upper half first) where `last` needs them.
    fn word(&mut self, last: u64) -> u64 {
        let first = u64::from(self.twister.next_u32());
        if u32::try_from(last).is_ok() { first } else { first << 32 | u64::from(self.twister.next_u32()) }
    }

    /// A number of the normal law with mean 0 and deviation 1, by the polar method: `standard_normal()`.
    pub fn standard_normal(&mut self) -> f64 {
        if let Some(second) = self.normal.take() {
            return second;
        }
        loop {
            let x = 2.0 * self.random() - 1.0;
            let y = 2.0 * self.random() - 1.0;
            let squared = x * x + y * y;
            if squared < 1.0 && squared != 0.0 {
                let factor = (-2.0 * squared.ln() / squared).sqrt();
                self.normal = Some(factor * x);
                return factor * y;
            }
        }
    }

    /// A number of the normal law with mean `loc` and deviation `scale`: `normal(loc, scale)`.
    pub fn normal(&mut self, loc: f64, scale: f64) -> f64 {
        loc + scale * self.standard_normal()
    }

    /// A number of the Poisson law: `poisson(mean)`. See [`poisson`](crate::poisson()).
    ///
    /// ```
    /// assert_eq!(numpy_rng::RandomState::new(1).poisson(0.0), 0);
    /// ```
    pub fn poisson(&mut self, mean: f64) -> i64 {
        poisson(mean, || self.random())
    }
}
