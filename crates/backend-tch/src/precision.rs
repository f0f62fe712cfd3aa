use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The number format a network computes in.
///
/// Weights and activations have this format; scores are always returned as f32. `docs/backend-tch.md` has measurements
/// of each.
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
    /// 16 bits with the range of `F32` and 7 bits of fraction: for CUDA, and for processors with instructions for it.
    Bf16,
}

impl Precision {
    /// Every precision.
    pub const ALL: &[Self] = &[Self::F32, Self::F16, Self::Bf16];

    pub(crate) fn kind(self) -> tch::Kind {
        match self {
            Self::F32 => tch::Kind::Float,
            Self::F16 => tch::Kind::Half,
            Self::Bf16 => tch::Kind::BFloat16,
        }
    }
}

impl Precision {
    /// Whether this machine's processor computes in this precision by itself.
    pub(crate) fn has_instructions(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        let (f16, bf16) = (is_x86_feature_detected!("avx512fp16"), is_x86_feature_detected!("avx512bf16"));
        #[cfg(target_arch = "aarch64")]
        let (f16, bf16) = (
            std::arch::is_aarch64_feature_detected!("fp16"),
            std::arch::is_aarch64_feature_detected!("bf16"),
        );
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let (f16, bf16) = (false, false);
        match self {
            Self::F32 => true,
            Self::F16 => f16,
            Self::Bf16 => bf16,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let precision = Self::ALL.iter().find(|precision| precision.to_string() == text);
        precision.copied().ok_or_else(|| Error::Precision { text: text.to_owned() })
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
