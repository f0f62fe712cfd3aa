use std::collections::BTreeMap;

use results::SaliencyDrift;

use crate::chart::groups;

/// How far the map of an image's true class moves along one perturber's sweep.
///
/// ```
/// use report::most_moved;
/// use results::{SaliencyDrift, Setting, Value};
///
/// let row = |ksize: f64, image_id, pearson| SaliencyDrift {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///     image_id,
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     reference_predicted: "Forest".into(),
///     kept: false,
///     truth_pearson: pearson,
///     truth_spearman: pearson,
///     truth_ssd: 0.25,
///     truth_iou: 0.5,
///     truth_shift: 0.125,
///     predicted_pearson: pearson,
///     predicted_spearman: pearson,
///     predicted_ssd: 0.25,
///     predicted_iou: 0.5,
///     predicted_shift: 0.125,
///     noise_pearson: 0.9,
/// };
/// let rows = [row(1.0, 0, 1.0), row(1.0, 1, 1.0), row(5.0, 0, 0.75), row(5.0, 1, -0.5)];
/// let moved = most_moved(&rows);
/// assert_eq!((moved[0].image_id(), moved[0].distance()), (1, 1.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movement<'a> {
    from: &'a SaliencyDrift,
    to: &'a SaliencyDrift,
}

impl<'a> Movement<'a> {
    /// The image's position in the dataset.
    #[must_use]
    pub fn image_id(&self) -> usize {
        self.from.image_id
    }

    /// The image's row at the sweep's first setting.
    #[must_use]
    pub fn from(&self) -> &'a SaliencyDrift {
        self.from
    }

    /// The image's row at the setting at which its map has moved furthest.
    #[must_use]
    pub fn to(&self) -> &'a SaliencyDrift {
        self.to
    }

    /// How far the map has moved there: 1 - `truth_pearson`, 0 to 2.
    #[must_use]
    pub fn distance(&self) -> f64 {
        1.0 - self.to.truth_pearson
    }
}

/// Returns the movement of every image along every sweep, the largest first.
///
/// Settings at which the correlation of an image's maps is not finite are ignored. An image that is missing at the
/// sweep's first setting has no movement.
#[must_use]
pub fn most_moved(rows: &[SaliencyDrift]) -> Vec<Movement<'_>> {
    let mut movements = Vec::new();
    for sweep in groups(rows, |row| &row.setting) {
        let first = &sweep[0].setting;
        let mut of_image: BTreeMap<usize, (&SaliencyDrift, Option<&SaliencyDrift>)> = BTreeMap::new();
        for row in sweep {
            if row.setting == *first {
                of_image.entry(row.image_id).or_insert((row, None));
            } else if let Some((_, furthest)) = of_image.get_mut(&row.image_id)
                && row.truth_pearson.is_finite()
                && furthest.is_none_or(|known| row.truth_pearson < known.truth_pearson)
            {
                *furthest = Some(row);
            }
        }
        movements.extend(of_image.into_values().filter_map(|(from, to)| Some(Movement { from, to: to? })));
    }
    movements.sort_by(|a, b| b.distance().total_cmp(&a.distance()));
    movements
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use results::{Setting, Value};

    /// A row of which only the correlation matters.
    pub(crate) fn row(ksize: f64, image_id: usize, pearson: f64) -> SaliencyDrift {
        SaliencyDrift {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
            image_id,
            truth: ["a", "b"][image_id % 2].into(),
            predicted: "b".into(),
            reference_predicted: "b".into(),
            kept: true,
            truth_pearson: pearson,
            truth_spearman: pearson,
            truth_ssd: 0.0,
            truth_iou: 1.0,
            truth_shift: 0.0,
            predicted_pearson: pearson,
            predicted_spearman: pearson,
            predicted_ssd: 0.0,
            predicted_iou: 1.0,
            predicted_shift: 0.0,
            noise_pearson: 1.0,
        }
    }

    #[test]
    fn undefined_correlations_are_ignored() {
        let rows = [
            row(1.0, 1, f64::NAN),
            row(1.0, 2, 1.0),
            row(5.0, 0, 0.7),
            row(5.0, 1, f64::NAN),
            row(5.0, 2, f64::NAN),
            row(7.0, 1, 0.5),
        ];
        let moved = most_moved(&rows);
        assert_eq!(moved.len(), 1);
        assert_eq!((moved[0].to().setting.value.number(), moved[0].distance()), (Some(7.0), 0.5));
        assert!(most_moved(&[]).is_empty());
    }
}
