/// Returns Wilson's 95 % confidence interval of a share: `successes` out of `count`.
///
/// ```text
/// centre = (p + z^2 / 2n) / (1 + z^2 / n)
/// half   = z / (1 + z^2 / n) * sqrt(p (1 - p) / n + z^2 / 4n^2)        z = 1.959964
/// ```
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
/// Without data it is everything, `(0, 1)`.
///
/// # Examples
///
/// ```
/// let (low, high) = classification_metrics::wilson_interval(5.0, 10.0);
/// assert!((low - 0.236_593).abs() < 1e-6 && (high - 0.763_407).abs() < 1e-6);
/// ```
#[must_use]
pub fn wilson_interval(successes: f64, count: f64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if count <= 0.0 {
        return (0.0, 1.0);
    }
    let share = successes / count;
    let scale = 1.0 / (1.0 + Z * Z / count);
    let centre = scale * (share + Z * Z / (2.0 * count));
    let half = scale * Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}
