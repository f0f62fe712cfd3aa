use classification_metrics::{mean_corruption_error, relative_mean_corruption_error};
use ndarray::Array2;
use results::ItemResponse;

use crate::chart::groups;

/// The severities of a corruption of ImageNet-C.
const SEVERITIES: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

/// `AlexNet`'s error on ImageNet-C, averaged over the severities, by corruption: those of the benchmark's authors
/// (github.com/hendrycks/robustness).
const ALEXNET: [(&str, f64); 15] = [
    ("gaussian_noise", 0.886_428),
    ("shot_noise", 0.894_468),
    ("impulse_noise", 0.922_640),
    ("defocus_blur", 0.819_880),
    ("glass_blur", 0.826_268),
    ("motion_blur", 0.785_948),
    ("zoom_blur", 0.798_360),
    ("snow", 0.866_816),
    ("frost", 0.826_572),
    ("fog", 0.819_324),
    ("brightness", 0.564_592),
    ("contrast", 0.853_204),
    ("elastic_transform", 0.646_056),
    ("pixelate", 0.717_840),
    ("jpeg_compression", 0.606_500),
];
/// `AlexNet`'s error on the clean images (Hendrycks and Dietterich 2019, table 1).
const ALEXNET_CLEAN: f64 = 0.435;

/// How a model does on the corruptions of ImageNet-C (Hendrycks and Dietterich 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CorruptionErrors {
    /// How many of the benchmark's 15 corruptions are studied at all five severities; the means are over these.
    pub corruptions: usize,
    /// The mean error rate over corruptions and severities, 0 to 1.
    pub mean_error: f64,
    /// The mean corruption error: each corruption's error relative to `AlexNet`'s on `ImageNet`; 1 is `AlexNet`'s. On other
    /// data the baseline only weighs the corruptions.
    pub mce: f64,
    /// The relative mCE: how much each corruption raises the error, relative to `AlexNet`; none unless each sweep begins
    /// with the clean images, at severity 0.
    pub relative_mce: Option<f64>,
}

/// Returns the corruption errors of the sweeps of `ImageNetC` over its severity, by micro accuracy; none without such a
/// sweep of all five severities.
///
/// ```
/// use report::corruption_errors;
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let rows: Vec<ItemResponse> = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
///     .into_iter()
///     .enumerate()
///     .map(|(severity, accuracy)| ItemResponse {
///         setting: Setting::new("ImageNetC(corruption=fog)", "severity", Value::from(severity as f64)),
///         accuracy_macro: accuracy,
///         accuracy_micro: accuracy,
///         count: 10,
///         metrics: Values::default(),
///     })
///     .collect();
/// let errors = corruption_errors(&rows).ok_or("all five severities are there")?;
/// assert!((errors.mean_error - 0.4).abs() < 1e-12 && (errors.mce - 0.4 / 0.819324).abs() < 1e-12);
/// let relative = errors.relative_mce.ok_or("severity 0 is there")?;
/// assert!((relative - (0.4 - 0.1) / (0.819324 - 0.435)).abs() < 1e-12);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn corruption_errors(rows: &[ItemResponse]) -> Option<CorruptionErrors> {
    let (mut errors, mut baseline) = (Vec::new(), Vec::new());
    let mut clean: Vec<Option<f64>> = Vec::new();
    for sweep in groups(rows, |row| &row.setting) {
        let setting = &sweep[0].setting;
        let Some(alexnet) = corruption(&setting.perturber).filter(|_| setting.parameter == "severity") else {
            continue;
        };
        let error = |severity: f64| {
            let row = sweep.iter().find(|row| row.setting.value.number() == Some(severity));
            row.map(|row| 1.0 - row.accuracy_micro).filter(|error| error.is_finite())
        };
        let Some(found) = SEVERITIES.into_iter().map(error).collect::<Option<Vec<f64>>>() else { continue };
        let Ok(found) = <[f64; 5]>::try_from(found) else { continue };
        errors.push(found);
        baseline.push([alexnet; 5]);
        clean.push(error(0.0));
    }
    let table = |rows: &[[f64; 5]]| Array2::from(rows.to_vec());
    let (errors, baseline) = (table(&errors), table(&baseline));
    let mce = mean_corruption_error(errors.view(), baseline.view()).ok()?;
    // The clean images are the same in every sweep.
    let clean: Option<Vec<f64>> = clean.into_iter().collect();
    let clean =
        clean.and_then(|clean| clean.first().copied().filter(|first| clean.iter().all(|c| c == first)));
    let relative = clean.and_then(|clean| {
        relative_mean_corruption_error(errors.view(), clean, baseline.view(), ALEXNET_CLEAN).ok()
    });
    let (corruptions, mean_error) = (errors.nrows(), errors.mean()?);
    Some(CorruptionErrors { corruptions, mean_error, mce, relative_mce: relative })
}

/// `AlexNet`'s error for the corruption that a sweep's name holds, such as `ImageNetC(corruption=fog)`.
fn corruption(perturber: &str) -> Option<f64> {
    let fixed = perturber.strip_prefix("ImageNetC(")?.strip_suffix(')')?;
    let name = fixed.split(',').find_map(|part| part.strip_prefix("corruption="))?.trim_matches('"');
    ALEXNET.iter().find_map(|(known, error)| (*known == name).then_some(*error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Setting, Value, Values};

    fn sweep(corruption: &str, severities: &[f64]) -> Vec<ItemResponse> {
        let row = |&severity: &f64| ItemResponse {
            setting: Setting::new(
                format!("ImageNetC(corruption=\"{corruption}\")"),
                "severity",
                Value::from(severity),
            ),
            accuracy_macro: 0.0,
            accuracy_micro: 1.0 - severity / 10.0,
            count: 10,
            metrics: Values::default(),
        };
        severities.iter().map(row).collect()
    }

    #[test]
    fn only_whole_sweeps_of_the_benchmarks_corruptions_count() {
        let all = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(corruption_errors(&sweep("fog", &all[1..])), None);
        assert_eq!(corruption_errors(&sweep("saturate", &all)), None);
        assert_eq!(corruption_errors(&[]), None);
        let rows =
            [sweep("fog", &all), sweep("saturate", &all), sweep("snow", &all), sweep("contrast", &all[..4])];
        let errors = corruption_errors(&rows.concat()).unwrap();
        assert_eq!((errors.corruptions, errors.relative_mce), (2, None));
        assert!((errors.mean_error - 0.3).abs() < 1e-12);
        assert!((errors.mce - f64::midpoint(0.3 / 0.819_324, 0.3 / 0.866_816)).abs() < 1e-12);
    }
}
