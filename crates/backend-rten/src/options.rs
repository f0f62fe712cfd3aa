use std::num::NonZeroUsize;

use protocols::ScoreKind;

/// How a model is run.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use backend_rten::Options;
/// use protocols::ScoreKind;
///
/// let options = Options::new().threads(NonZeroUsize::MIN).scores(ScoreKind::Logits);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) batch_size: Option<NonZeroUsize>,
    pub(crate) scores: ScoreKind,
}

impl Options {
    /// Probabilities, on as many threads as there are processors.
    pub fn new() -> Self {
        Self { threads: None, batch_size: None, scores: ScoreKind::Probabilities }
    }

    /// How many threads score the pictures of one call, and prepare them.
    pub fn threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// How many pictures are worked on at once at most, which bounds the memory; as many as there are threads
    /// where this is not said.
    ///
    /// Fewer pictures than threads share the threads. The scores are the same.
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
