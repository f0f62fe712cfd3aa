use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What happens to a study when an image fails.
///
/// ```
/// use study::OnError;
///
/// assert_eq!("skip".parse::<OnError>()?, OnError::Skip);
/// assert_eq!(OnError::default().to_string(), "stop");
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnError {
    /// The study stops and names the image.
    #[default]
    Stop,
    /// The study skips the image, continues, and lists it.
    Skip,
}

impl OnError {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Stop, Self::Skip];
}

impl fmt::Display for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "stop",
            Self::Skip => "skip",
        })
    }
}

impl FromStr for OnError {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|value| value.to_string() == text).ok_or_else(|| Error::Name {
            what: "on_error",
            name: text.to_owned(),
            expected: "stop or skip".into(),
        })
    }
}
