use inference::OutputKind;

use crate::{Device, Precision};

/// How a model runs.
///
/// ```
/// use backend_tch::{Device, TchOptions};
///
/// let options = TchOptions::new().device(Device::Cpu).softmax(false);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TchOptions {
    pub(crate) device: Device,
    pub(crate) precision: Precision,
    pub(crate) threads: Option<usize>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) scores: OutputKind,
    pub(crate) softmax: bool,
}

impl TchOptions {
    /// Probabilities in `f32` on the CPU, with one thread per processor.
    pub fn new() -> Self {
        Self {
            device: Device::Cpu,
            precision: Precision::F32,
            threads: None,
            batch_size: None,
            scores: OutputKind::Auto,
            softmax: true,
        }
    }

    /// Where the network runs.
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// The number format the network computes in.
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Threads of a call, at least 1. By default one per processor.
    ///
    /// libtorch has one thread count per process; each call sets it and restores it.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// The maximum number of images per forward pass, at least 1. Larger batches are split.
    ///
    /// By default 512 on CUDA, or fewer if these have more pixels than 128 images of 224x224; on the CPU 16, or fewer if
    /// these have more pixels than four images of 224x224.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size: Some(batch_size), ..self }
    }

    /// What the network returns. By default that is found out by a trial.
    pub fn scores(self, scores: OutputKind) -> Self {
        Self { scores, ..self }
    }

    /// Whether logits are turned into probabilities. By default they are.
    pub fn softmax(self, softmax: bool) -> Self {
        Self { softmax, ..self }
    }
}

impl Default for TchOptions {
    fn default() -> Self {
        Self::new()
    }
}
