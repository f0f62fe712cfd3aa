use results::{SaliencyComparison, SaliencyDrift};

use crate::movement::most_moved;

/// Which images a report shows, where it cannot show all.
///
/// They are, in this order: the study's own sample; for each perturber the images whose maps move most; and the first
/// images of each class.
///
/// ```
/// use report::SampleChoice;
///
/// let choice = SampleChoice::new().per_class(3);
/// assert!(choice.choose(&[], &[]).is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleChoice {
    first: usize,
    moved: usize,
    per_class: usize,
    limit: usize,
}

impl Default for SampleChoice {
    fn default() -> Self {
        Self { first: 0, moved: 5, per_class: 1, limit: 32 }
    }
}

impl SampleChoice {
    /// Creates the default choice.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the position of the image that comes first, by default 0.
    #[must_use]
    pub fn first(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Sets how many of the images whose maps move most are shown per perturber, by default 5.
    #[must_use]
    pub fn moved(self, moved: usize) -> Self {
        Self { moved, ..self }
    }

    /// Sets how many images are shown per class, by default 1.
    #[must_use]
    pub fn per_class(self, per_class: usize) -> Self {
        Self { per_class, ..self }
    }

    /// Sets how many images are shown at most, by default 32.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Returns the images' positions in the dataset, in the order in which they are shown. Equal rows give equal
    /// choices; `drifts` say which images move most.
    #[must_use]
    pub fn choose(&self, rows: &[SaliencyComparison], drifts: &[SaliencyDrift]) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut choose = |image_id: usize| {
            if !chosen.contains(&image_id) && chosen.len() < self.limit {
                chosen.push(image_id);
            }
        };
        if rows.iter().any(|row| row.image_id == self.first) {
            choose(self.first);
        }
        let mut of_perturber: Vec<(&str, usize)> = Vec::new();
        for movement in most_moved(drifts).iter().filter(|movement| movement.distance() > 0.0) {
            let perturber = movement.from().setting.perturber.as_str();
            let at = of_perturber.iter().position(|(name, _)| *name == perturber).unwrap_or_else(|| {
                of_perturber.push((perturber, 0));
                of_perturber.len() - 1
            });
            if of_perturber[at].1 < self.moved {
                of_perturber[at].1 += 1;
                choose(movement.image_id());
            }
        }
        let mut of_class: Vec<(&str, Vec<usize>)> = Vec::new();
        for row in rows {
            let at = of_class.iter().position(|(label, _)| *label == row.truth).unwrap_or_else(|| {
                of_class.push((&row.truth, Vec::new()));
                of_class.len() - 1
            });
            let images = &mut of_class[at].1;
            if images.len() < self.per_class && !images.contains(&row.image_id) {
                images.push(row.image_id);
            }
        }
        of_class.into_iter().flat_map(|(_, images)| images).for_each(choose);
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movement::tests::row as drift;
    use results::{Setting, Value, Values};

    #[test]
    fn the_first_the_moved_and_some_of_each_class_are_chosen_once() {
        let row = |ksize: f64, image_id: usize| SaliencyComparison {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
            image_id,
            truth: ["a", "b"][image_id % 2].into(),
            predicted: "b".into(),
            truth_score: 0.2,
            predicted_score: 0.7,
            metrics: Values::default(),
        };
        let rows: Vec<_> = (0..5).map(|i| row(1.0, i)).chain((0..5).map(|i| row(5.0, i))).collect();
        let correlations = [1.0, 1.0, 0.9, -0.5, 1.0];
        let drifts: Vec<_> = (0..5)
            .map(|i| drift(1.0, i, 1.0))
            .chain(correlations.into_iter().enumerate().map(|(i, pearson)| drift(5.0, i, pearson)))
            .collect();
        let choice = SampleChoice::new().first(4);
        assert_eq!(choice.choose(&rows, &drifts), [4, 3, 2, 0, 1]);
        assert_eq!(choice.limit(2).choose(&rows, &drifts), [4, 3]);
        assert_eq!(choice.first(9).moved(0).per_class(0).choose(&rows, &drifts), [0_usize; 0]);
        assert_eq!(choice.choose(&rows, &[]), [4, 0, 1]);
    }
}
