use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The numbers that a network computes with.
///
/// Weights and activations are all of this kind; scores are returned as f32 in any case. `docs/backend-tch.md`
/// says what each was measured to cost and to save.
///
/// ```
/// use backend_tch::Precision;
///
/// assert_eq!("bf16".parse::<Precision>()?, Precision::Bf16);
/// assert_eq!(Precision::F16.to_string(), "f16");
/// assert!("f64".parse::<Precision>().is_err());
/// # Ok::<(), backend_tch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, 10 of them for the fraction: for CUDA.
    F16,
    /// 16 bits with the range of `F32` and 7 bits of fraction: for CUDA, and for processors that multiply it.
    Bf16,
}

impl Precision {
    pub(crate) fn kind(self) -> tch::Kind {
        match self {
            Self::F32 => tch::Kind::Float,
            Self::F16 => tch::Kind::Half,
            Self::Bf16 => tch::Kind::BFloat16,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            _ => Err(Error::Precision { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        })
    }
}
