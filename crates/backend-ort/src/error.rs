use std::path::PathBuf;

use protocols::BoxError;

/// Why ONNX Runtime or a model cannot be loaded, or images cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option is zero.
    #[error("{option} is 0, expected at least 1")]
    Zero {
        /// The option's name.
        option: &'static str,
    },
    /// A text that is not a device.
    #[error("`{text}` is not a device, expected cpu, cuda, cuda:N, tensorrt or tensorrt:N")]
    Device {
        /// The text.
        text: String,
    },
    /// The shared library cannot be loaded.
    #[error(
        "ONNX Runtime cannot be loaded from {}: {problem} (docs/backends.md says how to install it)",
        library.display()
    )]
    Library {
        /// The library.
        library: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The shared library is too old.
    #[error("{} is ONNX Runtime {found}, expected 1.{minor} or later", library.display())]
    Version {
        /// The library.
        library: PathBuf,
        /// Its version.
        found: String,
        /// The oldest minor version that will do.
        minor: u32,
    },
    /// The process has loaded another library.
    #[error("{} cannot be loaded: the process has loaded {}, and can load one only", library.display(), loaded.display())]
    Loaded {
        /// The library that was asked for.
        library: PathBuf,
        /// The library that is loaded.
        loaded: PathBuf,
    },
    /// The shared library was built without the device's execution provider.
    #[error("{} was built without {provider}, which the device {device} needs", library.display())]
    Provider {
        /// The library.
        library: PathBuf,
        /// ONNX Runtime's name of the execution provider.
        provider: &'static str,
        /// The device.
        device: String,
    },
    /// The device cannot be used.
    #[error("ONNX Runtime cannot use the device {device}")]
    NoDevice {
        /// The device.
        device: String,
        /// ONNX Runtime's error.
        source: BoxError,
    },
    /// ONNX Runtime computes no part of the network on the device.
    #[error("{name}: ONNX Runtime computes the network on {found}, not on the device {device}")]
    Placement {
        /// The model's name.
        name: String,
        /// The device.
        device: String,
        /// The execution providers that compute it.
        found: String,
    },
    /// The folder has no ONNX network.
    #[error("the model folder {name} has no model.onnx, nor a single other .onnx file")]
    Missing {
        /// The folder's name.
        name: String,
    },
    /// A file of the folder cannot be read, or the network does not pass the folder's check.
    #[error(transparent)]
    Folder(model_folder::Error),
    /// The file is not an ONNX model, or one that ONNX Runtime cannot run.
    #[error("{name}: not an ONNX model that can be run")]
    Load {
        /// The model's name.
        name: String,
        /// ONNX Runtime's error.
        source: BoxError,
    },
    /// The network has another number of inputs than one.
    #[error("{name}: the network has the inputs {}, expected a single one", list(found))]
    Inputs {
        /// The model's name.
        name: String,
        /// The inputs' names.
        found: Vec<String>,
    },
    /// The network's input is not a batch of images of three channels, or of numbers that images are not written in.
    #[error(
        "{name}: the network's input {input} has {found}, expected (batch, 3, height, width) of float32, float16, \
         float64, uint8, int32 or int64"
    )]
    Input {
        /// The model's name.
        name: String,
        /// The input's name.
        input: String,
        /// What it has.
        found: String,
    },
    /// The image processor and the network disagree about the size of the input.
    #[error("{name}: the image processor prepares images of {}x{}, the network takes {}x{}", found.0, found.1, expected.0, expected.1)]
    ImageSize {
        /// The model's name.
        name: String,
        /// The height and width that images are prepared to.
        found: (usize, usize),
        /// The height and width that the network takes.
        expected: (usize, usize),
    },
    /// The network failed on a trial image when it was loaded.
    #[error("{name}: the network failed on a trial image, by which it is found out what it returns")]
    Trial {
        /// The model's name.
        name: String,
        /// Why.
        source: Box<Error>,
    },
    /// It cannot be found out which output to take, or what it is.
    #[error(transparent)]
    Outputs(inference::Error),
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
        /// ONNX Runtime's error.
        source: BoxError,
    },
    /// The network's output has another shape than one row per image and one column per class.
    #[error(
        "the network returned shape {found:?}, expected {expected:?}: one row per image, one column for each of the class names"
    )]
    Output {
        /// What it returned.
        found: Vec<usize>,
        /// What was expected.
        expected: [usize; 2],
    },
    /// The network's output holds other values than floating point numbers.
    #[error("the network returned {found}, expected float32, float16 or float64")]
    OutputType {
        /// What it returned.
        found: String,
    },
    /// A score is NaN or infinite.
    #[error(
        "image {position} of the batch has the score {value} for class {class}, expected a finite number"
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

/// ONNX Runtime's error in one line, without the place in its source and the code that precede what it says.
pub(crate) fn in_one_line<R>(error: &ort::Error<R>) -> BoxError {
    said(error.message()).into()
}

fn said(message: &str) -> String {
    let code = message.rsplit_once("[ONNXRuntimeError] : ").map(|(_, rest)| rest.splitn(3, " : "));
    let said = code.and_then(|mut parts| parts.nth(2)).unwrap_or(message);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_onnx_runtime_says_is_one_line() {
        for (message, line) in [
            (
                "/src/bridge.cc:2043 Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load x.so: no such file\n",
                "Failed to load x.so: no such file",
            ),
            ("Load model failed :\n  protobuf", "Load model failed : protobuf"),
            ("[ONNXRuntimeError] : 1", "[ONNXRuntimeError] : 1"),
        ] {
            assert_eq!(said(message), line);
        }
    }
}
