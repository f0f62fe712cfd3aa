use serde::{Deserialize, Serialize};

/// How the classes' scores become one.
///
/// ```
/// use classification_metrics::Average;
///
/// assert_eq!(Average::Macro.name(), "macro");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Average {
    /// Over all pictures: their counts are added up first.
    Micro,
    /// The mean over the classes. A class that is neither a target nor a prediction is left out; of top-k
    /// accuracy, precision and recall, one that is no target.
    Macro,
    /// The mean over the classes, each weighing as much as it has targets.
    Weighted,
    /// None: a number a class.
    PerClass,
}

impl Average {
    /// The average's name, as it stands in the names of values.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Macro => "macro",
            Self::Weighted => "weighted",
            Self::PerClass => "per_class",
        }
    }
}
