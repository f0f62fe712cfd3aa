use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Setting, Value, number};

/// A row of one of a study's tables.
///
/// Tables are flat while rows share [`Setting`], so a row says how it stands in a table.
pub trait Row: Sized {
    /// The row as it stands in a table: one field a column, in the table's order.
    type Flat: Serialize + DeserializeOwned;

    /// The columns' names.
    const COLUMNS: &'static [&'static str];

    /// The row as it stands in a table.
    fn to_flat(&self) -> Self::Flat;

    /// The row that stands so in a table.
    fn from_flat(flat: Self::Flat) -> Self;
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
    /// What was done to every picture.
    #[serde(flatten)]
    pub setting: Setting,
    /// Mean over the classes of the share of right answers, 0 to 1.
    #[serde(with = "number")]
    pub accuracy_macro: f64,
    /// Share of right answers, 0 to 1.
    #[serde(with = "number")]
    pub accuracy_micro: f64,
    /// How many pictures there were.
    pub count: usize,
}

/// What the model said of one picture at one setting.
///
/// These rows hold all that the accuracies and the confusion matrices are made of.
///
/// ```
/// use results::{Prediction, Row};
///
/// assert_eq!(Prediction::COLUMNS[3..6], ["image_id", "datum", "truth"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// What was done to the picture.
    #[serde(flatten)]
    pub setting: Setting,
    /// The picture's position in the dataset.
    pub image_id: usize,
    /// The picture's own name in the dataset.
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
}

/// How the saliency map of the true class compares with that of the predicted class, for one picture at
/// one setting.
///
/// ```
/// use results::{Row, SaliencyComparison};
///
/// assert_eq!(SaliencyComparison::COLUMNS[8..], ["entropy", "ssd", "xcorr"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaliencyComparison {
    /// What was done to the picture.
    #[serde(flatten)]
    pub setting: Setting,
    /// The picture's position in the dataset.
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
    /// Shannon entropy of the true class's map, in bits.
    #[serde(with = "number")]
    pub entropy: f64,
    /// Normalised sum of squared differences between the two maps; 0 where they are equal.
    #[serde(with = "number")]
    pub ssd: f64,
    /// Pearson's correlation of the two maps, -1 to 1.
    #[serde(with = "number")]
    pub xcorr: f64,
}

/// A picture at one setting that failed and was passed over: it is in none of the other tables there.
///
/// ```
/// use results::{Row, Skipped};
///
/// assert_eq!(Skipped::COLUMNS[3..], ["image_id", "datum", "error"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// What was done to the picture, or would have been.
    #[serde(flatten)]
    pub setting: Setting,
    /// The picture's position in the dataset.
    pub image_id: usize,
    /// The picture's own name in the dataset, as far as it is known.
    pub datum: String,
    /// What went wrong.
    pub error: String,
}

macro_rules! flat {
    ($row:ident, $flat:ident, $($field:ident: $type:ty),+) => {
        #[doc = concat!("[`", stringify!($row), "`] as it stands in a table.")]
        #[derive(Debug, Serialize, Deserialize)]
        pub struct $flat { perturber: String, parameter: String, value: Value, $($field: $type),+ }

        impl Row for $row {
            type Flat = $flat;

            const COLUMNS: &'static [&'static str] = &["perturber", "parameter", "value", $(stringify!($field)),+];

            fn to_flat(&self) -> $flat {
                let Setting { perturber, parameter, value } = self.setting.clone();
                $flat { perturber, parameter, value, $($field: self.$field.clone()),+ }
            }

            fn from_flat(flat: $flat) -> Self {
                let setting = Setting { perturber: flat.perturber, parameter: flat.parameter, value: flat.value };
                Self { setting, $($field: flat.$field),+ }
            }
        }
    };
}

flat!(ItemResponse, FlatItemResponse, accuracy_macro: f64, accuracy_micro: f64, count: usize);
flat!(
    Prediction, FlatPrediction, image_id: usize, datum: String, truth: String, predicted: String,
    truth_score: f64, predicted_score: f64
);
flat!(
    SaliencyComparison, FlatSaliencyComparison, image_id: usize, truth: String, predicted: String,
    truth_score: f64, predicted_score: f64, entropy: f64, ssd: f64, xcorr: f64
);
flat!(Skipped, FlatSkipped, image_id: usize, datum: String, error: String);
