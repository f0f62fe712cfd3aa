/// Why options are refused, or a network's outputs cannot be taken as scores.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option is zero.
    #[error("{option} is 0, expected at least 1")]
    Zero {
        /// The option's name.
        option: &'static str,
    },
    /// A text that is not a kind of output.
    #[error("`{value}` is not a kind of output, expected auto, logits or probabilities")]
    OutputKind {
        /// The text.
        value: String,
    },
    /// A single output between 0 and 1 may be a probability or a logit.
    #[error(
        "the network's single output lies between 0 and 1 and may be a probability or a logit: \
         say which by the option `scores`"
    )]
    Ambiguous,
    /// None of a network's outputs is the one to take.
    #[error(
        "{network}: the network has the outputs {}, expected {expected}",
        if found.is_empty() { "none".to_owned() } else { found.join(", ") }
    )]
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
        "{network}: the network ends in a sigmoid per class, which gives neither logits nor probabilities that sum to 1: \
         say which to take them for by the option `scores`"
    )]
    Sigmoids {
        /// The network's name.
        network: String,
    },
    /// The network's output has another shape than one row per image and one column per class.
    #[error(
        "the network returned shape {found:?}, expected {expected:?}: one row per image, one column per class name"
    )]
    Shape {
        /// The shape that it returned.
        found: Vec<usize>,
        /// The images and the class names.
        expected: [usize; 2],
    },
    /// A score is NaN or infinite.
    #[error(
        "image {position} of the batch has the score {value} for class {class}, expected a finite number"
    )]
    NotFinite {
        /// Its position in the batch.
        position: usize,
        /// The class.
        class: usize,
        /// The score.
        value: f32,
    },
}
