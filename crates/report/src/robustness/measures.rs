use results::{ItemResponse, Prediction, Robustness, Setting, Value};

use super::{
    against_first, areas_under_curves, calibrations, corruption_errors, first_losses, losses_by_class,
};

/// Returns how robust a model is as one table of numbers: those of `robustness.csv`.
///
/// | measure | of | what it is |
/// | --- | --- | --- |
/// | `area_micro`, `area_macro` | a sweep | [`areas_under_curves`](crate::areas_under_curves) |
/// | `difference`, `difference_low`, `difference_high` | a setting | accuracy (micro) minus that at the sweep's first setting, with Newcombe's 95 % interval |
/// | `lost`, `regained`, `mcnemar_p` | a setting | images right at the first setting alone and here alone, and the exact test |
/// | `images_needed` | a setting | how many images would show the difference; see [`McNemar::images_needed`](crate::McNemar::images_needed) |
/// | `calibration_error`, `confidence_right`, `confidence_wrong` | a setting | [`calibrations`](crate::calibrations) |
/// | `first_lost` | a setting and class | images of the class that are first predicted wrongly there |
/// | `never_lost` | a class | its images that are right at every setting |
/// | `image_lost` | an image | 1, with the setting where it is first lost; 0 without one if it never is |
/// | `corruptions`, `mean_error`, `mce`, `relative_mce` | all sweeps of `ImageNetC` | [`corruption_errors`](crate::corruption_errors) |
///
/// What is undefined is NaN, such as the confidence of wrong predictions where there are none.
///
/// ```
/// use report::robustness;
/// use results::{ItemResponse, Prediction, Setting, Value, Values};
///
/// let setting = |amount: f64| Setting::new("SaltNoise", "amount", Value::from(amount));
/// let response = |amount, accuracy| ItemResponse {
///     setting: setting(amount),
///     accuracy_macro: accuracy,
///     accuracy_micro: accuracy,
///     count: 1,
///     metrics: Values::default(),
/// };
/// let prediction = |amount, predicted: &str| Prediction {
///     setting: setting(amount),
///     image_id: 0,
///     datum: "0".into(),
///     truth: "Forest".into(),
///     predicted: predicted.into(),
///     truth_score: 0.3,
///     predicted_score: 0.7,
///     scores: Vec::new(),
/// };
/// let rows = robustness(
///     &[response(0.0, 1.0), response(0.1, 0.0)],
///     &[prediction(0.0, "Forest"), prediction(0.1, "River")],
/// );
/// let number = |measure: &str| rows.iter().rfind(|row| row.measure == measure).map(|row| row.number);
/// assert_eq!((number("area_micro"), number("difference"), number("lost")), (Some(0.5), Some(-1.0), Some(1.0)));
/// ```
#[must_use]
pub fn robustness(responses: &[ItemResponse], predictions: &[Prediction]) -> Vec<Robustness> {
    let mut rows = Vec::new();
    for area in areas_under_curves(responses) {
        let sweep = Subject { perturber: &area.perturber, parameter: &area.parameter, ..Subject::default() };
        sweep.add("area_micro", area.accuracy_micro, &mut rows);
        sweep.add("area_macro", area.accuracy_macro, &mut rows);
    }
    for paired in against_first(predictions) {
        let (setting, test) = (Subject::setting(paired.setting), paired.test);
        // The test's pairs have the first setting first.
        let (low, high) = test.interval();
        setting.add("difference", 0.0 - test.difference(), &mut rows);
        setting.add("difference_low", 0.0 - high, &mut rows);
        setting.add("difference_high", 0.0 - low, &mut rows);
        setting.add("lost", test.only_first() as f64, &mut rows);
        setting.add("regained", test.only_second() as f64, &mut rows);
        setting.add("mcnemar_p", test.p_value(), &mut rows);
        setting.add(
            "images_needed",
            test.images_needed().map_or(f64::NAN, |images| images as f64),
            &mut rows,
        );
    }
    for calibration in calibrations(predictions) {
        let setting = Subject::setting(&calibration.setting);
        setting.add("calibration_error", calibration.expected_error.unwrap_or(f64::NAN), &mut rows);
        setting.add("confidence_right", calibration.confidence_right.unwrap_or(f64::NAN), &mut rows);
        setting.add("confidence_wrong", calibration.confidence_wrong.unwrap_or(f64::NAN), &mut rows);
    }
    let losses = first_losses(predictions);
    for class in losses_by_class(&losses) {
        for (setting, images) in &class.lost {
            let subject = Subject { class: Some(&class.truth), ..Subject::setting(setting) };
            subject.add("first_lost", *images as f64, &mut rows);
        }
        let subject = Subject {
            perturber: &class.perturber,
            parameter: &class.parameter,
            class: Some(&class.truth),
            ..Subject::default()
        };
        subject.add("never_lost", class.kept as f64, &mut rows);
    }
    for loss in &losses {
        let subject = Subject {
            perturber: &loss.perturber,
            parameter: &loss.parameter,
            value: loss.at.as_ref().map(|setting| &setting.value),
            class: Some(&loss.truth),
            image_id: Some(loss.image_id),
        };
        subject.add("image_lost", f64::from(u8::from(loss.at.is_some())), &mut rows);
    }
    if let Some(errors) = corruption_errors(responses) {
        let all = Subject { perturber: "ImageNetC", parameter: "severity", ..Subject::default() };
        all.add("corruptions", errors.corruptions as f64, &mut rows);
        all.add("mean_error", errors.mean_error, &mut rows);
        all.add("mce", errors.mce, &mut rows);
        all.add("relative_mce", errors.relative_mce.unwrap_or(f64::NAN), &mut rows);
    }
    rows
}

/// What a number is about.
#[derive(Clone, Copy, Default)]
struct Subject<'a> {
    perturber: &'a str,
    parameter: &'a str,
    value: Option<&'a Value>,
    class: Option<&'a str>,
    image_id: Option<usize>,
}

impl<'a> Subject<'a> {
    fn setting(setting: &'a Setting) -> Self {
        let Setting { perturber, parameter, value } = setting;
        Self { perturber, parameter, value: Some(value), ..Self::default() }
    }

    fn add(self, measure: &str, number: f64, rows: &mut Vec<Robustness>) {
        rows.push(Robustness {
            perturber: self.perturber.to_owned(),
            parameter: self.parameter.to_owned(),
            value: self.value.cloned(),
            class: self.class.map(str::to_owned),
            image_id: self.image_id,
            measure: measure.to_owned(),
            number,
        });
    }
}
