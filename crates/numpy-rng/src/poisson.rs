/// A Poisson law, prepared for many numbers: `random_poisson` of `NumPy`.
///
/// Means below 10 take about `mean + 1` doubles (Knuth's product of uniforms), larger ones pairs of doubles,
/// most often one (transformed rejection, PTRS; Hörmann 1993). A mean of 0 takes none. A mean below 0 counts as 0.
///
/// ```
/// // >>> r = numpy.random.RandomState(0); r.poisson(2.5), r.poisson(47.3)
/// use numpy_rng::Poisson;
///
/// let mut r = numpy_rng::RandomState::new(0);
/// assert_eq!(Poisson::new(2.5).sample(|| r.random()), 4);
/// assert_eq!(Poisson::new(47.3).sample(|| r.random()), 50);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poisson(Method);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Zero,
    Product { end: f64 },
    Rejection { mean: f64, a: f64, b: f64, inverse_alpha: f64, at_once: f64 },
}

impl Poisson {
    /// The law with mean `mean`.
    #[must_use]
    pub fn new(mean: f64) -> Self {
        Self(if mean >= 10.0 {
            let b = 0.931 + 2.53 * mean.sqrt();
            Method::Rejection {
                mean,
                a: -0.059 + 0.024_83 * b,
                b,
                inverse_alpha: 1.1239 + 1.1328 / (b - 3.4),
                at_once: 0.9277 - 3.6224 / (b - 2.0),
            }
        } else if mean > 0.0 {
            Method::Product { end: (-mean).exp() }
        } else {
            Method::Zero
        })
    }

    /// A number from a source of doubles of [0, 1).
    #[inline]
    pub fn sample(&self, mut unit: impl FnMut() -> f64) -> i64 {
        match self.0 {
            Method::Zero => 0,
            Method::Product { end } => {
                let (mut count, mut product) = (0, unit());
                while product > end {
                    count += 1;
                    product *= unit();
                }
                count
            }
            Method::Rejection { mean, a, b, inverse_alpha, at_once } => loop {
                let u = unit() - 0.5;
                let v = unit();
                let s = 0.5 - u.abs();
                let k = ((2.0 * a / s + b) * u + mean + 0.43).floor();
                if s >= 0.07 && v <= at_once {
                    return k as i64;
                }
                if k < 0.0 || (s < 0.013 && v > s) {
                    continue;
                }
                let drawn = v.ln() + inverse_alpha.ln() - (a / (s * s) + b).ln();
                if drawn <= -mean + k * mean.ln() - log_gamma(k + 1.0) {
                    return k as i64;
                }
            },
        }
    }
}

/// A number of the Poisson law with mean `mean` from a source of doubles of [0, 1). See [`Poisson`].
///
/// ```
/// let mut r = numpy_rng::RandomState::new(0);
/// assert_eq!(numpy_rng::poisson(2.5, || r.random()), 4);
/// ```
pub fn poisson(mean: f64, unit: impl FnMut() -> f64) -> i64 {
    Poisson::new(mean).sample(unit)
}

/// The logarithm of the gamma function at a whole number, by Stirling's series (`random_loggam`).
fn log_gamma(x: f64) -> f64 {
    const SERIES: [f64; 10] = [
        8.333_333_333_333_333e-2,
        -2.777_777_777_777_778e-3,
        7.936_507_936_507_937e-4,
        -5.952_380_952_380_952e-4,
        8.417_508_417_508_418e-4,
        -1.917_526_917_526_918e-3,
        6.410_256_410_256_41e-3,
        -2.955_065_359_477_124e-2,
        1.796_443_723_688_307e-1,
        -1.392_432_216_905_9,
    ];
    const LOG_OF_TWO_PI: f64 = 1.837_877_066_409_345_3;
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    // The series is for large numbers; small ones are moved there, and back by the recurrence.
    let moved = if x < 7.0 { (7.0 - x).trunc() } else { 0.0 };
    let mut at = x + moved;
    let squared = (1.0 / at) * (1.0 / at);
    let series = SERIES.iter().rev().copied().reduce(|sum, term| sum * squared + term).unwrap_or_default();
    let mut log = series / at + 0.5 * LOG_OF_TWO_PI + (at - 0.5) * at.ln() - at;
    for _ in 0..moved as usize {
        log -= (at - 1.0).ln();
        at -= 1.0;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_gamma_is_the_logarithm_of_the_factorial() {
        let mut factorial = 0.0;
        for n in 1..200 {
            factorial += f64::from(n).ln();
            let log = log_gamma(f64::from(n) + 1.0);
            assert!((log - factorial).abs() < 1e-10 * factorial.max(1.0), "{n}: {log} for {factorial}");
        }
    }

    #[test]
    fn mean_and_variance_are_the_mean() {
        for mean in [0.3, 4.0, 9.99, 10.0, 60.0, 1000.0] {
            let mut g = crate::default_rng(7_u64);
            let count = 20_000;
            let drawn: Vec<f64> = (0..count).map(|_| poisson(mean, || g.random()) as f64).collect();
            let average = drawn.iter().sum::<f64>() / f64::from(count);
            let variance =
                drawn.iter().map(|k| (k - average) * (k - average)).sum::<f64>() / f64::from(count);
            // Five standard errors.
            let error = 5.0 * (mean / f64::from(count)).sqrt();
            assert!((average - mean).abs() < error, "{average} for {mean}");
            assert!(
                (variance / mean - 1.0).abs() < 5.0 * (3.0 / f64::from(count)).sqrt() + 0.01 / mean,
                "{mean}: {variance}"
            );
        }
    }

    #[test]
    fn a_mean_of_zero_draws_nothing() {
        assert_eq!(poisson(0.0, || panic!("drawn")), 0);
        assert_eq!(poisson(-1.0, || panic!("drawn")), 0);
    }
}
