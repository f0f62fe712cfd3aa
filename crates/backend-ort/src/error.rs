use std::path::PathBuf;

use protocols::BoxError;

/// Why ONNX Runtime or a model cannot be loaded, or images cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
    Folder(#[from] model_folder::Error),
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
        /// ONNX Runtime's error.
        source: BoxError,
    },
    /// The network's output holds other values than floating point numbers.
    #[error("the network returned {found}, expected float32, float16 or float64")]
    OutputType {
        /// What it returned.
        found: String,
    },
}

/// ONNX Runtime's error in one line, without the place in its source and the code that precede what it says.
pub(crate) fn in_one_line<R>(error: &ort::Error<R>) -> BoxError {
    said(error.message()).into()
}

fn said(message: &str) -> String {
    let code = message.rsplit_once("[ONNXRuntimeError] : ").map(|(_, rest)| rest.splitn(3, " : "));
    let said = code.and_then(|mut parts| parts.nth(2)).unwrap_or(message);
    let mut words = said.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if is_place(word) {
            // The function follows.
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// Whether a word is a place in ONNX Runtime's source, such as `bridge.cc:2043`.
fn is_place(word: &str) -> bool {
    word.rsplit_once(':').is_some_and(|(file, line)| {
        [".cc", ".cpp", ".h"].iter().any(|ending| file.ends_with(ending)) && line.parse::<u32>().is_ok()
    })
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
            (
                "provider_options_utils.h:187 Parse Failed to parse provider option \"device_id\": \
                 cuda_execution_provider_info.cc:71 operator() Invalid device ID: 7, must be between 0 (inclusive) \
                 and 1 (exclusive).\n",
                "Failed to parse provider option \"device_id\": Invalid device ID: 7, must be between 0 (inclusive) and 1 \
                 (exclusive).",
            ),
        ] {
            assert_eq!(said(message), line);
        }
    }
}
