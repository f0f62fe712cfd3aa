use protocols::BoxError;

/// Why a model cannot be loaded, or images cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder has no ONNX network.
    #[error("the model folder {name} has no model.onnx, nor a single other .onnx file")]
    Missing {
        /// The folder's name.
        name: String,
    },
    /// A file of the folder cannot be read, or the network does not pass the folder's check.
    #[error(transparent)]
    Folder(#[from] model_folder::Error),
    /// The file is not an ONNX model, or one that `rten` cannot run.
    #[error("{name}: not an ONNX model that can be run")]
    Load {
        /// The model's name.
        name: String,
        /// What is wrong with it.
        source: BoxError,
    },
    /// The network has an operator that `rten` computes differently from the ONNX standard.
    #[error("{name}: the operator {operator} ({node}) {reason}")]
    Operator {
        /// The model's name.
        name: String,
        /// The operator.
        operator: String,
        /// The name of its node.
        node: String,
        /// Why it is refused.
        reason: String,
    },
    /// The network has another number of inputs than one.
    #[error("{name}: the network has the inputs {}, expected a single one", list(found))]
    Inputs {
        /// The model's name.
        name: String,
        /// The inputs' names.
        found: Vec<String>,
    },
    /// The network's input is not a batch of images of three channels.
    #[error("{name}: the network's input {input} has {found}, expected (batch, 3, height, width)")]
    InputShape {
        /// The model's name.
        name: String,
        /// The input's name.
        input: String,
        /// What it has.
        found: String,
    },
    /// The image processor and the network disagree about the size of the input.
    #[error(
        "{name}: the image processor prepares images of {}x{}, the network takes {}x{}",
        found.0, found.1, expected.0, expected.1
    )]
    ImageSize {
        /// The model's name.
        name: String,
        /// The height and width that images are prepared to.
        found: (usize, usize),
        /// The height and width that the network takes.
        expected: (usize, usize),
    },
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
        shape: [usize; 4],
        /// `rten`'s error.
        source: BoxError,
    },
}

impl Error {
    /// A network that cannot be loaded.
    pub(crate) fn load(name: &str, problem: String) -> Self {
        Self::Load { name: name.to_owned(), source: problem.into() }
    }
}

/// An error of `rten`'s in one line: its messages repeat those of their sources, as an error here does not.
pub(crate) fn in_one_line(error: &dyn std::error::Error) -> BoxError {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = error.source();
    }
    line.into()
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
