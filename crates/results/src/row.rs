use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Setting, Value, Values, number};

/// A row of one of a study's tables.
///
/// Every table has fixed columns. Tables of metrics have one more column per metric of the study, behind them.
pub trait Row: Sized {
    /// The fixed columns of the row, one field per column, in order.
    type Fixed: Serialize + DeserializeOwned;

    /// The names of the fixed columns.
    const COLUMNS: &'static [&'static str];

    /// Whether the table may have further columns.
    const HAS_METRICS: bool;

    /// The fixed columns of the row.
    fn fixed(&self) -> Self::Fixed;

    /// The row's further columns.
    fn metrics(&self) -> &Values;

    /// Puts a row together again.
    fn from_parts(fixed: Self::Fixed, metrics: Values) -> Self;
}

/// How accurate the model is at one setting: a point of the item-response curve.
///
/// ```
/// use results::{ItemResponse, Row};
///
/// assert_eq!(ItemResponse::COLUMNS[3..], ["accuracy_macro", "accuracy_micro", "count"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemResponse {
    /// What was done to every image.
    #[serde(flatten)]
    pub setting: Setting,
    /// Mean over the classes of the share of correct predictions, 0 to 1.
    #[serde(with = "number")]
    pub accuracy_macro: f64,
    /// Share of correct predictions, 0 to 1.
    #[serde(with = "number")]
    pub accuracy_micro: f64,
    /// Images that the accuracies are over.
    pub count: usize,
    /// The values of the study's further classification metrics.
    #[serde(flatten)]
    pub metrics: Values,
}

/// What the model predicted for one image at one setting.
///
/// Accuracies and confusion matrices are computed from these rows alone.
///
/// ```
/// use results::{Prediction, Row};
///
/// assert_eq!(Prediction::COLUMNS[3..6], ["image_id", "datum", "truth"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// What was done to the image.
    #[serde(flatten)]
    pub setting: Setting,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The image's name in the dataset.
    pub datum: String,
    /// The true class's name.
    pub truth: String,
    /// The name of the class with the highest score.
    pub predicted: String,
    /// The true class's score.
    #[serde(with = "number")]
    pub truth_score: f64,
    /// The highest score.
    #[serde(with = "number")]
    pub predicted_score: f64,
    /// The scores of all classes, in the dataset's order, if the study has metrics that need them. They are not part
    /// of the CSV table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<f64>,
}

/// How the saliency map of the true class compares with that of the predicted class, for one image at
/// one setting.
///
/// ```
/// use results::{Row, SaliencyComparison};
///
/// assert_eq!(SaliencyComparison::COLUMNS[6..], ["truth_score", "predicted_score"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaliencyComparison {
    /// What was done to the image.
    #[serde(flatten)]
    pub setting: Setting,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The true class's name.
    pub truth: String,
    /// The name of the class with the highest score.
    pub predicted: String,
    /// The true class's score.
    #[serde(with = "number")]
    pub truth_score: f64,
    /// The highest score.
    #[serde(with = "number")]
    pub predicted_score: f64,
    /// The values of the study's saliency metrics; by default `entropy` of the true class's map, in bits, and the two
    /// maps' `ssd` (0 where they are equal) and `xcorr` (Pearson's correlation, -1 to 1).
    #[serde(flatten)]
    pub metrics: Values,
}

