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
    /// None of a network's outputs is the one to take.
    #[error("{network}: the network has the outputs {}, expected {expected}", if found.is_empty() { "none".to_owned() } else { found.join(", ") })]
    Outputs {
        /// The network's name.
        network: String,
        /// The outputs' names.
        found: Vec<String>,
        /// Which would be taken.
        expected: String,
    },
    /// A network returns neither logits nor probabilities that sum to 1.
    #[error(
        "{network}: the network ends in a sigmoid per class, which gives neither logits nor probabilities that sum to 1: say what to take it for by the option `scores`"
    )]
    Sigmoids {
        /// The network's name.
        network: String,
    },
}
