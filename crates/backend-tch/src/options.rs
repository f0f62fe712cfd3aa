use std::num::NonZeroUsize;

use protocols::ScoreKind;

use crate::Device;

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
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) scores: ScoreKind,
}

impl Options {
    /// Probabilities on the CPU, in batches of 64, on libtorch's own choice of threads.
    pub fn new() -> Self {
        let batch_size = const { NonZeroUsize::new(64).unwrap() };
        Self { device: Device::Cpu, threads: None, batch_size, scores: ScoreKind::Probabilities }
    }

    /// Where the network runs.
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// How many threads libtorch uses within an operation, in the whole process.
    pub fn threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// How many pictures a forward pass takes at most; larger batches are split.
    pub fn batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
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
