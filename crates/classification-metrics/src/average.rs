use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::name::parse;

/// How the scores of the classes become one number.
///
/// ```
/// use classification_metrics::Average;
///
/// assert_eq!(Average::Macro.to_string(), "macro");
/// assert_eq!("weighted".parse::<Average>()?, Average::Weighted);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Average {
    /// Over all images: the counts of the classes are added first.
    Micro,
    /// The mean over the classes. A class that is neither a target nor a prediction is left out. With top-k
    /// counts, accuracy, precision, recall and negative predictive value leave out a class that is not a
    /// target.
    Macro,
    /// The mean over the classes, weighted by their number of targets.
    Weighted,
    /// No average: one number per class.
    PerClass,
}

impl Average {
    /// All averages.
    pub const ALL: &[Self] = &[Self::Micro, Self::Macro, Self::Weighted, Self::PerClass];
}

impl fmt::Display for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Micro => "micro",
            Self::Macro => "macro",
            Self::Weighted => "weighted",
            Self::PerClass => "per_class",
        })
    }
}

impl FromStr for Average {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("average", text, Self::ALL)
    }
}