/// How the saliency maps of one image at one setting have moved from those of the same image at the sweep's first
/// setting, the reference.
///
/// Maps are not scaled, and are those of one class at both settings: of the true class, and of the class that is
/// predicted at this setting. Five measures compare two maps:
///
/// - `pearson` and `spearman`: the correlation of the pixels and of their ranks, -1 to 1;
/// - `ssd`: the sum of squared differences;
/// - `iou`: the intersection over union of the most salient 20 % of the area, 0 to 1;
/// - `shift`: how far the centre of the positive values has moved, as a share of the image's diagonal, 0 to 1.
///
/// Maps that differ in size, since the perturber changes it, are not compared: every measure is NaN. A constant map has
/// no correlation, which is NaN too.
///
/// ```
/// use results::{Row, SaliencyDrift};
///
/// assert_eq!(SaliencyDrift::COLUMNS[6..8], ["reference_predicted", "kept"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaliencyDrift {
    /// What was done to the image.
    #[serde(flatten)]
    pub setting: Setting,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The true class's name.
    pub truth: String,
    /// The name of the class predicted at this setting.
    pub predicted: String,
    /// The name of the class predicted at the reference.
    pub reference_predicted: String,
    /// Whether both settings have the same prediction.
    pub kept: bool,
    /// The true class's maps: correlation of the pixels.
    #[serde(with = "number")]
    pub truth_pearson: f64,
    /// The true class's maps: correlation of the pixels' ranks.
    #[serde(with = "number")]
    pub truth_spearman: f64,
    /// The true class's maps: sum of squared differences.
    #[serde(with = "number")]
    pub truth_ssd: f64,
    /// The true class's maps: overlap of the most salient area.
    #[serde(with = "number")]
    pub truth_iou: f64,
    /// The true class's maps: shift of the centre.
    #[serde(with = "number")]
    pub truth_shift: f64,
    /// The maps of the class predicted here: correlation of the pixels.
    #[serde(with = "number")]
    pub predicted_pearson: f64,
    /// The maps of the class predicted here: correlation of the pixels' ranks.
    #[serde(with = "number")]
    pub predicted_spearman: f64,
    /// The maps of the class predicted here: sum of squared differences.
    #[serde(with = "number")]
    pub predicted_ssd: f64,
    /// The maps of the class predicted here: overlap of the most salient area.
    #[serde(with = "number")]
    pub predicted_iou: f64,
    /// The maps of the class predicted here: shift of the centre.
    #[serde(with = "number")]
    pub predicted_shift: f64,
    /// The correlation that the noise of the masks alone would leave of the true class's maps, from two halves of the
    /// masks: at most 1, and 1 where the maps are the same.
    #[serde(with = "number")]
    pub noise_pearson: f64,
}

/// An image that failed at one setting and was skipped: no other table has it at this setting.
///
/// ```
/// use results::{Row, Skipped};
///
/// assert_eq!(Skipped::COLUMNS[3..], ["image_id", "datum", "error"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// The setting at which it failed.
    #[serde(flatten)]
    pub setting: Setting,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The image's name in the dataset, if it is known.
    pub datum: String,
    /// Why it failed.
    pub error: String,
}

macro_rules! row {
    ($row:ident, $fixed:ident, $has_metrics:literal, |$this:ident| $metrics:expr, $rest:ident => { $($set:tt)* }, $($field:ident: $type:ty),+) => {
        #[doc = concat!("The fixed columns of a [`", stringify!($row), "`].")]
        #[derive(Debug, Serialize, Deserialize)]
        pub struct $fixed { perturber: String, parameter: String, value: Value, $($field: $type),+ }

        impl Row for $row {
            type Fixed = $fixed;

            const COLUMNS: &'static [&'static str] = &["perturber", "parameter", "value", $(stringify!($field)),+];

            const HAS_METRICS: bool = $has_metrics;

            fn fixed(&self) -> $fixed {
                let Setting { perturber, parameter, value } = self.setting.clone();
                $fixed { perturber, parameter, value, $($field: self.$field.clone()),+ }
            }

            fn metrics(&self) -> &Values {
                let $this = self;
                $metrics
            }

            fn from_parts(fixed: $fixed, $rest: Values) -> Self {
                let setting =
                    Setting { perturber: fixed.perturber, parameter: fixed.parameter, value: fixed.value };
                Self { setting, $($field: fixed.$field,)+ $($set)* }
            }
        }
    };
}

pub(crate) static NO_METRICS: Values = Values::NONE;

row!(
    ItemResponse, ItemResponseColumns, true, |row| &row.metrics, metrics => { metrics },
    accuracy_macro: f64, accuracy_micro: f64, count: usize
);
row!(
    Prediction, PredictionColumns, false, |_row| &NO_METRICS, _metrics => { scores: Vec::new() },
    image_id: usize, datum: String, truth: String, predicted: String, truth_score: f64, predicted_score: f64
);
row!(
    SaliencyComparison, SaliencyComparisonColumns, true, |row| &row.metrics, metrics => { metrics },
    image_id: usize, truth: String, predicted: String, truth_score: f64, predicted_score: f64
);
row!(
    SaliencyDrift, SaliencyDriftColumns, false, |_row| &NO_METRICS, _metrics => {},
    image_id: usize, truth: String, predicted: String, reference_predicted: String, kept: bool,
    truth_pearson: f64, truth_spearman: f64, truth_ssd: f64, truth_iou: f64, truth_shift: f64,
    predicted_pearson: f64, predicted_spearman: f64, predicted_ssd: f64, predicted_iou: f64, predicted_shift: f64,
    noise_pearson: f64
);
row!(
    Skipped, SkippedColumns, false, |_row| &NO_METRICS, _metrics => {},
    image_id: usize, datum: String, error: String
);
