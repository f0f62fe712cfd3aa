use std::path::{Path, PathBuf};

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
    /// The model's folder; by default the shipped model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The backend; by default it depends on the files in the folder and on the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    /// `cpu`, `cuda` or `cuda:N`; by default the CPU.
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

    /// A checksum of the model's files, those with external data of an ONNX network among them; the shipped model is
    /// identified by its name.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] or [`Error::Rten`] if a file cannot be read.
    pub fn checksum(&self) -> Result<String, Error> {
        let Some(path) = &self.folder else { return Ok(shipped::NAME.to_owned()) };
        let folder = ModelFolder::open(path)?;
        let mut files = folder.files().to_vec();
        if let Some(onnx) = folder.onnx() {
            files.push(onnx.to_owned());
            files.extend(backend_rten::external_data(onnx)?);
        }
        files.extend(folder.torchscript().map(Path::to_owned));
        let mut sum = crc32fast::Hasher::new();
        for file in files {
            sum.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            sum.update(&read_file(&file, "a file of the model")?);
        }
        Ok(format!("{:08x}", sum.finalize()))
    }
}
