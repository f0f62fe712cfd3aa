use crate::Error;

/// Returns Wilson's confidence interval of a share, `successes` out of `trials`, at the level `confidence`
/// (0.95 for 95 %).
///
/// It shows how uncertain an accuracy over few images is: 14 of 27 may be anything from 34 % to 69 %.
///
/// ```text
/// centre = (p + z^2 / 2n) / (1 + z^2 / n)
/// half   = z / (1 + z^2 / n) * sqrt(p (1 - p) / n + z^2 / 4n^2)
/// z      = the (1 + confidence) / 2 quantile of the standard normal distribution
/// ```
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. The
/// quantile is P. J. Acklam's approximation, with a relative error below 1.2e-9.
///
/// # Errors
///
/// [`Error::Interval`] unless `successes <= trials` and `0 < confidence < 1`.
///
/// # Degenerate inputs
///
/// Without trials the interval is `(0, 1)`.
///
/// # Examples
///
/// ```
/// use classification_metrics::wilson_interval;
///
/// let (low, high) = wilson_interval(5, 10, 0.95)?;
/// assert!((low - 0.236_593).abs() < 1e-6 && (high - 0.763_407).abs() < 1e-6);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn wilson_interval(successes: u64, trials: u64, confidence: f64) -> Result<(f64, f64), Error> {
    if successes > trials || !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::Interval { successes, trials, confidence });
    }
    if trials == 0 {
        return Ok((0.0, 1.0));
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z = upper_quantile((1.0 - confidence) / 2.0);
    let scale = 1.0 / (1.0 + z * z / n);
    let centre = scale * (p + z * z / (2.0 * n));
    let half = scale * z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // The ends are exact if nothing or everything succeeded; otherwise rounding could exceed them.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Ok((low, high))
}

/// The quantile of the standard normal distribution with the probability `tail`, at most 0.5, above it.
///
/// Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function".
fn upper_quantile(tail: f64) -> f64 {
    const CENTRE_ABOVE: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const CENTRE_BELOW: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const TAIL_ABOVE: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const TAIL_BELOW: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if tail < 0.02425 {
        let q = (-2.0 * tail.ln()).sqrt();
        return -polynomial(&TAIL_ABOVE, q) / polynomial(&TAIL_BELOW, q);
    }
    let q = 0.5 - tail;
    q * polynomial(&CENTRE_ABOVE, q * q) / polynomial(&CENTRE_BELOW, q * q)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        for (tail, quantile) in [
            (0.5, 0.0),
            (0.25, 0.674_489_750_196_081_7),
            (0.05, 1.644_853_626_951_472_2),
            (0.025, 1.959_963_984_540_054),
            (0.005, 2.575_829_303_548_901),
            (0.0005, 3.290_526_731_491_931),
        ] {
            assert_relative_eq!(upper_quantile(tail), quantile, max_relative = 1.2e-9);
        }
    }

    #[test]
    fn a_quarter_of_four_by_hand() {
        // z = 2 at a confidence of 0.9545: (0.25 + 4/8) / 2 = 0.375, and 2/2 sqrt(0.1875/4 + 4/64) = 0.330719.
        let (low, high) = wilson_interval(1, 4, 0.954_499_736_103_641_6).unwrap();
        assert_relative_eq!(low, 0.375 - 0.109_375_f64.sqrt(), max_relative = 1e-8);
        assert_relative_eq!(high, 0.375 + 0.109_375_f64.sqrt(), max_relative = 1e-8);
    }

    #[test]
    fn without_trials_everything_is_possible() {
        assert_eq!(wilson_interval(0, 0, 0.95), Ok((0.0, 1.0)));
    }

    #[test]
    fn impossible_shares_and_levels_are_refused() {
        assert!(wilson_interval(3, 2, 0.95).is_err());
        for confidence in [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(wilson_interval(1, 2, confidence).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_share_lies_within(trials in 1_u64..1_000_000, part in 0.0_f64..=1.0, confidence in 0.001_f64..0.999_999) {
            let successes = (trials as f64 * part) as u64;
            let (low, high) = wilson_interval(successes, trials, confidence).unwrap();
            let share = successes as f64 / trials as f64;
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        }
    }
}
