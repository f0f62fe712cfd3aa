/// Why a network's outputs cannot be taken as scores.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is no kind of output.
    #[error("`{value}` is no kind of output, expected auto, logits or probabilities")]
    OutputKind {
        /// The text.
        value: String,
    },
    /// A single output between 0 and 1 may be a probability or a logit.
    #[error(
        "the network's single output lies between 0 and 1 and may be a probability or a logit: say which by the option `scores`"
    )]
    Ambiguous,
}
