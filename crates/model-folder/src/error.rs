use std::path::PathBuf;

use crate::kind::{KINDS, Kind, TIMM_WRAPPER};

/// Why a model folder cannot be read, or an image cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the folder cannot be read.
    #[error("cannot read {path}, expected {expected}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file of the folder is not what its name says.
    #[error("{path}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        #[source]
        source: Box<Error>,
    },
    /// A text is not JSON, or not of the expected form.
    #[error("not {expected}: {problem}")]
    Json {
        /// What it should be.
        expected: &'static str,
        /// Where it is not.
        problem: String,
    },
    /// A file is a Git LFS pointer.
    #[error("{path} is a Git LFS pointer, run `git lfs pull`", path = path.display())]
    LfsPointer {
        /// The file.
        path: PathBuf,
    },
    /// A file is neither an ONNX nor a TorchScript network by its name.
    #[error("{path} is neither a folder nor an .onnx or .pt file", path = path.display())]
    Weights {
        /// The file.
        path: PathBuf,
    },
    /// The class names are missing or incomplete.
    #[error("{field} {problem}, expected {expected}")]
    Labels {
        /// The field of `config.json`.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A backend's outputs for the check image are not the expected ones.
    #[error(
        "the network returns {found} for class {class} of check.png, expected {expected}: \
         it is not computed as it was when it was exported"
    )]
    Check {
        /// The class.
        class: usize,
        /// The network's output.
        found: f32,
        /// The output in `check.json`.
        expected: f32,
    },
    /// `check.json` has another number of outputs than the network.
    #[error("the network returns {found} outputs for check.png, expected {expected}")]
    CheckLength {
        /// How many the network returns.
        found: usize,
        /// How many `check.json` has.
        expected: usize,
    },
    /// `check.png` is not an image that can be read.
    #[error("not the image of a check: {problem}")]
    CheckImage {
        /// Why not.
        problem: String,
    },
    /// Neither file says which processor it is.
    #[error(
        "the image processor's type is unknown: image_processor_type is absent, and {}",
        model_type.as_ref().map_or_else(
            || "so is model_type in config.json".to_owned(),
            |model_type| format!("model_type in config.json is `{model_type}`, which has no known processor")
        )
    )]
    NoProcessor {
        /// The `model_type` of `config.json`.
        model_type: Option<String>,
    },
    /// The processor's type is not known.
    #[error(
        "image_processor_type is `{name}`, expected one of {} (or their Fast, Pil and FeatureExtractor forms)",
        known()
    )]
    Processor {
        /// The type.
        name: String,
    },
    /// A setting of the processor is out of range.
    #[error("{setting} is {value}, expected {expected}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What was found.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// An image has other channels than the processor takes, or no pixels.
    #[error("the image has shape {shape:?}, expected {expected}")]
    Image {
        /// Its height, width and channels.
        shape: (usize, usize, usize),
        /// What it must have.
        expected: &'static str,
    },
    /// The image would be prepared to too many pixels.
    #[error(
        "an image of {}x{} would be prepared to {}x{}, expected at most {most} pixels",
        image.0, image.1, output.0, output.1
    )]
    OutputSize {
        /// The image's height and width.
        image: (usize, usize),
        /// The height and width it would be prepared to.
        output: (usize, usize),
        /// The largest number of pixels.
        most: usize,
    },
    /// The images of one batch are prepared to different sizes.
    #[error(
        "an image of {height}x{width} is prepared to {size:?}, expected {expected:?} like the first of the batch"
    )]
    BatchSize {
        /// The image's height.
        height: usize,
        /// The image's width.
        width: usize,
        /// The size it is prepared to.
        size: (usize, usize),
        /// The size of the batch's first image.
        expected: (usize, usize),
    },
    /// The output buffer has the wrong length.
    #[error("the buffer has {found} values, expected {expected}")]
    BufferLength {
        /// Its length.
        found: usize,
        /// The number of values of the prepared image.
        expected: usize,
    },
}

fn known() -> String {
    let mut classes: Vec<_> = KINDS.iter().map(Kind::class).collect();
    classes.push(TIMM_WRAPPER.to_owned());
    classes.join(", ")
}
