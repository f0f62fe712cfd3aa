use std::path::PathBuf;

/// Why a model cannot be loaded, or images cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder has no weights in a format that is read here.
    #[error(
        "the model folder {name} has no model.safetensors or pytorch_model.bin, nor the index of several such files"
    )]
    Missing {
        /// The folder's name.
        name: String,
    },
    /// A file of the folder cannot be read, or the network does not pass the folder's check.
    #[error(transparent)]
    Folder(#[from] model_folder::Error),
    /// An option is zero, or a score is NaN or infinite.
    #[error(transparent)]
    Inference(#[from] inference::Error),
    /// A file is not what its name says.
    #[error("{path} is not {expected}: {problem}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// `config.json` describes a network of another kind.
    #[error("the architecture is {found}, expected convnext or convnextv2")]
    Architecture {
        /// What the config names.
        found: String,
    },
    /// A setting of `config.json` has a value that is not supported.
    #[error("{setting} is {found}, expected {expected}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A weight is missing.
    #[error("the weights lack {name}")]
    MissingTensor {
        /// The tensor's name in the file.
        name: String,
    },
    /// A weight has another shape than its place in the network asks for.
    #[error("the weight {name} has shape {found:?}, expected {expected}")]
    Shape {
        /// The tensor's name in the file.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The expected shape.
        expected: String,
    },
    /// A weight has a type that is not read here.
    #[error("the weight {name} is of type {found}, expected F64, F32, F16 or BF16")]
    Type {
        /// The tensor's name in the file.
        name: String,
        /// Its type.
        found: String,
    },
    /// A weight is NaN or infinite.
    #[error("the weight {name} holds {value}, expected finite numbers")]
    Weight {
        /// The tensor's name in the file.
        name: String,
        /// The value.
        value: f32,
    },
    /// The file holds weights that no part of a ConvNeXt has: leaving them out would change the scores.
    #[error("the weights hold {names}, which no ConvNeXt has")]
    Unexpected {
        /// The tensors' names.
        names: String,
    },
    /// The network has another number of outputs than there are class names.
    #[error("the network has {found} outputs, expected one for each of the {expected} class names")]
    Classes {
        /// The network's outputs.
        found: usize,
        /// The class names.
        expected: usize,
    },
    /// An image cannot be prepared.
    #[error("image {position} of the batch cannot be prepared")]
    Image {
        /// Its position in the batch.
        position: usize,
        /// Why.
        source: model_folder::Error,
    },
    /// An image is too small for the network.
    #[error("the network is given {height}x{width} pixels, of which its stages leave none")]
    Size {
        /// Height behind the image processor.
        height: usize,
        /// Width behind the image processor.
        width: usize,
    },
}
