//! Which model, and what runs it.

use backend_rten::RtenModel;
use model_folder::{ImageProcessor, ModelFolder, labels_from_json};
use protocols::Model;
use study::ModelConfig;

use crate::failure::{Failure, context};

/// The model that the command ships, as it stands in `models/eurosat-convnext`.
mod shipped {
    pub(super) const NAME: &str = "eurosat-convnext";
    pub(super) const ONNX: &[u8] = include_bytes!("../../../models/eurosat-convnext/model.onnx");
    #[cfg(feature = "tch")]
    pub(super) const TORCHSCRIPT: &[u8] = include_bytes!("../../../models/eurosat-convnext/model.pt");
    pub(super) const CONFIG: &str = include_str!("../../../models/eurosat-convnext/config.json");
    pub(super) const PROCESSOR: &str =
        include_str!("../../../models/eurosat-convnext/preprocessor_config.json");
}

/// What runs a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backend {
    Rten,
    Tch,
}

/// Where a model comes from: its folder, or the command itself.
enum Source {
    Folder(Box<ModelFolder>),
    Shipped { labels: Vec<String>, processor: Box<ImageProcessor> },
}

/// A model, and the name and version of what runs it.
pub(crate) struct Opened {
    pub(crate) model: Box<dyn Model>,
    pub(crate) backend: String,
}

pub(crate) fn open(config: &ModelConfig) -> Result<Opened, Failure> {
    let backend = match config.backend.as_deref() {
        None => None,
        Some("rten") => Some(Backend::Rten),
        Some("tch") => Some(Backend::Tch),
        Some(other) => return Err(Failure::usage(format!("backend is `{other}`, expected rten or tch"))),
    };
    let device = config.device.as_deref().unwrap_or("cpu");
    let source = match &config.folder {
        Some(path) => Source::Folder(Box::new(ModelFolder::open(path).map_err(Failure::run)?)),
        None => Source::Shipped {
            labels: labels_from_json(shipped::CONFIG).map_err(Failure::run)?,
            processor: Box::new(ImageProcessor::from_json(shipped::PROCESSOR).map_err(Failure::run)?),
        },
    };
    match backend.unwrap_or_else(|| choose(&source, device)) {
        Backend::Rten if device != "cpu" => {
            Err(Failure::usage(format!("device is `{device}`, but the backend rten runs on cpu only")))
        }
        Backend::Rten if config.precision.as_deref().is_some_and(|precision| precision != "f32") => {
            Err(Failure::usage(
                "the backend rten computes in f32 only, expected precision f32 or the backend tch",
            ))
        }
        Backend::Rten => Ok(Opened {
            model: rten(source, config)?,
            backend: concat!("rten ", env!("STRESSMAP_RTEN_VERSION")).to_owned(),
        }),
        Backend::Tch => Ok(Opened {
            model: tch(source, device, config)?,
            backend: concat!("libtorch, through tch ", env!("STRESSMAP_TCH_VERSION")).to_owned(),
        }),
    }
}

/// A checksum of the files that a model is made of; the shipped model is known by its name.
pub(crate) fn checksum(config: &ModelConfig) -> Result<String, Failure> {
    let Some(folder) = &config.folder else { return Ok(shipped::NAME.to_owned()) };
    let mut sum = crc32fast::Hasher::new();
    for name in ["model.onnx", "model.pt", "config.json", "preprocessor_config.json"] {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => {
                sum.update(name.as_bytes());
                sum.update(&bytes);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Failure::run(context(format!("cannot read {}", path.display()))(error)));
            }
        }
    }
    Ok(format!("{:08x}", sum.finalize()))
}

/// ONNX on the CPU where it is there, since it needs nothing installed; else libtorch.
fn choose(source: &Source, device: &str) -> Backend {
    let onnx = match source {
        Source::Folder(folder) => folder.onnx().is_some() || folder.torchscript().is_none(),
        Source::Shipped { .. } => true,
    };
    if onnx && device == "cpu" { Backend::Rten } else { Backend::Tch }
}

fn rten(source: Source, config: &ModelConfig) -> Result<Box<dyn Model>, Failure> {
    let mut options = backend_rten::RtenOptions::new();
    if let Some(threads) = config.threads {
        options = options.threads(threads.get());
    }
    if let Some(batch_size) = config.batch_size {
        options = options.batch_size(batch_size.get());
    }
    let model = match source {
        Source::Folder(folder) => RtenModel::load(&folder, &options),
        Source::Shipped { labels, processor } => {
            RtenModel::from_bytes(shipped::NAME, shipped::ONNX, labels, *processor, &options)
        }
    };
    Ok(Box::new(model.map_err(Failure::run)?))
}

#[cfg(feature = "tch")]
fn tch(source: Source, device: &str, config: &ModelConfig) -> Result<Box<dyn Model>, Failure> {
    use backend_tch::TchModel;

    let mut options = backend_tch::TchOptions::new().device(device.parse().map_err(Failure::usage)?);
    if let Some(precision) = &config.precision {
        options = options.precision(precision.parse().map_err(Failure::usage)?);
    }
    if let Some(threads) = config.threads {
        options = options.threads(threads.get());
    }
    if let Some(batch_size) = config.batch_size {
        options = options.batch_size(batch_size.get());
    }
    let model = match source {
        Source::Folder(folder) => TchModel::load(&folder, &options),
        Source::Shipped { labels, processor } => {
            TchModel::from_bytes(shipped::NAME, shipped::TORCHSCRIPT, labels, *processor, &options)
        }
    };
    Ok(Box::new(model.map_err(|e| Failure::run(context("TorchScript")(e)))?))
}

#[cfg(not(feature = "tch"))]
fn tch(source: Source, device: &str, _config: &ModelConfig) -> Result<Box<dyn Model>, Failure> {
    let what = match source {
        Source::Folder(folder) if folder.onnx().is_none() => {
            format!("{} has no model.onnx, and", folder.name())
        }
        _ => format!("the backend tch was asked for on {device}, and"),
    };
    let why = "this command was built without libtorch: build it with --features tch (docs/backend-tch.md)";
    Err(Failure::run(context(what)(why)))
}
