use results::{Prediction, Setting};

use crate::chart::groups;

/// The setting of a sweep at which an image is first predicted wrongly.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FirstLoss {
    /// The perturber's name.
    pub perturber: String,
    /// The swept parameter's name.
    pub parameter: String,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The image's name in the dataset.
    pub datum: String,
    /// The true class's name.
    pub truth: String,
    /// The first setting with a wrong prediction; none if all are right.
    pub at: Option<Setting>,
}

/// How many images of one class are first lost at each setting of a sweep.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassLosses {
    /// The perturber's name.
    pub perturber: String,
    /// The swept parameter's name.
    pub parameter: String,
    /// The class's name.
    pub truth: String,
    /// Settings with the number of images first lost there, in the order of the sweep; settings without losses are left
    /// out.
    pub lost: Vec<(Setting, usize)>,
    /// How many images are never lost.
    pub kept: usize,
}

/// Returns where each image is first lost, sweep by sweep, in the order of the images.
///
/// The order of the settings is that of the predictions. An image that is recognised again at a stronger setting is lost
/// nevertheless; an image without a prediction at a setting, since it was skipped, is not lost there.
///
/// ```
/// use report::{first_losses, losses_by_class};
/// use results::{Prediction, Setting, Value};
///
/// let row = |amount: f64, image_id, predicted: &str| Prediction {
///     setting: Setting::new("SaltNoise", "amount", Value::from(amount)),
///     image_id,
///     datum: image_id.to_string(),
///     truth: "Forest".into(),
///     predicted: predicted.into(),
///     truth_score: 0.3,
///     predicted_score: 0.7,
///     scores: Vec::new(),
/// };
/// let losses = first_losses(&[
///     row(0.0, 0, "Forest"), row(0.0, 1, "Forest"), row(0.1, 0, "River"), row(0.1, 1, "Forest"),
/// ]);
/// assert_eq!(losses[0].at, Some(Setting::new("SaltNoise", "amount", Value::from(0.1))));
/// assert_eq!(losses[1].at, None);
/// let classes = losses_by_class(&losses);
/// assert_eq!((classes[0].lost[0].1, classes[0].kept), (1, 1));
/// ```
#[must_use]
pub fn first_losses(predictions: &[Prediction]) -> Vec<FirstLoss> {
    let mut losses = Vec::new();
    for sweep in groups(predictions, |row| &row.setting) {
        let mut of_image = std::collections::BTreeMap::new();
        for row in sweep {
            let loss = of_image.entry(row.image_id).or_insert_with(|| FirstLoss {
                perturber: row.setting.perturber.clone(),
                parameter: row.setting.parameter.clone(),
                image_id: row.image_id,
                datum: row.datum.clone(),
                truth: row.truth.clone(),
                at: None,
            });
            if loss.at.is_none() && row.predicted != row.truth {
                loss.at = Some(row.setting.clone());
            }
        }
        losses.extend(of_image.into_values());
    }
    losses
}

/// Returns how the first losses are distributed within each sweep and class, in the order in which they come.
///
/// Settings are sorted by their value. [`first_losses`] has an example.
#[must_use]
pub fn losses_by_class(losses: &[FirstLoss]) -> Vec<ClassLosses> {
    let mut classes: Vec<ClassLosses> = Vec::new();
    for loss in losses {
        let ours = |class: &ClassLosses| {
            (&class.perturber, &class.parameter, &class.truth)
                == (&loss.perturber, &loss.parameter, &loss.truth)
        };
        let at = classes.iter().rposition(ours).unwrap_or_else(|| {
            classes.push(ClassLosses {
                perturber: loss.perturber.clone(),
                parameter: loss.parameter.clone(),
                truth: loss.truth.clone(),
                lost: Vec::new(),
                kept: 0,
            });
            classes.len() - 1
        });
        let class = &mut classes[at];
        match &loss.at {
            None => class.kept += 1,
            Some(setting) => match class.lost.iter_mut().find(|(known, _)| known == setting) {
                Some((_, count)) => *count += 1,
                None => class.lost.push((setting.clone(), 1)),
            },
        }
    }
    for class in &mut classes {
        class.lost.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Value;

    fn row(perturber: &str, value: f64, image_id: usize, right: bool) -> Prediction {
        Prediction {
            setting: Setting::new(perturber, "p", Value::from(value)),
            image_id,
            datum: image_id.to_string(),
            truth: ["a", "b"][image_id % 2].into(),
            predicted: if right { ["a", "b"][image_id % 2] } else { "c" }.into(),
            truth_score: 0.0,
            predicted_score: 1.0,
            scores: Vec::new(),
        }
    }

    #[test]
    fn the_first_wrong_prediction_counts_and_sweeps_are_apart() {
        let rows = [
            row("Blur", 1.0, 0, true),
            row("Blur", 1.0, 1, false),
            row("Blur", 5.0, 0, false),
            row("Blur", 5.0, 2, false),
            row("Blur", 9.0, 0, true),
            row("Salt", 0.1, 0, true),
        ];
        let losses = first_losses(&rows);
        let at: Vec<_> = losses
            .iter()
            .map(|loss| (&*loss.perturber, loss.image_id, loss.at.as_ref().and_then(|at| at.value.number())))
            .collect();
        assert_eq!(
            at,
            [("Blur", 0, Some(5.0)), ("Blur", 1, Some(1.0)), ("Blur", 2, Some(5.0)), ("Salt", 0, None)]
        );
        let classes = losses_by_class(&losses);
        assert_eq!(
            (classes.len(), &*classes[0].truth, classes[0].lost[0].1, classes[0].kept),
            (3, "a", 2, 0)
        );
        assert_eq!((&*classes[2].perturber, classes[2].lost.len(), classes[2].kept), ("Salt", 0, 1));
    }
}
