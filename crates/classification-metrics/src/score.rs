use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::name::parse;

/// A number that is computed from a class's true and false positives and negatives.
///
/// A quotient with a zero denominator is 0, as in torchmetrics, and values are computed in f32 as there.
///
/// ```
/// use classification_metrics::Score;
///
/// assert_eq!(Score::JaccardIndex.to_string(), "jaccard_index");
/// assert_eq!("f1".parse::<Score>()?, Score::F1);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Score {
    /// The share of a class's images that are recognised, `tp / (tp + fn)`, as in torchmetrics'
    /// `MulticlassAccuracy`. Under [`Average::Micro`](crate::Average::Micro) it is the share of all images,
    /// and torchmetrics' `MulticlassExactMatch`.
    Accuracy,
    /// The share of a class's predictions that are correct: `tp / (tp + fp)`.
    Precision,
    /// The share of a class's images that are recognised: `tp / (tp + fn)`.
    Recall,
    /// The harmonic mean of precision and recall: `2 tp / (2 tp + fp + fn)`.
    F1,
    /// The share of the other classes' images that are not taken for this class: `tn / (tn + fp)`.
    Specificity,
    /// The share of the predictions of other classes that are correct in that: `tn / (tn + fn)`.
    NegativePredictiveValue,
    /// The share of a class's images that are not recognised: `1 - tp / (tp + fn)`.
    HammingDistance,
    /// Intersection over union of targets and predictions: `tp / (tp + fp + fn)`.
    JaccardIndex,
}

impl Score {
    /// All scores.
    pub const ALL: &[Self] = &[
        Self::Accuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Specificity,
        Self::NegativePredictiveValue,
        Self::HammingDistance,
        Self::JaccardIndex,
    ];
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accuracy => "accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Specificity => "specificity",
            Self::NegativePredictiveValue => "negative_predictive_value",
            Self::HammingDistance => "hamming_distance",
            Self::JaccardIndex => "jaccard_index",
        })
    }
}

impl FromStr for Score {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("score", text, Self::ALL)
    }
}
