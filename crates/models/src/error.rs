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
    /// A model of the Hugging Face Hub is opened as if it were a folder.
    #[error(
        "{name} is a model of the Hugging Face Hub, which is fetched before it is opened: that needs the feature `hub`"
    )]
    Unfetched {
        /// The name.
        name: String,
    },
    /// A model cannot be fetched from the Hugging Face Hub.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(#[from] hub::Error),
    /// A model of the Hugging Face Hub holds nothing that a backend runs.
    #[error(
        "{repo} {problem}; export it with scripts/export_torchscript.py and give the folder that it writes; the repository holds \
         {present}"
    )]
    NoNetwork {
        /// The repository.
        repo: String,
        /// Why none of its files is taken.
        problem: String,
        /// The files that there are.
        present: String,
    },
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
    /// let rten = ModelConfig { backend: Some(Backend::Rten), ..ModelConfig::default() };
    /// let config = ModelConfig { device: Some("cuda".into()), ..rten };
    /// assert!(config.open().is_err_and(|error| error.is_usage()));
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Name { .. } | Self::Unsupported { .. } => true,
            #[cfg(feature = "hub")]
            Self::Hub(error) => error.is_usage(),
            _ => false,
        }
    }
}
