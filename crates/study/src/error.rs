use protocols::BoxError;

/// Why a study cannot be read, or cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a study.
    #[error("not a study: {message}")]
    Config {
        /// The line and what was expected there.
        message: String,
    },
    /// A setting of the study is not possible.
    #[error("{what}")]
    Setting {
        /// The setting's name in the study.
        what: &'static str,
        /// What it must be.
        source: BoxError,
    },
    /// The dataset's pictures could not be scored at one setting.
    #[error("{setting}: the accuracy pass failed")]
    Accuracy {
        /// The perturber, its parameter and the value.
        setting: String,
        /// Which datum, and why.
        source: BoxError,
    },
    /// A picture could not be explained.
    #[error("{setting}: image {image_id} (`{datum}`) could not be explained")]
    Saliency {
        /// The perturber, its parameter and the value.
        setting: String,
        /// The picture's position in the dataset.
        image_id: usize,
        /// The datum's own name.
        datum: String,
        /// Why.
        source: BoxError,
    },
    /// A part of a study is not a part.
    #[error("the shard is `{text}`, expected I/N with I from 1 to N, such as 2/4")]
    Shard {
        /// What was given.
        text: String,
    },
    /// What an earlier run is said to have finished is not of this study.
    #[error("cannot continue: {what}")]
    Foreign {
        /// What does not fit.
        what: String,
    },
    /// The observer asked to stop.
    #[error("stopped")]
    Stopped,
    /// The observer could not take in a result; everything before it was.
    #[error("a result could not be kept")]
    Observer {
        /// Why.
        source: BoxError,
    },
}
