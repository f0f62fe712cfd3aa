use ndarray::{ArrayView2, Zip};

use crate::Error;

/// Returns the mean corruption error (mCE) of a model relative to a baseline; 1 is the baseline's.
///
/// `errors` are the model's error rates (1 - accuracy), one row per corruption and one column per severity;
/// `baseline` are those of the baseline model, which is `AlexNet` in the original.
///
/// ```text
/// mCE = mean over corruptions c of  sum_s errors[c, s] / sum_s baseline[c, s]
/// ```
///
/// Source: D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to common corruptions and
/// perturbations", 2019. The original states it in percent.
///
/// Any model can be the baseline: another one of the same study, or the same one before a change. Without a baseline,
/// rates of 1 everywhere (a model that is always wrong) make this the plain mean of the errors, as it is stated for
/// CIFAR-10-C (D. Hendrycks et al., 2020).
///
/// # Errors
///
/// [`Error::ErrorRates`] unless both have the same shape with at least one row and one column, all rates are 0
/// to 1, and the baseline makes at least one error under each corruption.
///
/// # Examples
///
/// ```
/// use classification_metrics::mean_corruption_error;
/// use ndarray::array;
///
/// let errors = array![[0.1, 0.2], [0.3, 0.6]];
/// let baseline = array![[0.2, 0.4], [0.4, 0.8]];
/// assert!((mean_corruption_error(errors.view(), baseline.view())? - 0.625).abs() < 1e-12);
///
/// let without = ndarray::Array2::ones(errors.dim());
/// assert!((mean_corruption_error(errors.view(), without.view())? - 0.3).abs() < 1e-12);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn mean_corruption_error(
    errors: ArrayView2<'_, f64>,
    baseline: ArrayView2<'_, f64>,
) -> Result<f64, Error> {
    mean_ratio(errors, 0.0, baseline, 0.0)
}

/// Returns the relative mean corruption error of a model: how much corruptions increase its error, relative to
/// a baseline; 1 is the baseline's.
///
/// `clean` and `baseline_clean` are the error rates without corruption; the others are as for
/// [`mean_corruption_error`].
///
/// ```text
/// relative mCE = mean over corruptions c of  sum_s (errors[c, s] - clean) / sum_s (baseline[c, s] - baseline_clean)
/// ```
///
/// Source: as [`mean_corruption_error`]. With a baseline that is always wrong when corrupted, 1 everywhere, and never
/// when clean, 0, this is the plain mean of the increases.
///
/// # Errors
///
/// As [`mean_corruption_error`]; the baseline's error must increase under each corruption.
///
/// # Examples
///
/// ```
/// use classification_metrics::relative_mean_corruption_error;
/// use ndarray::array;
///
/// let (errors, baseline) = (array![[0.2, 0.4]], array![[0.4, 0.6]]);
/// let relative = relative_mean_corruption_error(errors.view(), 0.1, baseline.view(), 0.3)?;
/// assert!((relative - 1.0).abs() < 1e-12);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn relative_mean_corruption_error(
    errors: ArrayView2<'_, f64>,
    clean: f64,
    baseline: ArrayView2<'_, f64>,
    baseline_clean: f64,
) -> Result<f64, Error> {
    mean_ratio(errors, clean, baseline, baseline_clean)
}

fn mean_ratio(
    errors: ArrayView2<'_, f64>,
    clean: f64,
    baseline: ArrayView2<'_, f64>,
    baseline_clean: f64,
) -> Result<f64, Error> {
    let refused = |what| Err(Error::ErrorRates { what });
    if errors.is_empty() || errors.dim() != baseline.dim() {
        let what = format!(
            "the error rates are {:?} and those of the baseline {:?}, expected the same shape with at least one value",
            errors.dim(),
            baseline.dim()
        );
        return refused(what);
    }
    let rates = errors.iter().chain(&baseline).chain([&clean, &baseline_clean]);
    if let Some(rate) = rates.copied().find(|rate| !(0.0..=1.0).contains(rate)) {
        return refused(format!("an error rate is {rate}, expected 0 to 1"));
    }
    let mut sum = 0.0;
    for (corruption, (errors, baseline)) in errors.rows().into_iter().zip(baseline.rows()).enumerate() {
        let (mut increase, mut baseline_increase) = (0.0, 0.0);
        Zip::from(errors).and(baseline).for_each(|error, baseline| {
            increase += error - clean;
            baseline_increase += baseline - baseline_clean;
        });
        if baseline_increase <= 0.0 {
            let what = format!(
                "the baseline's errors under corruption {corruption} exceed its clean error by {baseline_increase} \
                 in sum, expected more than 0"
            );
            return refused(what);
        }
        sum += increase / baseline_increase;
    }
    Ok(sum / errors.nrows() as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn the_baseline_itself_has_one() {
        let rates = array![[0.1, 0.3], [0.5, 0.9]];
        assert_eq!(mean_corruption_error(rates.view(), rates.view()), Ok(1.0));
        assert_eq!(relative_mean_corruption_error(rates.view(), 0.05, rates.view(), 0.05), Ok(1.0));
    }

    #[test]
    fn rates_that_cannot_be_compared_are_refused() {
        let rates = array![[0.1, 0.3]];
        let message = |errors: &Array2<f64>, baseline: &Array2<f64>| {
            mean_corruption_error(errors.view(), baseline.view()).unwrap_err().to_string()
        };
        assert!(message(&rates, &array![[0.1], [0.3]]).contains("expected the same shape"));
        assert!(message(&Array2::zeros((0, 2)), &Array2::zeros((0, 2))).contains("at least one value"));
        assert!(message(&array![[0.1, 1.1]], &rates).contains("an error rate is 1.1"));
        assert!(message(&array![[0.1, f64::NAN]], &rates).contains("NaN"));
        assert!(message(&rates, &array![[0.0, 0.0]]).contains("corruption 0"));
        assert!(relative_mean_corruption_error(rates.view(), 0.0, rates.view(), 0.9).is_err());
    }
}
