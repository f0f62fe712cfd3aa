use std::collections::HashMap;

use ndarray::ArrayView2;
use results::{Prediction, SaliencyDrift, Setting};
use saliency_metrics::spearman;

use crate::Spread;
use crate::chart::{by_setting, groups};

/// A measure's name in the table, and its value in a row.
type Measure = (&'static str, fn(&SaliencyDrift) -> f64);

/// The measures of drift, in the order of the table.
const MEASURES: [Measure; 10] = [
    ("truth_pearson", |row| row.truth_pearson),
    ("truth_spearman", |row| row.truth_spearman),
    ("truth_ssd", |row| row.truth_ssd),
    ("truth_iou", |row| row.truth_iou),
    ("truth_shift", |row| row.truth_shift),
    ("predicted_pearson", |row| row.predicted_pearson),
    ("predicted_spearman", |row| row.predicted_spearman),
    ("predicted_ssd", |row| row.predicted_ssd),
    ("predicted_iou", |row| row.predicted_iou),
    ("predicted_shift", |row| row.predicted_shift),
];

/// How the maps of a setting's images have moved from those at the sweep's first setting.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DriftSummary {
    /// How the images were perturbed.
    pub setting: Setting,
    /// Over all images.
    pub all: DriftGroup,
    /// Over those whose prediction is that of the first setting.
    pub kept: DriftGroup,
    /// Over those whose prediction is another one.
    pub changed: DriftGroup,
    /// Spearman's rank correlation over all images, -1 to 1, of the drift (1 - `truth_pearson`) with the loss of
    /// confidence (by how much the true class's score is lower than at the first setting); NaN if either is the same for
    /// all images.
    pub confidence_correlation: f64,
}

/// The measures of drift over some images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DriftGroup {
    /// How many images there are.
    pub images: usize,
    /// Each measure by its column of the table, such as `truth_pearson`, in the table's order.
    pub measures: Vec<(&'static str, Spread)>,
    /// The correlation that noise alone would leave, `noise_pearson`.
    pub noise: Spread,
}

impl DriftGroup {
    fn new(rows: &[&SaliencyDrift]) -> Self {
        let spread =
            |value: fn(&SaliencyDrift) -> f64| Spread::new(rows.iter().map(|row| value(row)).collect());
        Self {
            images: rows.len(),
            measures: MEASURES.iter().map(|&(name, value)| (name, spread(value))).collect(),
            noise: spread(|row| row.noise_pearson),
        }
    }

    /// The spread of a measure, by its column of the table.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<&Spread> {
        self.measures.iter().find_map(|(known, spread)| (*known == name).then_some(spread))
    }

    /// The median of the true class's correlation with its map at the first setting, -1 to 1; NaN without one.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.measure("truth_pearson").map_or(f64::NAN, Spread::median)
    }

    /// How many times as far the maps have moved as noise would move them: the medians' (1 - `truth_pearson`) over
    /// (1 - `noise_pearson`). None without noise to compare with.
    #[must_use]
    pub fn times_noise(&self) -> Option<f64> {
        let times = (1.0 - self.correlation()) / (1.0 - self.noise.median());
        Some(times).filter(|times| times.is_finite())
    }
}

/// Returns how maps have moved at each setting, in the order of the rows.
///
/// ```
/// use report::drift_summaries;
/// use results::{SaliencyDrift, Setting, Value};
///
/// let row = |ksize: f64, image_id, pearson, noise| SaliencyDrift {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///     image_id,
///     truth: "Forest".into(),
///     predicted: "Forest".into(),
///     reference_predicted: "Forest".into(),
///     kept: true,
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
///     noise_pearson: noise,
/// };
/// let rows = [row(1.0, 0, 1.0, 1.0), row(1.0, 1, 1.0, 1.0), row(5.0, 0, 0.25, 0.75), row(5.0, 1, 0.75, 0.75)];
/// let blurred = &drift_summaries(&rows, &[])[1];
/// assert_eq!((blurred.all.correlation(), blurred.all.times_noise()), (0.5, Some(2.0)));
/// assert_eq!((blurred.kept.images, blurred.changed.images), (2, 0));
/// ```
#[must_use]
pub fn drift_summaries(rows: &[SaliencyDrift], predictions: &[Prediction]) -> Vec<DriftSummary> {
    let scores: HashMap<String, HashMap<usize, f64>> = by_setting(predictions, |row| &row.setting)
        .into_iter()
        .map(|rows| {
            let scores = rows.iter().map(|row| (row.image_id, row.truth_score)).collect();
            (rows[0].setting.to_string(), scores)
        })
        .collect();
    let mut summaries = Vec::new();
    for sweep in groups(rows, |row| &row.setting) {
        let first = scores.get(&sweep[0].setting.to_string());
        for rows in by_setting(sweep, |row| &row.setting) {
            let here = scores.get(&rows[0].setting.to_string());
            let loss = |row: &SaliencyDrift| Some(first?.get(&row.image_id)? - here?.get(&row.image_id)?);
            let pairs = rows.iter().filter_map(|row| Some((1.0 - row.truth_pearson, loss(row)?)));
            let (kept, changed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.kept);
            summaries.push(DriftSummary {
                setting: rows[0].setting.clone(),
                all: DriftGroup::new(&rows),
                kept: DriftGroup::new(&kept),
                changed: DriftGroup::new(&changed),
                confidence_correlation: rank_correlation(pairs),
            });
        }
    }
    summaries
}

fn rank_correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.filter(|(a, b)| a.is_finite() && b.is_finite()).unzip();
    let row = |values| ArrayView2::from_shape((1, a.len()), values);
    match (row(&a), row(&b)) {
        // Without pairs there is no correlation.
        (Ok(one), Ok(other)) => spearman(one, other).unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}
