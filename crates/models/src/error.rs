use crate::Backend;

/// Why a model cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name is not known.
    #[error("{what} is `{name}`, expected {expected}")]
    Name {
        /// What is named.
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The names that are known.
        expected: &'static str,
    },
    /// The backend cannot do what is asked for.
    #[error("{what} is `{value}`, but the backend {backend} {limit}")]
    Unsupported {
        /// `device`, `precision`, `output`, `scores` or `model`.
        what: &'static str,
        /// The value that was given.
        value: String,
        /// The backend.
        backend: Backend,
        /// What the backend can do.
        limit: &'static str,
    },
    /// The program was compiled without the backend.
    #[error(
        "{what}: this program was built without the backend {backend}; build it with the feature `{backend}` (docs/backends.md)"
    )]
    NotBuilt {
        /// Why the backend is needed.
        what: String,
        /// The backend.
        backend: Backend,
    },
    /// The backend `ort` was not told where ONNX Runtime is.
    #[error("the backend ort needs ONNX Runtime, and was not told where its shared library is")]
    NoOnnxRuntime,
    /// The model's folder is not complete.
    #[error(transparent)]
    Folder(#[from] model_folder::Error),
    /// The ONNX model cannot be loaded.
    #[error(transparent)]
    Rten(#[from] backend_rten::Error),
    /// The weights cannot be loaded.
    #[error(transparent)]
    Native(#[from] convnext::Error),
    /// The TorchScript model cannot be loaded.
    #[cfg(feature = "tch")]
    #[error(transparent)]
    Tch(#[from] backend_tch::Error),
    /// ONNX Runtime or the ONNX model cannot be loaded.
    #[cfg(feature = "ort")]
    #[error(transparent)]
    Ort(#[from] backend_ort::Error),
}

impl Error {
    /// Whether what was asked for is impossible, whatever the model's files.
    ///
    /// ```
    /// use models::{Backend, ModelConfig};
    ///
    /// let config = ModelConfig { device: Some("cuda".into()), backend: Some(Backend::Rten), ..ModelConfig::default() };
    /// assert!(config.open().is_err_and(|error| error.is_usage()));
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Name { .. } | Self::Unsupported { .. })
    }
}
