use std::path::PathBuf;

use tch::TchError;

/// Why a model cannot be loaded, or pictures cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text names no device.
    #[error("`{text}` is no device, expected cpu, cuda or cuda:N")]
    Device {
        /// The text.
        text: String,
    },
    /// The device is not there.
    #[error("there is no {device}: libtorch was built {built} CUDA and finds {found} devices")]
    NoDevice {
        /// The device.
        device: String,
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
    /// The file is no TorchScript module.
    #[error("{name}: not a TorchScript module")]
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
        shape: [usize; 4],
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
        let text = self.0.to_string();
        // TorchScript's own report ends with the line that says what went wrong.
        let said = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("Exception raised"));
        let told: Vec<&str> = said.take_while(|line| !line.starts_with("frame #")).collect();
        let line = told.iter().rev().find(|line| line.starts_with("RuntimeError")).or(told.first());
        f.write_str(line.copied().unwrap_or("no reason was given"))
    }
}

impl std::error::Error for TorchError {}
