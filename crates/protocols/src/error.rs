use crate::{BoxError, Place, label_match};

/// Why a model cannot be evaluated on a dataset, or why a type of this crate cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter lies outside its range.
    #[error("{parameter} is {value}, expected {expected}")]
    Parameter {
        /// The parameter's name.
        parameter: &'static str,
        /// Its value.
        value: usize,
        /// What it must be.
        expected: &'static str,
    },
    /// A text does not name one of an enum's variants.
    #[error("unknown {what} `{name}`, expected one of {}", .expected.join(", "))]
    UnknownName {
        /// What the text should name.
        what: &'static str,
        /// The text.
        name: String,
        /// The possible names.
        expected: &'static [&'static str],
    },
    /// There is nothing to evaluate.
    #[error("{what} holds no data, expected at least one datum")]
    Empty {
        /// What is empty.
        what: String,
    },
    /// The dataset cannot read a datum.
    #[error("cannot read {place}")]
    Read {
        /// The datum.
        place: Place,
        /// The dataset's error.
        source: BoxError,
    },
    /// Predictions do not have one target and one metadata per row of scores.
    #[error(
        "there are {rows} rows of scores, {targets} targets and {metadata} metadata, expected as many of each"
    )]
    Lengths {
        /// Rows of scores.
        rows: usize,
        /// True classes.
        targets: usize,
        /// Metadata.
        metadata: usize,
    },
    /// A dataset returned a datum whose index is not the one that was asked for.
    #[error("{place} has the index {index} in its metadata, expected {}", .place.first)]
    Index {
        /// The datum that was asked for.
        place: Place,
        /// The index in its metadata.
        index: usize,
    },
    /// A datum's class is not one of the model's.
    #[error("{place} has class {target}, expected less than {classes}, the number of classes")]
    Target {
        /// The datum.
        place: Place,
        /// Its class.
        target: usize,
        /// The number of classes.
        classes: usize,
    },
    /// The augmentation fails on a datum.
    #[error("augmentation `{augmentation}` fails on {place}")]
    Augment {
        /// The augmentation's name.
        augmentation: String,
        /// The datum.
        place: Place,
        /// The augmentation's error.
        source: BoxError,
    },
    /// The augmentation changed a datum's class, id, index or key.
    #[error(
        "augmentation `{augmentation}` changes the class, id, index or key of {place}, expected them to stay"
    )]
    AugmentedIdentity {
        /// The augmentation's name.
        augmentation: String,
        /// The datum.
        place: Place,
    },
    /// The model fails on a batch.
    #[error("model `{model}` fails on {place}")]
    Predict {
        /// The model's name.
        model: String,
        /// The batch's data.
        place: Place,
        /// The model's error.
        source: BoxError,
    },
    /// The model's scores do not have one row per image and one column per class.
    #[error(
        "model `{model}` returns {rows}x{columns} scores on {place}, expected {expected_rows}x{expected_columns}"
    )]
    ScoreShape {
        /// The model's name.
        model: String,
        /// The batch's data.
        place: Place,
        /// Rows of the scores.
        rows: usize,
        /// Columns of the scores.
        columns: usize,
        /// The number of images.
        expected_rows: usize,
        /// The number of classes.
        expected_columns: usize,
    },
    /// A score is NaN or infinite.
    #[error("model `{model}` gives class {class} the score {value} on {place}, expected a finite number")]
    ScoreNotFinite {
        /// The model's name.
        model: String,
        /// The datum.
        place: Place,
        /// The score's column.
        class: usize,
        /// The score.
        value: f32,
    },
    /// The dataset's classes are not the model's first classes.
    #[error(
        "the classes of model `{model}` are not in the order of dataset `{dataset}`: class {class} is {} in the \
         model and {} in the dataset (`AlignedModel` reorders the model's classes)",
        quoted(.model_label.as_deref()), quoted(.dataset_label.as_deref())
    )]
    LabelOrder {
        /// The model's name.
        model: String,
        /// The dataset's name.
        dataset: String,
        /// The first class that differs.
        class: usize,
        /// Its name in the model, if the model has that many classes.
        model_label: Option<String>,
        /// Its name in the dataset, if the dataset has that many classes.
        dataset_label: Option<String>,
    },
    /// A model lacks some of the labels that it should be aligned with.
    #[error("model `{model}` with {classes} classes lacks these labels: {}", label_match::list(.labels))]
    UnknownLabels {
        /// The model's name.
        model: String,
        /// The number of its classes.
        classes: usize,
        /// Each label that it lacks, and the class that differs only in case, spaces, `_`, `-` or Unicode
        /// normal form, if there is one.
        labels: Vec<(String, Option<String>)>,
    },
    /// Two classes have the same name.
    #[error("{what} has the label `{label}` at {first} and at {second}, expected each name once")]
    DuplicateLabel {
        /// Whose labels they are.
        what: String,
        /// The name.
        label: String,
        /// Its first position.
        first: usize,
        /// Its second position.
        second: usize,
    },
    /// An index lies outside a dataset.
    #[error("index {index} lies outside dataset `{dataset}`, expected less than {len}")]
    OutOfRange {
        /// The dataset's name.
        dataset: String,
        /// The index.
        index: usize,
        /// The dataset's length.
        len: usize,
    },
    /// The observer stopped the evaluation.
    #[error("stopped after {done} of {total} data")]
    Stopped {
        /// Data that were done, skipped ones included.
        done: usize,
        /// All data to evaluate.
        total: usize,
    },
    /// A metric refuses a batch.
    #[error("metric `{metric}` fails on {place}")]
    Update {
        /// The metric's name.
        metric: String,
        /// The batch's data.
        place: Place,
        /// The metric's error.
        source: BoxError,
    },
    /// A metric cannot compute its values.
    #[error("metric `{metric}` has no values")]
    Compute {
        /// The metric's name.
        metric: String,
        /// The metric's error.
        source: BoxError,
    },
}

impl Error {
    /// The data that the error is about, if it is about data.
    ///
    /// ```
    /// use protocols::{Error, Place};
    ///
    /// let error = Error::Read { place: Place::of_datum(4), source: "no such file".into() };
    /// assert_eq!(error.place().map(|place| place.first), Some(4));
    /// assert_eq!(Error::Stopped { done: 3, total: 9 }.place(), None);
    /// ```
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Read { place, .. }
            | Self::Index { place, .. }
            | Self::Target { place, .. }
            | Self::Augment { place, .. }
            | Self::AugmentedIdentity { place, .. }
            | Self::Predict { place, .. }
            | Self::ScoreShape { place, .. }
            | Self::ScoreNotFinite { place, .. }
            | Self::Update { place, .. } => Some(place),
            _ => None,
        }
    }
}

fn quoted(label: Option<&str>) -> String {
    label.map_or_else(|| "missing".to_owned(), |label| format!("`{label}`"))
}
