use std::fmt;

use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions};
use inference::OutputKind;
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
    /// What was chosen or found out about the model and is not the ordinary case, to be shown to the user. Each is a
    /// sentence.
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
    /// [`Error::Unsupported`] if the backend does not have the device, the precision or the output,
    /// [`Error::NotBuilt`] if the model needs a backend that the program was built without, and the backends'
    /// own errors for files that cannot be loaded.
    pub fn open(&self) -> Result<OpenedModel, Error> {
        let source = match self.opened_folder()? {
            Some(folder) => Source::Folder(Box::new(folder)),
            None => Source::Shipped {
                labels: labels_from_json(shipped::CONFIG)?,
                processor: Box::new(ImageProcessor::from_json(shipped::PROCESSOR)?),
            },
        };
        let backend = match &source {
            Source::Folder(folder) => self.backend_for(folder),
            Source::Shipped { .. } if self.device() == "cpu" => {
                self.backend.unwrap_or(self.pure_rust_backend(true))
            }
            Source::Shipped { .. } => self.backend.unwrap_or_else(|| self.backend_for_a_gpu(true, true)),
        };
        match backend {
            Backend::Rten => self.rten(source),
            Backend::Native => self.native(source),
            Backend::Tch => self.tch(source),
            Backend::Ort => self.ort(source),
        }
    }

    fn rten(&self, source: Source) -> Result<OpenedModel, Error> {
        self.check_pure_rust(Backend::Rten)?;
        let mut options = RtenOptions::new().scores(self.scores.unwrap_or_default());
        if let Some(output) = &self.output {
            options = options.output(output);
        }
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

    fn native(&self, source: Source) -> Result<OpenedModel, Error> {
        self.check_pure_rust(Backend::Native)?;
        if let Some(output) = &self.output {
            return Err(unsupported(
                "output",
                output,
                Backend::Native,
                "reads networks that have one output",
            ));
        }
        if self.scores == Some(OutputKind::Probabilities) {
            return Err(unsupported("scores", "probabilities", Backend::Native, "computes logits"));
        }
        let mut options = ConvNextOptions::new();
        if let Some(threads) = self.threads {
            options = options.threads(threads);
        }
        if let Some(batch_size) = self.batch_size {
            options = options.batch_size(batch_size);
        }
        let (model, notes) = match source {
            Source::Folder(folder) => (ConvNextModel::load(&folder, &options)?, folder.notes().to_vec()),
            Source::Shipped { labels, processor } => {
                let (name, config) = (shipped::NAME, shipped::CONFIG.as_bytes());
                let weights = shipped::SAFETENSORS;
                let model = ConvNextModel::from_bytes(name, config, weights, labels, *processor, &options)?;
                (model, Vec::new())
            }
        };
        let backend = concat!("native ", env!("CARGO_PKG_VERSION"));
        Ok(OpenedModel { model: Box::new(model), backend: backend.to_owned(), notes })
    }

    /// The backends in pure Rust compute on the CPU in f32.
    fn check_pure_rust(&self, backend: Backend) -> Result<(), Error> {
        if self.device() != "cpu" {
            return Err(unsupported("device", self.device(), backend, "runs on cpu only"));
        }
        if self.precision() != "f32" {
            return Err(unsupported("precision", self.precision(), backend, "computes in f32 only"));
        }
        Ok(())
    }

    #[cfg(feature = "tch")]
    fn tch(&self, source: Source) -> Result<OpenedModel, Error> {
        use backend_tch::{TchModel, TchOptions};

        if let Some(output) = &self.output {
            return Err(unsupported("output", output, Backend::Tch, "reads networks that have one output"));
        }
        let mut options = TchOptions::new()
            .device(self.device().parse()?)
            .precision(self.precision().parse()?)
            .scores(self.scores.unwrap_or_default());
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
            Source::Folder(folder)
                if folder.onnx().is_none() && self.backend.is_none() && self.device() == "cpu" =>
            {
                format!("{} has neither an ONNX network nor the weights of a ConvNeXt", folder.name())
            }
            _ if self.device() != "cpu" => format!("device `{}` needs the backend tch", self.device()),
            _ => "the backend is `tch`".to_owned(),
        };
        Err(Error::NotBuilt { what, backend: Backend::Tch })
    }

    #[cfg(feature = "ort")]
    fn ort(&self, source: Source) -> Result<OpenedModel, Error> {
        use backend_ort::{OrtModel, OrtOptions, Runtime};

        if self.precision() != "f32" {
            return Err(unsupported(
                "precision",
                self.precision(),
                Backend::Ort,
                "computes in the network's own",
            ));
        }
        let mut options =
            OrtOptions::new().device(self.device().parse()?).scores(self.scores.unwrap_or_default());
        if let Some(output) = &self.output {
            options = options.output(output);
        }
        if let Some(threads) = self.threads {
            options = options.threads(threads);
        }
        if let Some(batch_size) = self.batch_size {
            options = options.batch_size(batch_size);
        }
        let runtime = Runtime::load(self.onnx_runtime.as_ref().ok_or(Error::NoOnnxRuntime)?)?;
        let model = match source {
            Source::Folder(folder) => OrtModel::load(&runtime, &folder, &options)?,
            Source::Shipped { labels, processor } => {
                OrtModel::from_bytes(&runtime, shipped::NAME, shipped::ONNX, labels, *processor, &options)?
            }
        };
        let notes = model.notes().to_vec();
        let backend =
            format!("ONNX Runtime {}, through ort {}", runtime.version(), env!("STRESSMAP_ORT_VERSION"));
        Ok(OpenedModel { model: Box::new(model), backend, notes })
    }

    #[cfg(not(feature = "ort"))]
    fn ort(&self, _: Source) -> Result<OpenedModel, Error> {
        let what = match self.backend {
            Some(_) => "the backend is `ort`".to_owned(),
            None => format!("device `{}` needs the backend ort", self.device()),
        };
        Err(Error::NotBuilt { what, backend: Backend::Ort })
    }
}

fn unsupported(what: &'static str, value: &str, backend: Backend, limit: &'static str) -> Error {
    Error::Unsupported { what, value: value.to_owned(), backend, limit }
}
