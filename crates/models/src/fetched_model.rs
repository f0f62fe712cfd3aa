//! Models of the Hugging Face Hub.

use std::path::{Path, PathBuf};

use convnext::ConvNextModel;
use hub::{Hub, Repo, RepoKind, Repository};
use model_folder::ModelFolder;
use protocols::Observer;

use crate::{Backend, Error, ModelConfig};

/// What is read of a model beside its network, where the repository has it.
const SETTINGS: [&str; 5] =
    ["config.json", "preprocessor_config.json", "processor_config.json", "check.json", "check.png"];

/// Weights of a network that this workspace computes itself, the first that is there.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// ONNX networks, the first that is there: as `transformers.js` has them, and as `optimum` does.
const ONNX: [&str; 2] = ["onnx/model.onnx", "model.onnx"];

const TORCHSCRIPT: &str = "model.pt";

/// A model whose files are on this machine.
///
/// ```
/// use hub::Hub;
/// use models::ModelConfig;
///
/// // What is not on the Hub is as it was.
/// let hub = Hub::builder().offline(true).build()?;
/// let fetched = ModelConfig::default().fetch(&hub, &mut ())?;
/// assert_eq!((fetched.pinned, fetched.local), (ModelConfig::default(), ModelConfig::default()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchedModel {
    /// The same model, with the commit in the place of a branch: `hf:OWNER/NAME@COMMIT`. It gives the same scores again.
    pub pinned: ModelConfig,
    /// The same model as a folder on this machine, to be opened.
    pub local: ModelConfig,
}

impl ModelConfig {
    /// Fetches a model whose folder is `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`. Any other model stays as it is.
    ///
    /// Only files that are needed are fetched: `config.json`, the image processor, and one network. That is `model.safetensors`,
    /// or its index and shards, or `pytorch_model.bin` likewise, if the backend `native` runs the architecture; or else
    /// `onnx/model.onnx` or `model.onnx` with its external data. The backend that is asked for narrows the choice.
    ///
    /// # Errors
    ///
    /// [`Error::Hub`] for what cannot be downloaded, [`Error::NoNetwork`] if the repository holds no network that the backend
    /// runs, [`Error::Folder`] for a `config.json` or an image processor that is not understood.
    pub fn fetch(&self, hub: &Hub, observer: &mut dyn Observer) -> Result<FetchedModel, Error> {
        let named = self.folder.as_deref().and_then(Path::to_str).filter(|name| Repo::is_named_by(name));
        let Some(name) = named else {
            return Ok(FetchedModel { pinned: self.clone(), local: self.clone() });
        };
        let repository = hub.repository(&name.parse::<Repo>()?, RepoKind::Model, observer)?;
        if !repository.has("config.json") {
            return Err(refused(&repository, "has no config.json, which names the classes".to_owned()));
        }
        let settings: Vec<&str> = SETTINGS.into_iter().filter(|file| repository.has(file)).collect();
        let folder = repository.fetch(&settings, observer)?;
        let (network, backend) = self.choose(&repository, &ModelFolder::open(&folder)?)?;
        repository.fetch(&network, observer)?;
        let first = network.first().map(String::as_str).unwrap_or_default();
        let folder = if backend == Some(Backend::Native) {
            // The index names the files that it is an index of.
            let files = ConvNextModel::weight_files(&ModelFolder::open(&folder)?)?;
            let below =
                |file: PathBuf| file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned();
            repository.fetch(&files.into_iter().map(below).collect::<Vec<_>>(), observer)?;
            folder
        } else {
            folder.join(first)
        };
        let pinned = Self { folder: Some(repository.pinned().to_string().into()), ..self.clone() };
        let local = Self { folder: Some(folder), backend, ..self.clone() };
        Ok(FetchedModel { pinned, local })
    }

    /// The files of the network, the main one first, and the backend that they decide on.
    fn choose(
        &self,
        repository: &Repository<'_>,
        folder: &ModelFolder,
    ) -> Result<(Vec<String>, Option<Backend>), Error> {
        let first =
            |names: &[&str]| names.iter().find(|name| repository.has(name)).map(|&name| name.to_owned());
        let (weights, onnx) = (first(&WEIGHTS), first(&ONNX));
        let without = |names: &[&str]| refused(repository, format!("has no {}", names.join(" or ")));
        let backend = match self.backend {
            None if self.device() != "cpu" => {
                Some(self.backend_for_a_gpu(onnx.is_some(), repository.has(TORCHSCRIPT)))
            }
            backend => backend,
        };
        match backend {
            Some(Backend::Tch) if repository.has(TORCHSCRIPT) => Ok((vec![TORCHSCRIPT.to_owned()], backend)),
            Some(Backend::Tch) => Err(without(&[TORCHSCRIPT])),
            Some(Backend::Native) => Ok((vec![weights.ok_or_else(|| without(&WEIGHTS))?], backend)),
            Some(_) => Ok((with_data(repository, onnx.ok_or_else(|| without(&ONNX))?), backend)),
            None => {
                let problem = match (weights, ConvNextModel::check_config(folder)) {
                    (Some(weights), Ok(())) => return Ok((vec![weights], Some(Backend::Native))),
                    (None, _) => format!("has neither weights ({}) nor an ONNX network", WEIGHTS.join(", ")),
                    (_, Err(convnext::Error::Architecture { found })) => {
                        format!("holds a `{found}`, whose weights no backend runs, and no ONNX network")
                    }
                    (_, Err(error)) => {
                        format!("holds weights that no backend runs ({error}), and no ONNX network")
                    }
                };
                let onnx = onnx.ok_or_else(|| refused(repository, problem))?;
                Ok((with_data(repository, onnx), None))
            }
        }
    }
}

/// An ONNX network and the files of its external data, which lie beside it: `model.onnx_data`, `model.onnx_data_1`,
/// `model.onnx.data`.
fn with_data(repository: &Repository<'_>, onnx: String) -> Vec<String> {
    let is_data = |file: &&str| {
        file.strip_prefix(&*onnx).is_some_and(|rest| rest.starts_with("_data") || rest == ".data")
    };
    let data: Vec<String> = repository.files().filter(is_data).map(str::to_owned).collect();
    std::iter::once(onnx).chain(data).collect()
}

fn refused(repository: &Repository<'_>, problem: String) -> Error {
    Error::NoNetwork { repo: repository.pinned().to_string(), problem, present: repository.summary() }
}
