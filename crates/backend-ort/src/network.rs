use std::path::{Path, PathBuf};

use ort::ep;
use ort::session::Session;
use ort::session::builder::AutoDevicePolicy;

use crate::error::in_one_line;
use crate::placement::Placement;
use crate::{Device, Error, Runtime};

/// ONNX Runtime's setting of the folder in which the external data of a network in memory lies.
const EXTERNAL_DATA: &str = "session.model_external_initializers_file_folder_path";

/// An ONNX file, from which sessions are made: one per thread, since a session may run one pass at a time.
pub(crate) struct Network {
    pub(crate) name: String,
    pub(crate) runtime: Runtime,
    pub(crate) device: Device,
    pub(crate) onnx: Vec<u8>,
    /// Where external data lies.
    pub(crate) folder: Option<PathBuf>,
    /// Threads within a session.
    pub(crate) threads: usize,
}

impl Network {
    /// A session.
    pub(crate) fn session(&self) -> Result<Session, Error> {
        self.build(None).map_err(|e| self.refuse(&e))
    }

    /// A session whose device is known to compute the network, and what is to be said about that.
    pub(crate) fn checked_session(&self) -> Result<(Session, Option<String>), Error> {
        if self.device == Device::Cpu {
            return Ok((self.session()?, None));
        }
        if !self.device.is_built().map_err(|e| self.refuse(&e))? {
            return Err(Error::Provider {
                library: self.runtime.library().to_path_buf(),
                provider: self.device.provider(),
                device: self.device.to_string(),
            });
        }
        if self.device.cuda().is_some() {
            preload_cuda(self.runtime.library());
        }
        // The providers by themselves first, so that their errors are not taken for the network's.
        Session::builder(self.runtime.environment())
            .and_then(|builder| Ok(builder.with_execution_providers(self.device.providers())?))
            .map_err(|e| Error::NoDevice { device: self.device.to_string(), source: in_one_line(&e) })?;
        let placement = Placement::default();
        let session = self.build(Some(&placement)).map_err(|e| self.refuse(&e))?;
        let note = placement.check(&self.name, self.device)?;
        Ok((session, note))
    }

    fn build(&self, placement: Option<&Placement>) -> ort::Result<Session> {
        let mut builder = Session::builder(self.runtime.environment())?
            .with_intra_threads(self.threads)?
            .with_inter_threads(1)?
            .with_deterministic_compute(true)?
            // Only what the device names: no accelerator that happens to be there.
            .with_auto_device(AutoDevicePolicy::PreferCPU)?
            .with_execution_providers(self.device.providers())?;
        // A path that is no text is left to ONNX Runtime, which says which file it lacks.
        if let Some(folder) = self.folder.as_deref().and_then(|folder| std::path::absolute(folder).ok())
            && let Some(folder) = folder.to_str()
        {
            builder = builder.with_config_entry(EXTERNAL_DATA, folder)?;
        }
        if let Some(placement) = placement {
            builder = builder.with_logger(placement.logger())?.with_log_level(Placement::LEVEL)?;
        }
        builder.commit_from_memory(&self.onnx)
    }

    pub(crate) fn refuse<R>(&self, error: &ort::Error<R>) -> Error {
        Error::Load { name: self.name.clone(), source: in_one_line(error) }
    }
}

/// Loads CUDA's libraries where the packages for Python have them, beside that of ONNX Runtime. Those that are elsewhere, the
/// system finds, or ONNX Runtime says which it lacks.
fn preload_cuda(library: &Path) {
    let Some(packages) = library.ancestors().nth(3) else { return };
    let folder =
        |name: &str| Some(packages.join("nvidia").join(name).join("lib")).filter(|path| path.is_dir());
    let _ = ep::cuda::preload_dylibs(folder("cu13").as_deref(), folder("cudnn").as_deref());
}

#[cfg(all(test, feature = "test-library"))]
mod tests {
    use super::*;

    #[test]
    fn onnx_runtime_logs_where_it_places_a_network() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let installed = || root.join(".venv/libonnxruntime.so");
        let library = std::env::var_os("ORT_DYLIB_PATH").map_or_else(installed, PathBuf::from);
        let network = Network {
            name: "half".to_owned(),
            runtime: Runtime::load(library).unwrap(),
            device: Device::Cpu,
            onnx: include_bytes!("../tests/data/half.onnx").to_vec(),
            folder: None,
            threads: 1,
        };
        let placement = Placement::default();
        network.build(Some(&placement)).unwrap();
        assert_eq!(placement.check("half", Device::Cpu).unwrap(), None);
        let error = placement.check("half", Device::Cuda(0)).unwrap_err().to_string();
        assert_eq!(
            error,
            "half: ONNX Runtime computes the network on CPUExecutionProvider, not on the device cuda:0"
        );
    }
}
