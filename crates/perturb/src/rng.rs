use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A kind of random stream. As text it is `chacha` or `numpy`.
///
/// ```
/// use perturb::Rng;
///
/// assert_eq!("numpy".parse::<Rng>()?, Rng::Numpy);
/// assert_eq!(Rng::default().to_string(), "chacha");
/// let error = "dice".parse::<Rng>().unwrap_err();
/// assert_eq!(error.to_string(), "there is no rng `dice`, expected one of chacha, numpy");
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rng {
    /// `ChaCha8`, the default: fast.
    #[default]
    ChaCha,
    /// `numpy.random.default_rng`: the pixels of the Python originals.
    Numpy,
}

impl Rng {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::ChaCha, Self::Numpy];

    fn name(self) -> &'static str {
        match self {
            Self::ChaCha => "chacha",
            Self::Numpy => "numpy",
        }
    }
}

impl fmt::Display for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rng {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|rng| rng.name() == text)
            .ok_or_else(|| Error::unknown("rng", text, Self::ALL.iter().map(|rng| rng.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_and_display_write_the_same() {
        for rng in Rng::ALL {
            assert_eq!(serde_json::to_value(rng).unwrap(), rng.to_string());
            assert_eq!(rng.to_string().parse::<Rng>().unwrap(), *rng);
        }
    }
}
