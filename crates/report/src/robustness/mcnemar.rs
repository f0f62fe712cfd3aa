use classification_metrics::wilson_interval;

use crate::accuracy::CONFIDENCE;

/// The normal distribution's quantiles of 0.975 (two-sided 5 %) and of 0.8 (power).
const Z_LEVEL: f64 = 1.959_963_984_540_054;
const Z_POWER: f64 = 0.841_621_233_572_914_3;

/// Two predictions of each image compared: McNemar's test of whether one is right more often than the other.
///
/// The two may be two models at one setting, or one model at two settings.
///
/// ```
/// use report::McNemar;
///
/// // Eight images only the second is right about, and one only the first.
/// let pairs = (0..20).map(|i| (i == 8 || i > 12, i < 8 || i > 12));
/// let test: McNemar = pairs.collect();
/// assert_eq!((test.only_first(), test.only_second(), test.count()), (1, 8, 20));
/// assert_eq!(test.difference(), -0.35);
/// // Twice the chance of at most one head in nine throws: 2 (1 + 9) / 512.
/// assert!((test.p_value() - 0.0390625).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct McNemar {
    both: u64,
    only_first: u64,
    only_second: u64,
    neither: u64,
}

impl FromIterator<(bool, bool)> for McNemar {
    /// Counts pairs: whether the first prediction of an image is right, and whether the second is.
    fn from_iter<I: IntoIterator<Item = (bool, bool)>>(pairs: I) -> Self {
        let mut test = Self::default();
        for pair in pairs {
            *match pair {
                (true, true) => &mut test.both,
                (true, false) => &mut test.only_first,
                (false, true) => &mut test.only_second,
                (false, false) => &mut test.neither,
            } += 1;
        }
        test
    }
}

impl McNemar {
    /// The number of images.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.both + self.only_first + self.only_second + self.neither
    }

    /// The number of images that only the first prediction is right about.
    #[must_use]
    pub fn only_first(&self) -> u64 {
        self.only_first
    }

    /// The number of images that only the second prediction is right about.
    #[must_use]
    pub fn only_second(&self) -> u64 {
        self.only_second
    }

    /// The first accuracy minus the second, -1 to 1; NaN without images.
    #[must_use]
    pub fn difference(&self) -> f64 {
        (self.only_first as f64 - self.only_second as f64) / self.count() as f64
    }

    /// The 95 % interval of the difference, by Newcombe's square-and-add method for paired proportions (1998, method 10);
    /// -1 to 1 without images.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let count = self.count();
        let (first, second) = (self.both + self.only_first, self.both + self.only_second);
        let wilson = |right| wilson_interval(right, count, CONFIDENCE).ok();
        let (Some((low, high)), Some((other_low, other_high))) = (wilson(first), wilson(second)) else {
            return (-1.0, 1.0);
        };
        let share = |right: u64| right as f64 / count as f64;
        let margins: f64 = [first, count - first, second, count - second].map(|n| n as f64).iter().product();
        let [both, neither, one, other] =
            [self.both, self.neither, self.only_first, self.only_second].map(|n| n as f64);
        let covariance = match both * neither - one * other {
            positive if positive > 0.0 => (positive - count as f64 / 2.0).max(0.0),
            negative => negative,
        };
        let correlation = if margins > 0.0 { covariance / margins.sqrt() } else { 0.0 };
        let add = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
        let difference = self.difference();
        (
            (difference - add(share(first) - low, other_high - share(second))).max(-1.0),
            (difference + add(high - share(first), share(second) - other_low)).min(1.0),
        )
    }

    /// The two-sided p-value of the exact test: how likely so uneven a split of the images that exactly one prediction is
    /// right about would be if either were as likely (McNemar 1947; binomial, as statsmodels' `mcnemar(exact=True)`).
    #[must_use]
    pub fn p_value(&self) -> f64 {
        let (count, fewer) = (self.only_first + self.only_second, self.only_first.min(self.only_second));
        // The logarithm of binomial(count, k) / 2^count, which itself underflows from about a thousand images on.
        let mut log = -(count as f64) * std::f64::consts::LN_2;
        let mut sum = 0.0;
        for k in 0..=fewer {
            sum += log.exp();
            log += ((count - k) as f64 / (k + 1) as f64).ln();
        }
        (2.0 * sum).min(1.0)
    }

    /// The number of images with which the test would find this difference at a level of 5 %, four times out of five, if
    /// the shares are as seen here (Connor 1987); none if the two accuracies are equal.
    ///
    /// ```
    /// use report::McNemar;
    ///
    /// // A quarter of the images is right only with the first, a twentieth only with the second.
    /// let test: McNemar = (0..20).map(|i| (i < 14, (5..15).contains(&i))).collect();
    /// assert_eq!((test.only_first(), test.only_second()), (5, 1));
    /// assert_eq!(test.images_needed(), Some(57));
    /// ```
    #[must_use]
    pub fn images_needed(&self) -> Option<u64> {
        let difference = self.difference();
        if difference == 0.0 || difference.is_nan() {
            return None;
        }
        let apart = (self.only_first + self.only_second) as f64 / self.count() as f64;
        let spread = Z_LEVEL * apart.sqrt() + Z_POWER * (apart - difference * difference).sqrt();
        Some((spread / difference).powi(2).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(both: u64, only_first: u64, only_second: u64, neither: u64) -> McNemar {
        McNemar { both, only_first, only_second, neither }
    }

    #[test]
    fn an_even_split_shows_no_difference() {
        assert_eq!((table(5, 3, 3, 2).p_value(), table(5, 3, 3, 2).images_needed()), (1.0, None));
        assert_eq!(table(5, 0, 0, 2).p_value(), 1.0);
        assert!(McNemar::default().difference().is_nan());
        assert_eq!((McNemar::default().interval(), McNemar::default().images_needed()), ((-1.0, 1.0), None));
    }

    /// Airway hyper-responsiveness before and after stem cell transplantation, from Fagerland, Lydersen and Laake (2014).
    #[test]
    fn a_published_example_has_its_published_interval() {
        let test = table(1, 1, 7, 12);
        assert!((test.p_value() - 0.0703).abs() < 5e-5, "{}", test.p_value());
        let (low, high) = test.interval();
        assert!((low + 0.507).abs() < 5e-4 && (high + 0.026).abs() < 5e-4, "{low} {high}");
    }

    #[test]
    fn many_images_do_not_underflow() {
        let p = table(0, 4_900, 5_100, 0).p_value();
        // The normal approximation with continuity correction: erfc(199 / sqrt(2 * 10 000)).
        assert!((p - 0.046_58).abs() < 2e-4, "{p}");
        assert!(table(0, 0, 5_000, 0).p_value() < 1e-300);
    }
}
