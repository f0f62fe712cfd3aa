/// How a model runs.
///
/// ```
/// use convnext::ConvNextOptions;
///
/// let options = ConvNextOptions::new().threads(1).softmax(false);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ConvNextOptions {
    pub(crate) threads: Option<usize>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) softmax: bool,
}

impl ConvNextOptions {
    /// Probabilities, on as many threads as there are processors.
    pub fn new() -> Self {
        Self { threads: None, batch_size: None, softmax: true }
    }

    /// Threads that prepare and score the images of one call, at least 1. By default one per processor.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// Images in memory at once, at least 1, over all threads. By default as many per thread as 6 MiB hold, at least
    /// one and at most 32.
    ///
    /// The scores do not depend on it.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size: Some(batch_size), ..self }
    }

    /// Whether logits are turned into probabilities. By default they are.
    pub fn softmax(self, softmax: bool) -> Self {
        Self { softmax, ..self }
    }
}

impl Default for ConvNextOptions {
    fn default() -> Self {
        Self::new()
    }
}
