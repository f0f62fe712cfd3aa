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
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) scores: ScoreKind,
}

impl Options {
    /// Probabilities, in batches of 16, on as many threads as there are processors.
    pub fn new() -> Self {
        let batch_size = const { NonZeroUsize::new(16).unwrap() };
        Self { threads: None, batch_size, scores: ScoreKind::Probabilities }
    }

    /// How many threads run the network and prepare its input.
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
