use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// How an image is resized: OpenCV's methods, by name or by the number that they have in `cv2`.
///
/// ```
/// use perturb::Interpolation;
///
/// assert_eq!("linear".parse::<Interpolation>()?, Interpolation::Linear);
/// assert_eq!(serde_json::from_str::<Interpolation>("3").unwrap(), Interpolation::Area);
/// let error = "bicubic".parse::<Interpolation>().unwrap_err().to_string();
/// assert!(error.starts_with("there is no interpolation `bicubic`, expected one of nearest, linear, cubic"));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "String")]
#[non_exhaustive]
pub enum Interpolation {
    /// The nearest pixel, in OpenCV's inexact coordinates (`cv2.INTER_NEAREST`, 0).
    Nearest,
    /// Bilinear, with weights of 11 bits (`cv2.INTER_LINEAR`, 1).
    #[default]
    Linear,
    /// Bicubic, over four pixels along each axis, a = -0.75, in single precision (`cv2.INTER_CUBIC`, 2).
    ///
    /// OpenCV's packages for x86-64 leave this to Intel's IPP, whose order of additions was found by experiment: one
    /// value in 100,000 differs, by 1.
    Cubic,
    /// The mean of the covered area where both sides shrink, else bilinear between cells (`cv2.INTER_AREA`, 3).
    Area,
    /// Lanczos over eight pixels along each axis, with weights of 11 bits (`cv2.INTER_LANCZOS4`, 4).
    Lanczos4,
    /// Bilinear, the same on every machine (`cv2.INTER_LINEAR_EXACT`, 5).
    LinearExact,
    /// The nearest pixel, the same on every machine (`cv2.INTER_NEAREST_EXACT`, 6).
    NearestExact,
}

impl Interpolation {
    /// Every method.
    pub const ALL: &'static [Self] = &[
        Self::Nearest,
        Self::Linear,
        Self::Cubic,
        Self::Area,
        Self::Lanczos4,
        Self::LinearExact,
        Self::NearestExact,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Linear => "linear",
            Self::Cubic => "cubic",
            Self::Area => "area",
            Self::Lanczos4 => "lanczos4",
            Self::LinearExact => "linear-exact",
            Self::NearestExact => "nearest-exact",
        }
    }

    fn number(self) -> u64 {
        match self {
            Self::Nearest => 0,
            Self::Linear => 1,
            Self::Cubic => 2,
            Self::Area => 3,
            Self::Lanczos4 => 4,
            Self::LinearExact => 5,
            Self::NearestExact => 6,
        }
    }

    fn find(text: &dyn fmt::Display, fits: impl Fn(Self) -> bool) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|&method| fits(method)).ok_or_else(|| {
            Error::unknown("interpolation", &text.to_string(), Self::ALL.iter().map(|method| method.name()))
        })
    }
}

impl fmt::Display for Interpolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Interpolation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::find(&text, |method| method.name() == text)
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an interpolation's name, or its number in cv2")]
enum Form {
    Name(String),
    Number(u64),
}

impl TryFrom<Form> for Interpolation {
    type Error = Error;

    fn try_from(form: Form) -> Result<Self, Error> {
        match form {
            Form::Name(name) => name.parse(),
            Form::Number(number) => Self::find(&number, |method| method.number() == number),
        }
    }
}

impl From<Interpolation> for String {
    fn from(method: Interpolation) -> Self {
        method.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_reads_back_from_its_name_and_its_number() {
        for &method in Interpolation::ALL {
            assert_eq!(method.to_string().parse::<Interpolation>().unwrap(), method);
            assert_eq!(serde_json::from_value::<Interpolation>(method.number().into()).unwrap(), method);
            assert_eq!(
                serde_json::from_value::<Interpolation>(serde_json::to_value(method).unwrap()).unwrap(),
                method
            );
        }
        assert!(serde_json::from_str::<Interpolation>("16").is_err());
    }
}
