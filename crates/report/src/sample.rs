use ndarray::{Array2, Array3};
use results::{SaliencyComparison, Setting};

use crate::movement::most_moved;

/// A picture at one setting, with the maps of its true and its predicted class.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::Sample;
/// use results::{Setting, Value};
///
/// let sample = Sample {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
///     image_id: 6,
///     image: Array3::zeros((64, 64, 3)),
///     truth: Array2::zeros((64, 64)),
///     predicted: Array2::zeros((64, 64)),
/// };
/// assert_eq!(sample.setting.to_string(), "GaussianBlur ksize 11");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What was done to the picture.
    pub setting: Setting,
    /// The picture's position in the dataset.
    pub image_id: usize,
    /// The perturbed picture, `(height, width, 1 or 3)`.
    pub image: Array3<u8>,
    /// The true class's map, `(height, width)`, -1 to 1.
    pub truth: Array2<f32>,
    /// The predicted class's map.
    pub predicted: Array2<f32>,
}

/// Which pictures of a study a report shows, where it cannot show all of them.
///
/// ```
/// use report::SampleChoice;
///
/// // Whoever wants to see more of each class:
/// let choice = SampleChoice { per_class: 3, ..SampleChoice::default() };
/// assert!(choice.images(&[]).is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleChoice {
    /// The picture that stands in front.
    pub first: usize,
    /// How many of those whose explanation moved most, for each perturber.
    pub moved: usize,
    /// How many of each class, the first ones.
    pub per_class: usize,
    /// No more than so many in all.
    pub most: usize,
}

impl Default for SampleChoice {
    fn default() -> Self {
        Self { first: 0, moved: 5, per_class: 1, most: 32 }
    }
}

impl SampleChoice {
    /// The positions of the pictures in the dataset, in the order in which they are shown. The same rows give the
    /// same pictures.
    #[must_use]
    pub fn images(&self, rows: &[SaliencyComparison]) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut choose = |image_id: usize| {
            if !chosen.contains(&image_id) && chosen.len() < self.most {
                chosen.push(image_id);
            }
        };
        if rows.iter().any(|row| row.image_id == self.first) {
            choose(self.first);
        }
        let mut of_perturber: Vec<(&str, usize)> = Vec::new();
        for movement in most_moved(rows).iter().filter(|movement| movement.fall() > 0.0) {
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
    use results::Value;

    #[test]
    fn the_first_the_moved_and_some_of_each_class_are_chosen_once() {
        let row = |ksize: f64, image_id: usize, xcorr| SaliencyComparison {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
            image_id,
            truth: ["a", "b"][image_id % 2].into(),
            predicted: "b".into(),
            truth_score: 0.2,
            predicted_score: 0.7,
            entropy: 11.9,
            ssd: 0.2,
            xcorr,
        };
        let correlations = [1.0, 1.0, 0.9, -0.5, 1.0];
        let rows: Vec<_> = (0..5)
            .map(|i| row(1.0, i, 1.0))
            .chain(correlations.into_iter().enumerate().map(|(i, xcorr)| row(5.0, i, xcorr)))
            .collect();
        let choice = SampleChoice { first: 4, ..SampleChoice::default() };
        assert_eq!(choice.images(&rows), [4, 3, 2, 0, 1]);
        assert_eq!(SampleChoice { most: 2, ..choice }.images(&rows), [4, 3]);
        assert_eq!(SampleChoice { first: 9, moved: 0, per_class: 0, ..choice }.images(&rows), [0_usize; 0]);
    }
}
