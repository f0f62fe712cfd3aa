use std::fmt;

use crate::BoxError;

/// Which datum, or which row of data, an error is about.
///
/// ```
/// use protocols::Place;
///
/// let place = Place::of_datum(4).in_dataset("EuroSAT").named("Forest/4.png");
/// assert_eq!(place.to_string(), "datum 4 (`Forest/4.png`) of dataset `EuroSAT`");
/// assert_eq!(Place::of_data(0, 7).to_string(), "data 0 to 7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The dataset's name, where the data come from one.
    pub dataset: Option<String>,
    /// The first datum's position.
    pub first: usize,
    /// The last datum's position, `first` if it is one datum.
    pub last: usize,
    /// The first datum's name, where it is known.
    pub id: Option<String>,
}

impl Place {
    /// One datum by its position.
    #[must_use]
    pub fn of_datum(index: usize) -> Self {
        Self::of_data(index, index)
    }

    /// The data from one position to another, both included.
    #[must_use]
    pub fn of_data(first: usize, last: usize) -> Self {
        Self { dataset: None, first, last, id: None }
    }

    /// Names the dataset.
    #[must_use]
    pub fn in_dataset(self, id: impl Into<String>) -> Self {
        Self { dataset: Some(id.into()), ..self }
    }

    /// Names the (first) datum.
    #[must_use]
    pub fn named(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "datum {}", self.first)?;
        } else {
            write!(f, "data {} to {}", self.first, self.last)?;
        }
        match &self.id {
            Some(id) if self.first == self.last => write!(f, " (`{id}`)")?,
            Some(id) => write!(f, " (from `{id}` on)")?,
            None => {}
        }
        match &self.dataset {
            Some(dataset) => write!(f, " of dataset `{dataset}`"),
            None => Ok(()),
        }
    }
}

/// Why data cannot be evaluated, or why something that handles data cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
        /// What the dataset reports.
        source: BoxError,
    },
    /// An iterator of batches failed.
    #[error("cannot read the batch that begins at datum {position}")]
    ReadBatch {
        /// How many data came before it.
        position: usize,
        /// What the iterator reports.
        source: BoxError,
    },
    /// Lists that go side by side have different lengths.
    #[error(
        "{what} at datum {position} has {rows} rows, {targets} targets and {metadata} metadata, expected as many of each"
    )]
    Lengths {
        /// What the lists belong to.
        what: &'static str,
        /// How many data came before it.
        position: usize,
        /// Pictures or rows of scores.
        rows: usize,
        /// True classes.
        targets: usize,
        /// Identities.
        metadata: usize,
    },
    /// A dataset returned a datum under another position than it was asked for.
    #[error("{place} says that its index is {index}, expected {}", .place.first)]
    Index {
        /// The datum that was asked for.
        place: Place,
        /// The index in its metadata.
        index: usize,
    },
    /// A datum's class is not one of the model's.
    #[error("{place} has class {target}, expected less than the model's {classes} classes")]
    Target {
        /// The datum.
        place: Place,
        /// Its class.
        target: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The augmentation cannot take a datum.
    #[error("augmentation `{augmentation}` fails on {place}")]
    Augment {
        /// The augmentation's name.
        augmentation: String,
        /// The datum.
        place: Place,
        /// What the augmentation reports.
        source: BoxError,
    },
    /// The augmentation did not turn one datum into one datum.
    #[error("augmentation `{augmentation}` makes {count} data of {place}, expected one")]
    AugmentedCount {
        /// The augmentation's name.
        augmentation: String,
        /// The datum.
        place: Place,
        /// How many pictures came out; where it is one, its class or its metadata are missing.
        count: usize,
    },
    /// The model cannot score a batch.
    #[error("model `{model}` fails on {place}")]
    Predict {
        /// The model's name.
        model: String,
        /// The batch's data.
        place: Place,
        /// What the model reports.
        source: BoxError,
    },
    /// The model's scores have not one row a picture and one column a class.
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
        /// How many pictures the model was given.
        expected_rows: usize,
        /// How many classes it says it has.
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
    /// The model's classes are not the dataset's, or in another order.
    #[error(
        "the classes of model `{model}` are not in the order of dataset `{dataset}`: class {class} is {} and {}, \
         expected the same (`AlignedModel` reorders the model's)",
        quoted(.model_label.as_deref()), quoted(.dataset_label.as_deref())
    )]
    LabelOrder {
        /// The model's name.
        model: String,
        /// The dataset's name.
        dataset: String,
        /// The first class that differs.
        class: usize,
        /// Its name in the model, if the model has as many classes.
        model_label: Option<String>,
        /// Its name in the dataset, if the dataset has as many classes.
        dataset_label: Option<String>,
    },
    /// The names of a model's classes are not those it should be aligned with.
    #[error(
        "the classes of model `{model}` are not those of the labels: only the labels have {missing_in_model:?}, \
         only the model has {missing_in_labels:?}"
    )]
    LabelNames {
        /// The model's name.
        model: String,
        /// Labels that no class of the model has.
        missing_in_model: Vec<String>,
        /// Classes of the model that are not among the labels.
        missing_in_labels: Vec<String>,
    },
    /// A name stands for two classes.
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
    /// A position lies outside a dataset.
    #[error("index {index} lies outside dataset `{dataset}`, expected less than {len}")]
    OutOfRange {
        /// The dataset's name.
        dataset: String,
        /// The position.
        index: usize,
        /// The dataset's length.
        len: usize,
    },
    /// The observer asked to stop.
    #[error("stopped after {done} data")]
    Stopped {
        /// How many data were done.
        done: usize,
    },
    /// A metric does not take in a batch.
    #[error("metric `{metric}` fails on {place}")]
    Update {
        /// The metric's name.
        metric: String,
        /// The batch's data.
        place: Place,
        /// What the metric reports.
        source: BoxError,
    },
    /// A metric has no values.
    #[error("metric `{metric}` has no values")]
    Compute {
        /// The metric's name.
        metric: String,
        /// What the metric reports.
        source: BoxError,
    },
}

impl Error {
    /// Where the data lie that the error is about, if it is about data.
    ///
    /// ```
    /// use protocols::{Error, Place};
    ///
    /// let error = Error::Read { place: Place::of_datum(4), source: "no such file".into() };
    /// assert_eq!(error.place().map(|place| place.first), Some(4));
    /// assert_eq!(Error::Stopped { done: 3 }.place(), None);
    /// ```
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Read { place, .. }
            | Self::Index { place, .. }
            | Self::Target { place, .. }
            | Self::Augment { place, .. }
            | Self::AugmentedCount { place, .. }
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
