use std::path::PathBuf;

use protocols::BoxError;

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
    /// The folder has no `model.onnx`.
    #[error("the model folder {name} has no model.onnx")]
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
    /// The file is no ONNX model, or one that `rten` cannot run.
    #[error("{name}: not an ONNX model that can be run")]
    Load {
        /// The model's name.
        name: String,
        /// What `rten` says.
        source: BoxError,
    },
    /// The network has another number of inputs or outputs than one of each.
    #[error("{name}: the network has {inputs} inputs and {outputs} outputs, expected one of each")]
    Signature {
        /// The model's name.
        name: String,
        /// How many inputs it has.
        inputs: usize,
        /// How many outputs it has.
        outputs: usize,
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
        /// What `rten` says.
        source: BoxError,
    },
    /// The network's output has another shape than one row a picture and one column a class.
    #[error(
        "the network returned shape {found:?}, expected {expected:?}: one row a picture, one column for each of the class names"
    )]
    Output {
        /// What it returned.
        found: Vec<usize>,
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
