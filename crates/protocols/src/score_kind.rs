use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What a model's scores are: probabilities or logits.
///
/// It matters for saliency maps, since occlusion changes logits and probabilities differently.
///
/// ```
/// use protocols::ScoreKind;
///
/// assert_eq!("logits".parse::<ScoreKind>()?, ScoreKind::Logits);
/// assert_eq!(ScoreKind::Probabilities.to_string(), "probabilities");
/// # Ok::<(), protocols::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScoreKind {
    /// Non-negative, and each row sums to one.
    Probabilities,
    /// Unnormalised log-probabilities: the input of a softmax.
    Logits,
}

impl ScoreKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Probabilities, Self::Logits];

    const NAMES: &[&str] = &["probabilities", "logits"];
}

impl fmt::Display for ScoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Probabilities => "probabilities",
            Self::Logits => "logits",
        })
    }
}

impl FromStr for ScoreKind {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`] for any other text than `probabilities` and `logits`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let kind = Self::ALL.iter().find(|kind| kind.to_string() == text);
        let unknown =
            || Error::UnknownName { what: "score kind", name: text.to_owned(), expected: Self::NAMES };
        kind.copied().ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_name() {
        for (kind, name) in ScoreKind::ALL.iter().zip(ScoreKind::NAMES) {
            assert_eq!(kind.to_string(), *name);
            assert_eq!(name.parse::<ScoreKind>().unwrap(), *kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), *name);
        }
    }

    #[test]
    fn another_name_is_refused_with_the_possible_ones() {
        let error = "logit".parse::<ScoreKind>().unwrap_err();
        assert_eq!(error.to_string(), "unknown score kind `logit`, expected one of probabilities, logits");
    }
}
