use crate::metric_curves::quartiles_of;

/// The two-sided level of the intervals.
const TAIL: f64 = 0.025;

/// How values are spread over images: their quartiles, with 95 % intervals.
///
/// An interval is the percentile interval of the bootstrap (Efron 1979). It needs no draws: how likely the k-th smallest
/// value of a resample is at most the j-th smallest of the n values is the binomial probability of at least k successes
/// out of n with a chance of j / n each. Where a quartile lies between two values, the interval goes from the lower end of
/// the smaller one's to the upper end of the larger one's.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Spread {
    /// How many values are finite; the others are left out.
    pub count: usize,
    /// Lower quartile, median and upper quartile, interpolated as by NumPy's `linear`; NaN without values.
    pub quartiles: [f64; 3],
    /// The 95 % interval of each quartile.
    pub intervals: [(f64, f64); 3],
}

impl Spread {
    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quartiles[1]
    }

    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let intervals = [0.25, 0.5, 0.75].map(|share| interval(&values, share));
        Self { count: values.len(), intervals, quartiles: quartiles_of(values) }
    }
}

/// The interval of a quantile of sorted values.
fn interval(values: &[f64], share: f64) -> (f64, f64) {
    let Some(last) = values.len().checked_sub(1) else { return (f64::NAN, f64::NAN) };
    let position = share * last as f64;
    // The first value that the k-th smallest of a resample exceeds with at most this probability.
    let bound = |k: usize, probability: f64| {
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = usize::midpoint(low, high);
            if at_least(k, values.len(), middle + 1) < probability { low = middle + 1 } else { high = middle }
        }
        values[low]
    };
    (bound(position.floor() as usize + 1, TAIL), bound(position.ceil() as usize + 1, 1.0 - TAIL))
}

/// The probability of at least `k` successes out of `n` with a chance of `j / n` each.
fn at_least(k: usize, n: usize, j: usize) -> f64 {
    if j >= n {
        return 1.0;
    }
    let chance = j as f64 / n as f64;
    // Logarithms, since the first terms underflow for thousands of values.
    let mut log = n as f64 * (1.0 - chance).ln();
    let odds = (chance / (1.0 - chance)).ln();
    let mut fewer = 0.0;
    for i in 0..k {
        fewer += log.exp();
        log += ((n - i) as f64 / (i + 1) as f64).ln() + odds;
    }
    1.0 - fewer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_tails_are_those_of_dice() {
        // At least two of three throws with a chance of a third: 3 * 2/27 + 1/27.
        assert!((at_least(2, 3, 1) - 7.0 / 27.0).abs() < 1e-12);
        assert_eq!((at_least(1, 4, 4), at_least(0, 4, 1)), (1.0, 1.0));
        // Thousands of values do not underflow: half of them is about as likely to be exceeded as not.
        assert!((at_least(5_000, 10_000, 5_000) - 0.5).abs() < 0.01);
    }

    #[test]
    fn the_median_of_five_has_the_bootstraps_interval() {
        // A resample's median is at most the smallest value with a probability of 0.058, which is more than 0.025;
        // it is at most the fourth with one of 0.942, which is less than 0.975.
        let spread = Spread::new(vec![5.0, 1.0, 4.0, 2.0, 3.0, f64::NAN]);
        assert_eq!((spread.count, spread.median(), spread.intervals[1]), (5, 3.0, (1.0, 5.0)));
        assert!((at_least(3, 5, 1) - 0.057_92).abs() < 1e-9 && (at_least(3, 5, 4) - 0.942_08).abs() < 1e-9);
        assert_eq!(Spread::new(vec![7.0]).intervals, [(7.0, 7.0); 3]);
        let none = Spread::new(vec![f64::INFINITY]);
        assert!(none.count == 0 && none.median().is_nan() && none.intervals[0].0.is_nan());
    }

    #[test]
    fn intervals_narrow_as_the_root_of_the_number_of_values() {
        let spread = Spread::new((0..10_000).map(|i| f64::from(i) / 10_000.0).collect());
        let (low, high) = spread.intervals[1];
        // The standard error of the median of a uniform variable is 1 / (2 sqrt(n)).
        assert!((high - low - 2.0 * 1.96 * 0.005).abs() < 1e-3, "{low} {high}");
    }
}
