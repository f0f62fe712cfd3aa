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

    /// Fills `numbers` with what [`random`](Self::random) would return one after the other, and faster.
    ///
    /// ```
    /// let (mut one, mut many) = (numpy_rng::RandomState::new(1), numpy_rng::RandomState::new(1));
    /// let mut numbers = [0.0; 5];
    /// many.fill_random(&mut numbers);
    /// assert_eq!(numbers, std::array::from_fn(|_| one.random()));
    /// ```
    pub fn fill_random(&mut self, numbers: &mut [f64]) {
        self.twister.fill_f64(numbers);
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

    /// Fills `numbers` with what [`standard_normal`](Self::standard_normal) would return one after the other, and
    /// faster.
    ///
    /// ```
    /// let (mut one, mut many) = (numpy_rng::RandomState::new(1), numpy_rng::RandomState::new(1));
    /// let mut numbers = [0.0; 5];
    /// many.fill_standard_normal(&mut numbers);
    /// assert_eq!(numbers, std::array::from_fn(|_| one.standard_normal()));
    /// assert_eq!(one, many);
    /// ```
    pub fn fill_standard_normal(&mut self, numbers: &mut [f64]) {
        /// Pairs at a time.
        const PART: usize = 128;
        let mut rest = numbers;
        if !rest.is_empty()
            && let Some(second) = self.normal.take()
        {
            rest[0] = second;
            rest = &mut rest[1..];
        }
        let (pairs, last) = rest.as_chunks_mut::<2>();
        for pairs in pairs.chunks_mut(PART) {
            let (mut points, mut squares) = ([[0.0; 2]; PART], [0.0; PART]);
            let mut count = 0;
            while count < pairs.len() {
                // No more than are certain to be needed.
                let mut drawn = [0.0; 2 * PART];
                let drawn = &mut drawn[..2 * (pairs.len() - count)];
                self.twister.fill_f64(drawn);
                for [x, y] in drawn.as_chunks::<2>().0 {
                    let point = [2.0 * x - 1.0, 2.0 * y - 1.0];
                    let squared = point[0] * point[0] + point[1] * point[1];
                    (points[count], squares[count]) = (point, squared);
                    count += usize::from(squared < 1.0 && squared != 0.0);
                }
            }
            for (pair, ([x, y], squared)) in pairs.iter_mut().zip(points.iter().zip(squares)) {
                let factor = (-2.0 * squared.ln() / squared).sqrt();
                *pair = [factor * y, factor * x];
            }
        }
        last.fill_with(|| self.standard_normal());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RandomState;

    proptest! {
        #[test]
        fn many_normals_are_those_that_come_one_by_one(seed: u32, counts in prop::collection::vec(0_usize..700, 1..4)) {
            let (mut one, mut many) = (RandomState::new(seed), RandomState::new(seed));
            for count in counts {
                let mut numbers = vec![0.0; count];
                many.fill_standard_normal(&mut numbers);
                prop_assert!(numbers.iter().all(|&number| number == one.standard_normal()));
                prop_assert_eq!(&one, &many);
            }
        }
    }
}
