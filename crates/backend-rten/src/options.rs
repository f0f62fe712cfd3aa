use inference::OutputKind;

/// How a model runs.
///
/// ```
/// use backend_rten::RtenOptions;
///
/// let options = RtenOptions::new().threads(1).softmax(false);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RtenOptions {
    pub(crate) threads: Option<usize>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) output: Option<String>,
    pub(crate) scores: OutputKind,
    pub(crate) softmax: bool,
}

impl RtenOptions {
    /// Probabilities, on as many threads as there are processors.
    pub fn new() -> Self {
        Self { threads: None, batch_size: None, output: None, scores: OutputKind::Auto, softmax: true }
    }

    /// Threads that prepare and score the images of one call, at least 1. By default one per processor.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// Images in memory at once, at least 1. By default one per thread.
    ///
    /// The scores do not depend on it. If there are fewer images than threads, they share the threads.
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
}

impl Default for RtenOptions {
    fn default() -> Self {
        Self::new()
    }
}
