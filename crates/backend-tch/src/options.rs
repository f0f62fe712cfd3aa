use std::num::NonZeroUsize;

use protocols::ScoreKind;

use crate::{Device, Precision};

/// How a model is run.
///
/// ```
/// use backend_tch::{Device, Options};
/// use protocols::ScoreKind;
///
/// let options = Options::new().device(Device::Cpu).scores(ScoreKind::Logits);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) device: Device,
    pub(crate) precision: Precision,
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) batch_size: Option<NonZeroUsize>,
    pub(crate) scores: ScoreKind,
}

impl Options {
    /// Probabilities in `f32` on the CPU, on every processor.
    pub fn new() -> Self {
        Self {
            device: Device::Cpu,
            precision: Precision::F32,
            threads: None,
            batch_size: None,
            scores: ScoreKind::Probabilities,
        }
    }

    /// Where the network runs.
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// The numbers that the network computes with.
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// How many threads a call uses: one a processor unless told.
    ///
    /// libtorch's own number of threads is the process's; each call sets it, and sets it back.
    pub fn threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// How many pictures a forward pass takes at most; larger batches are split. Unless told it is 128 on CUDA, and
    /// on the CPU 16 or as many as have four times 224x224 pixels, whichever is less.
    pub fn batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size: Some(batch_size), ..self }
    }

    /// Whether the network's logits are returned, or made into probabilities.
    pub fn scores(self, scores: ScoreKind) -> Self {
        Self { scores, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
