use crate::{BoxError, Datum};

/// What is known of a dataset as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatasetMetadata {
    /// Names the dataset.
    pub id: String,
    /// The classes' names, by class index.
    pub labels: Vec<String>,
}

impl DatasetMetadata {
    /// Names a dataset and its classes.
    #[must_use]
    pub fn new(id: impl Into<String>, labels: Vec<String>) -> Self {
        Self { id: id.into(), labels }
    }
}

/// Labelled pictures, read by position.
///
/// `get` may be called from several threads at once.
pub trait Dataset: Send + Sync {
    /// The dataset's name and its classes.
    fn metadata(&self) -> &DatasetMetadata;

    /// How many data there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads one datum. Its `metadata.index` is `index`.
    ///
    /// # Errors
    ///
    /// The datum exists but cannot be read.
    ///
    /// # Panics
    ///
    /// If `index >= self.len()`, as a slice does.
    fn get(&self, index: usize) -> Result<Datum, BoxError>;

    /// The class of one datum, without decoding its picture where the dataset can do that.
    ///
    /// # Errors
    ///
    /// The datum exists but cannot be read.
    ///
    /// # Panics
    ///
    /// If `index >= self.len()`.
    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.get(index)?.target)
    }
}
