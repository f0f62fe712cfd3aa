use protocols::BoxError;

/// Why a study cannot be built, read or run.
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
        /// The part of the study that is not possible.
        what: String,
        /// What it must be.
        source: BoxError,
    },
    /// A number lies outside its range.
    #[error("{parameter} is {value}, expected {expected}")]
    Parameter {
        /// The number's name.
        parameter: &'static str,
        /// The value that was given.
        value: usize,
        /// What it must be.
        expected: &'static str,
    },
    /// A name is not known.
    #[error("{what} is `{name}`, expected {expected}")]
    Name {
        /// What is named.
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The names that are known.
        expected: String,
    },
    /// Two settings, or two columns of a table, have the same name.
    #[error("there are two {what}s `{name}`, expected each name once")]
    Duplicate {
        /// `setting` or `column`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The dataset's images could not be scored at one setting.
    #[error("{setting}: the accuracy pass failed")]
    Accuracy {
        /// The perturber, its parameter and the value.
        setting: String,
        /// The image, and why.
        source: BoxError,
    },
    /// An image could not be explained.
    #[error("{setting}: image {image_id} (`{datum}`) could not be explained")]
    Saliency {
        /// The perturber, its parameter and the value.
        setting: String,
        /// The image's position in the dataset.
        image_id: usize,
        /// The image's name in the dataset.
        datum: String,
        /// Why.
        source: BoxError,
    },
    /// A part of a study is not a part.
    #[error("the shard is `{text}`, expected I/N with I from 1 to N, such as 2/4")]
    Shard {
        /// The text that was given.
        text: String,
    },
    /// A scheduler's environment variables do not name a shard.
    #[error("{message}")]
    Scheduler {
        /// What was found, and what was expected.
        message: String,
    },
    /// Results of an earlier run do not belong to this study.
    #[error("cannot resume: {what}")]
    Foreign {
        /// What does not fit.
        what: String,
    },
    /// The observer stopped the study.
    #[error("stopped")]
    Stopped,
    /// The observer could not keep a result; it has all results before that one.
    #[error("a result could not be kept")]
    Observer {
        /// Why.
        source: BoxError,
    },
}
