use std::path::PathBuf;

use tch::TchError;

/// Why a model cannot be loaded, or pictures cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option is zero.
    #[error("{option} is 0, expected at least 1")]
    Zero {
        /// The option's name.
        option: &'static str,
    },
    /// A text names no device.
    #[error("`{text}` is no device, expected cpu, cuda or cuda:N")]
    Device {
        /// The text.
        text: String,
    },
    /// A text names no precision.
    #[error("`{text}` is no precision, expected f32, f16 or bf16")]
    Precision {
        /// The text.
        text: String,
    },
    /// The device is not there.
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
    /// The file cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no TorchScript module, or there is no room for it.
    #[error("{name}: not a TorchScript module that can be loaded")]
    Load {
        /// The model's name.
        name: String,
        /// What libtorch says.
        source: TorchError,
    },
    /// The pictures cannot be prepared.
    #[error("picture {position} of the batch cannot be prepared")]
    Picture {
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
        /// What libtorch says.
        source: TorchError,
    },
    /// The network's output has another shape than one row a picture and one column a class.
    #[error(
        "the network returned shape {found:?}, expected {expected:?}: one row a picture, one column for each of the class names"
    )]
    Output {
        /// What it returned.
        found: Vec<i64>,
        /// What was expected.
        expected: [usize; 2],
    },
    /// The module has no method `features`, or it failed.
    #[error("the module's method `features` is missing or failed")]
    Features {
        /// What libtorch says.
        source: TorchError,
    },
    /// The features have another shape than one row a picture, all of one length.
    #[error(
        "the method `features` returned shape {found:?}, expected [{pictures}, the same number each time]"
    )]
    FeatureShape {
        /// What it returned.
        found: Vec<i64>,
        /// How many pictures it was given.
        pictures: usize,
    },
    /// A score is NaN or infinite.
    #[error(
        "picture {position} of the batch has the score {value} for class {class}, expected a finite number"
    )]
    NotFinite {
        /// Its position in the batch.
        position: usize,
        /// The class.
        class: usize,
        /// The score.
        value: f32,
    },
}

/// What libtorch says, in one line.
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
