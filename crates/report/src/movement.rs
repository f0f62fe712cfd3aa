use std::collections::BTreeMap;

use results::SaliencyComparison;

use crate::chart::groups;
use crate::saliency_metric::correlation;

/// How far the maps of an image's true and predicted class move apart along one perturber's sweep.
///
/// ```
/// use report::most_moved;
/// use results::{SaliencyComparison, Setting, Value, Values};
///
/// let row = |ksize: f64, image_id, xcorr| SaliencyComparison {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///     image_id,
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     truth_score: 0.2,
///     predicted_score: 0.7,
///     metrics: Values::from_iter([("entropy", 11.9), ("ssd", 0.2), ("xcorr", xcorr)]),
/// };
/// let rows = [row(1.0, 0, 1.0), row(1.0, 1, 0.9), row(5.0, 0, 0.7), row(5.0, 1, -0.3)];
/// let moved = most_moved(&rows);
/// assert_eq!((moved[0].image_id(), moved[0].fall()), (1, 1.2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movement<'a> {
    from: &'a SaliencyComparison,
    to: &'a SaliencyComparison,
    fall: f64,
}

impl<'a> Movement<'a> {
    /// The image's position in the dataset.
    #[must_use]
    pub fn image_id(&self) -> usize {
        self.from.image_id
    }

    /// The image's row at the sweep's first setting.
    #[must_use]
    pub fn from(&self) -> &'a SaliencyComparison {
        self.from
    }

    /// The image's row at the setting at which the two maps correlate least.
    #[must_use]
    pub fn to(&self) -> &'a SaliencyComparison {
        self.to
    }

    /// How far the correlation of the two maps (`xcorr`) falls between the two rows, 0 to 2.
    #[must_use]
    pub fn fall(&self) -> f64 {
        self.fall
    }
}

/// Returns the movement of every image along every sweep, the largest first.
///
/// An image whose correlation is missing or not finite at the sweep's first setting has no movement; other settings
/// where it is are ignored.
#[must_use]
pub fn most_moved(rows: &[SaliencyComparison]) -> Vec<Movement<'_>> {
    let mut movements = Vec::new();
    for sweep in groups(rows, |row| &row.setting) {
        let first = &sweep[0].setting;
        let correlated = || sweep.iter().filter_map(|row| Some((*row, correlation(row)?)));
        let mut of_image = BTreeMap::new();
        for (row, start) in correlated().filter(|(row, _)| row.setting == *first) {
            of_image.entry(row.image_id).or_insert((start, Movement { from: row, to: row, fall: 0.0 }));
        }
        for (row, correlation) in correlated() {
            if let Some((start, movement)) = of_image.get_mut(&row.image_id)
                && *start - correlation > movement.fall
            {
                (movement.to, movement.fall) = (row, *start - correlation);
            }
        }
        movements.extend(of_image.into_values().map(|(_, movement)| movement));
    }
    movements.sort_by(|a, b| b.fall.total_cmp(&a.fall));
    movements
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Setting, Value, Values};

    #[test]
    fn undefined_correlations_are_ignored() {
        let row = |ksize: f64, image_id, xcorr| SaliencyComparison {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
            image_id,
            truth: "a".into(),
            predicted: "b".into(),
            truth_score: 0.2,
            predicted_score: 0.7,
            metrics: Values::from_iter([("entropy", 11.9), ("ssd", 0.2), ("xcorr", xcorr)]),
        };
        let rows = [
            row(1.0, 0, f64::NAN),
            row(1.0, 1, 1.0),
            row(5.0, 0, 0.7),
            row(5.0, 1, f64::NAN),
            row(7.0, 1, 0.5),
        ];
        let moved = most_moved(&rows);
        assert_eq!(moved.len(), 1);
        assert_eq!((moved[0].to().setting.value.number(), moved[0].fall()), (Some(7.0), 0.5));
        assert!(most_moved(&[]).is_empty());
    }
}
