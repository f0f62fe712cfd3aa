use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What computes a model's scores.
///
/// ```
/// use models::Backend;
///
/// assert_eq!("rten".parse::<Backend>()?, Backend::Rten);
/// assert_eq!("abacus".parse::<Backend>().unwrap_err().to_string(), "backend is `abacus`, expected rten, native, tch or ort");
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Backend {
    /// ONNX in pure Rust, on the CPU.
    Rten,
    /// `ConvNeXt` and `ConvNeXt` V2 from `safetensors`, in pure Rust, on the CPU.
    Native,
    /// TorchScript on libtorch, on the CPU or CUDA; needs the feature `tch`.
    Tch,
    /// ONNX on ONNX Runtime, on the CPU, CUDA or TensorRT; needs the feature `ort`.
    Ort,
}

impl Backend {
    /// Every backend.
    pub const ALL: &'static [Self] = &[Self::Rten, Self::Native, Self::Tch, Self::Ort];
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rten => "rten",
            Self::Native => "native",
            Self::Tch => "tch",
            Self::Ort => "ort",
        })
    }
}

impl FromStr for Backend {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |backend: &&Self| backend.to_string() == text;
        Self::ALL.iter().find(named).copied().ok_or_else(|| Error::Name {
            what: "backend",
            name: text.to_owned(),
            expected: "rten, native, tch or ort",
        })
    }
}

impl From<Backend> for String {
    fn from(backend: Backend) -> Self {
        backend.to_string()
    }
}

impl TryFrom<String> for Backend {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}
