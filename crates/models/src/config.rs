use std::path::{Path, PathBuf};

use convnext::ConvNextModel;
use inference::OutputKind;
use model_folder::{ModelFolder, read_file};
use serde::{Deserialize, Serialize};

use crate::{Backend, Error, shipped};

/// Which model, and how it runs; serde's form of it is a table in a study file.
///
/// ```
/// use models::{Backend, ModelConfig};
///
/// let config = ModelConfig { backend: Some(Backend::Rten), threads: Some(2), ..ModelConfig::default() };
/// assert_eq!(config.checksum()?, "eurosat-convnext");
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// The model's folder, or `hf:OWNER/NAME[@REVISION]`, a model of the Hugging Face Hub, which is fetched first (feature
    /// `hub`); by default the shipped model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The backend; by default it depends on the files in the folder and on the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    /// The name of the network's output to take; by default the only one, or the one named `logits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Whether the network returns logits or probabilities; by default that is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<OutputKind>,
    /// `cpu`, `cuda` or `cuda:N`, and for the backend `ort` also `tensorrt` or `tensorrt:N`; by default the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// `f32`, `f16` or `bf16`, if the backend knows it; by default f32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// Images per forward pass; by default the backend chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    /// Threads; by default one per processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The shared library of ONNX Runtime, which the backend `ort` loads. It belongs to the machine and is no part of a
    /// study file.
    #[serde(skip)]
    pub onnx_runtime: Option<PathBuf>,
}

impl ModelConfig {
    /// The device, such as `cpu`.
    #[must_use]
    pub fn device(&self) -> &str {
        self.device.as_deref().unwrap_or("cpu")
    }

    /// The precision, such as `f32`.
    #[must_use]
    pub fn precision(&self) -> &str {
        self.precision.as_deref().unwrap_or("f32")
    }

    /// The backend for a folder's files on the CPU: the weights of a `ConvNeXt`, which run fastest; then ONNX, since it
    /// needs nothing installed; then libtorch.
    pub(crate) fn backend_for(&self, folder: &ModelFolder) -> Backend {
        self.backend.unwrap_or_else(|| {
            if self.device() != "cpu" {
                return self.backend_for_a_gpu(folder.onnx().is_some(), folder.torchscript().is_some());
            }
            if !folder.names_a_network() && ConvNextModel::is_in(folder) {
                return self.pure_rust_backend(folder.onnx().is_some());
            }
            match (folder.onnx(), folder.torchscript()) {
                (None, Some(_)) => Backend::Tch,
                // Its error says why it does not read these weights.
                (None, None) if ConvNextModel::weight_files(folder).is_ok() => Backend::Native,
                // Its error names the files that are expected, if there are none.
                _ => Backend::Rten,
            }
        })
    }

    /// The backend for a `ConvNeXt`'s weights, beside which there may be ONNX: only that may have several outputs, or
    /// return probabilities.
    pub(crate) fn pure_rust_backend(&self, onnx: bool) -> Backend {
        let logits = self.output.is_none() && self.scores != Some(OutputKind::Probabilities);
        if logits || !onnx { Backend::Native } else { Backend::Rten }
    }

    /// The backend for another device than the CPU: one whose file is there, and with which the program was built.
    pub(crate) fn backend_for_a_gpu(&self, onnx: bool, torchscript: bool) -> Backend {
        let tch = torchscript && (cfg!(feature = "tch") || !cfg!(feature = "ort") || !onnx);
        let ort = self.device().starts_with("tensorrt") || (onnx && !tch);
        if ort { Backend::Ort } else { Backend::Tch }
    }

    /// The model's folder, unless it is the shipped model.
    pub(crate) fn opened_folder(&self) -> Result<Option<ModelFolder>, Error> {
        let Some(path) = &self.folder else { return Ok(None) };
        match path.to_str().filter(|path| path.starts_with("hf:")) {
            Some(name) => Err(Error::Unfetched { name: name.to_owned() }),
            None => Ok(Some(ModelFolder::open(path)?)),
        }
    }

    /// A checksum of the JSON files and of the weights that the backend reads; the shipped model is identified by its
    /// name.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`], [`Error::Rten`] or [`Error::Native`] if a file cannot be read.
    pub fn checksum(&self) -> Result<String, Error> {
        let Some(folder) = self.opened_folder()? else { return Ok(shipped::NAME.to_owned()) };
        let mut files = folder.files().to_vec();
        match self.backend_for(&folder) {
            Backend::Rten | Backend::Ort => {
                if let Some(onnx) = folder.onnx() {
                    files.push(onnx.to_owned());
                    files.extend(backend_rten::external_data(onnx)?);
                }
            }
            Backend::Native => files.extend(ConvNextModel::weight_files(&folder)?),
            Backend::Tch => files.extend(folder.torchscript().map(Path::to_owned)),
        }
        let mut sum = crc32fast::Hasher::new();
        for file in files {
            sum.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            sum.update(&read_file(&file, "a file of the model")?);
        }
        Ok(format!("{:08x}", sum.finalize()))
    }
}
