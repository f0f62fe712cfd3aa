use tch::TchError;

/// Why a model cannot be loaded, or images cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is not a device.
    #[error("`{text}` is not a device, expected cpu, cuda or cuda:N")]
    Device {
        /// The text.
        text: String,
    },
    /// A text that is not a precision.
    #[error("`{text}` is not a precision, expected f32, f16 or bf16")]
    Precision {
        /// The text.
        text: String,
    },
    /// The device does not exist.
    #[error(
        "there is no {device}: the libtorch in {libtorch} was built {built} CUDA and finds {found} devices"
    )]
    NoDevice {
        /// The device.
        device: String,
        /// The folder of libtorch.
        libtorch: &'static str,
        /// `with` or `without`.
        built: &'static str,
        /// How many CUDA devices there are.
        found: usize,
    },
    /// The folder has no `model.pt`.
    #[error("the model folder {name} has no model.pt")]
    Missing {
        /// The folder's name.
        name: String,
    },
    /// A file of the folder cannot be read, or the network does not pass the folder's check.
    #[error(transparent)]
    Folder(#[from] model_folder::Error),
    /// The network failed on a trial image when it was loaded.
    #[error("{name}: the network failed on a trial image, which was to show what it returns")]
    Trial {
        /// The model's name.
        name: String,
        /// Why.
        source: Box<Error>,
    },
    /// An option is zero, or the network's outputs are not scores for the class names.
    #[error(transparent)]
    Inference(#[from] inference::Error),
    /// The file is not a TorchScript module, or there is no memory for it.
    #[error("{name}: not a TorchScript module that can be loaded")]
    Load {
        /// The model's name.
        name: String,
        /// libtorch's error.
        source: TorchError,
    },
    /// An image cannot be prepared.
    #[error("image {position} of the batch cannot be prepared")]
    Image {
        /// Its position in the batch.
        position: usize,
        /// Why.
        source: model_folder::Error,
    },
    /// The network failed.
    #[error("the network failed on a batch of shape {shape:?}")]
    Run {
        /// The input's shape.
        shape: Vec<i64>,
        /// libtorch's error.
        source: TorchError,
    },
    /// The module has no method `features`, or it failed.
    #[error("the module's method `features` is missing or failed")]
    Features {
        /// libtorch's error.
        source: TorchError,
    },
    /// The features have another shape than one row per image, all of one length.
    #[error(
        "the method `features` returned shape {found:?}, expected {images} rows, of the same length each time"
    )]
    FeatureShape {
        /// The shape that it returned.
        found: Vec<usize>,
        /// How many images it was given.
        images: usize,
    },
}

/// libtorch's error, in one line.
///
/// The C++ backtrace that follows it is in the `Debug` form.
#[derive(Debug)]
pub struct TorchError(TchError);

impl From<TchError> for TorchError {
    fn from(error: TchError) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for TorchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match &self.0 {
            TchError::Torch(said) => said.clone(),
            other => other.to_string(),
        };
        let said = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("Exception raised"));
        let told: Vec<&str> = said.take_while(|line| !line.starts_with("frame #")).collect();
        // After a traceback of TorchScript's own, the line that names the kind of error says what went wrong.
        let line = told.iter().rev().find(|line| names_an_error(line)).or(told.first());
        f.write_str(line.copied().unwrap_or("no reason was given"))
    }
}

/// Whether a line begins as `RuntimeError: ` or `builtins.ValueError: ` do.
fn names_an_error(line: &str) -> bool {
    let Some((kind, _)) = line.split_once(": ") else { return false };
    let kind = kind.rsplit('.').next().unwrap_or(kind);
    ["Error", "Exception"].iter().any(|ending| kind.ends_with(ending))
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl std::error::Error for TorchError {}
