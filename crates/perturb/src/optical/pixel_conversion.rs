use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// How electrons become grey levels. As text it is `radiometric` or `minmax`.
///
/// ```
/// use perturb::PixelConversion;
///
/// assert_eq!("minmax".parse::<PixelConversion>()?, PixelConversion::MinMax);
/// assert_eq!(PixelConversion::default().to_string(), "radiometric");
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PixelConversion {
    /// The reflectances of `reflectance_range` become black and white.
    #[default]
    Radiometric,
    /// The least and the greatest number of electrons in the image become black and white.
    MinMax,
}

impl PixelConversion {
    /// Every conversion.
    pub const ALL: &[Self] = &[Self::Radiometric, Self::MinMax];

    fn name(self) -> &'static str {
        match self {
            Self::Radiometric => "radiometric",
            Self::MinMax => "minmax",
        }
    }
}

impl fmt::Display for PixelConversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PixelConversion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| Error::unknown("pixel conversion", text, Self::ALL.iter().map(|mode| mode.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_and_display_write_the_same() {
        for mode in PixelConversion::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.to_string());
            assert_eq!(mode.to_string().parse::<PixelConversion>().unwrap(), *mode);
        }
    }
}
