use std::fmt;

use backend_rten::RtenModel;
use model_folder::{ImageProcessor, ModelFolder, labels_from_json};
use protocols::Model;

use crate::{Backend, Error, ModelConfig, shipped};

/// A model, and the name and version of what computes its scores.
#[non_exhaustive]
pub struct OpenedModel {
    /// The model.
    pub model: Box<dyn Model>,
    /// The backend's name and version, such as `rten 0.27.0`.
    pub backend: String,
    /// What was chosen or found out about the model and is not the ordinary case, a sentence each, to be shown to the user.
    pub notes: Vec<String>,
}

impl fmt::Debug for OpenedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedModel")
            .field("model", self.model.metadata())
            .field("backend", &self.backend)
            .field("notes", &self.notes)
            .finish()
    }
}

/// Where a model comes from.
enum Source {
    Folder(Box<ModelFolder>),
    Shipped { labels: Vec<String>, processor: Box<ImageProcessor> },
}

impl ModelConfig {
    /// Opens the model.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the backend does not have the device or the precision, [`Error::NotBuilt`] if the model needs
    /// libtorch and the program was built without it, and the backends' own errors for files that cannot be loaded.
    pub fn open(&self) -> Result<OpenedModel, Error> {
        let source = match &self.folder {
            Some(path) => Source::Folder(Box::new(ModelFolder::open(path)?)),
            None => Source::Shipped {
                labels: labels_from_json(shipped::CONFIG)?,
                processor: Box::new(ImageProcessor::from_json(shipped::PROCESSOR)?),
            },
        };
        let backend = self.backend.unwrap_or_else(|| source.backend(self.device()));
        match backend {
            Backend::Rten => self.rten(source),
            Backend::Tch => self.tch(source),
        }
    }

    fn rten(&self, source: Source) -> Result<OpenedModel, Error> {
        let unsupported = |what, value: &str, limit| {
            let (value, backend) = (value.to_owned(), Backend::Rten);
            Err(Error::Unsupported { what, value, backend, limit })
        };
        if self.device() != "cpu" {
            return unsupported("device", self.device(), "runs on cpu only");
        }
        if self.precision() != "f32" {
            return unsupported("precision", self.precision(), "computes in f32 only");
        }
        let mut options = backend_rten::RtenOptions::new();
        if let Some(threads) = self.threads {
            options = options.threads(threads);
        }
        if let Some(batch_size) = self.batch_size {
            options = options.batch_size(batch_size);
        }
        let model = match source {
            Source::Folder(folder) => RtenModel::load(&folder, &options)?,
            Source::Shipped { labels, processor } => {
                RtenModel::from_bytes(shipped::NAME, shipped::ONNX, labels, *processor, &options)?
            }
        };
        let (notes, backend) = (model.notes().to_vec(), concat!("rten ", env!("STRESSMAP_RTEN_VERSION")));
        Ok(OpenedModel { model: Box::new(model), backend: backend.to_owned(), notes })
    }

    #[cfg(feature = "tch")]
    fn tch(&self, source: Source) -> Result<OpenedModel, Error> {
        use backend_tch::{TchModel, TchOptions};

        let mut options =
            TchOptions::new().device(self.device().parse()?).precision(self.precision().parse()?);
        if let Some(threads) = self.threads {
            options = options.threads(threads);
        }
        if let Some(batch_size) = self.batch_size {
            options = options.batch_size(batch_size);
        }
        let model = match source {
            Source::Folder(folder) => TchModel::load(&folder, &options)?,
            Source::Shipped { labels, processor } => {
                TchModel::from_bytes(shipped::NAME, shipped::TORCHSCRIPT, labels, *processor, &options)?
            }
        };
        let notes = model.notes().to_vec();
        let backend = concat!("libtorch, through tch ", env!("STRESSMAP_TCH_VERSION"));
        Ok(OpenedModel { model: Box::new(model), backend: backend.to_owned(), notes })
    }

    #[cfg(not(feature = "tch"))]
    fn tch(&self, source: Source) -> Result<OpenedModel, Error> {
        let what = match source {
            Source::Folder(folder) if folder.onnx().is_none() => {
                format!("{} has no model.onnx", folder.name())
            }
            _ => format!("the backend tch was requested on {}", self.device()),
        };
        Err(Error::NotBuilt { what })
    }
}

impl Source {
    /// ONNX on the CPU if the model has it, since that needs nothing installed; else libtorch.
    fn backend(&self, device: &str) -> Backend {
        let onnx = match self {
            Self::Folder(folder) => folder.onnx().is_some() || folder.torchscript().is_none(),
            Self::Shipped { .. } => true,
        };
        if onnx && device == "cpu" { Backend::Rten } else { Backend::Tch }
    }
}
