use inference::OutputKind;

use crate::{Device, Error};

/// How a model runs.
///
/// ```
/// use backend_ort::{Device, OrtOptions};
///
/// let options = OrtOptions::new().device(Device::Cuda(0)).softmax(false);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct OrtOptions {
    pub(crate) device: Device,
    pub(crate) threads: Option<usize>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) output: Option<String>,
    pub(crate) scores: OutputKind,
    pub(crate) softmax: bool,
}

impl OrtOptions {
    /// Probabilities, on the CPU, on as many threads as there are processors.
    pub fn new() -> Self {
        Self {
            device: Device::Cpu,
            threads: None,
            batch_size: None,
            output: None,
            scores: OutputKind::Auto,
            softmax: true,
        }
    }

    /// Where the network runs.
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// Threads that prepare and score the images of one call, at least 1. By default one per processor.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// The maximum number of images per forward pass, at least 1. By default 1 on the CPU, 128 on CUDA and TensorRT.
    ///
    /// With more than one, the last bits of an image's scores may depend on the other images of its pass. A network with
    /// a fixed batch keeps to that.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size: Some(batch_size), ..self }
    }

    /// The name of the network's output to take. By default the only one, or the one named `logits`.
    pub fn output(self, output: impl Into<String>) -> Self {
        Self { output: Some(output.into()), ..self }
    }

    /// What the network returns. By default that is found out.
    pub fn scores(self, scores: OutputKind) -> Self {
        Self { scores, ..self }
    }

    /// Whether logits are turned into probabilities. By default they are.
    pub fn softmax(self, softmax: bool) -> Self {
        Self { softmax, ..self }
    }

    /// The validated number of threads.
    pub(crate) fn checked_threads(&self) -> Result<usize, Error> {
        Ok(positive("threads", self.threads)?.unwrap_or_else(inference::available_threads))
    }

    /// The validated number of images per forward pass.
    pub(crate) fn checked_batch_size(&self) -> Result<usize, Error> {
        let usual = if self.device == Device::Cpu { 1 } else { 128 };
        Ok(positive("batch_size", self.batch_size)?.unwrap_or(usual))
    }
}

impl Default for OrtOptions {
    fn default() -> Self {
        Self::new()
    }
}

fn positive(option: &'static str, value: Option<usize>) -> Result<Option<usize>, Error> {
    if value == Some(0) { Err(Error::Zero { option }) } else { Ok(value) }
}
