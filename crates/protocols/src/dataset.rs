use std::sync::Arc;

use crate::forward::forward;
use crate::{BoxError, Datum, Error};

/// What is known of a dataset as a whole.
///
/// ```
/// use protocols::DatasetMetadata;
///
/// let metadata = DatasetMetadata::new("EuroSAT", vec!["Forest".to_owned(), "River".to_owned()]);
/// assert_eq!(metadata.labels[1], "River");
/// ```
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

    /// The error of this dataset, which holds `len` data, when it is asked for another: [`Error::OutOfRange`].
    ///
    /// ```
    /// use protocols::DatasetMetadata;
    ///
    /// let error = DatasetMetadata::new("EuroSAT", vec![]).out_of_range(27_000, 27_000);
    /// assert_eq!(error.to_string(), "index 27000 lies outside dataset `EuroSAT`, expected less than 27000");
    /// ```
    #[must_use]
    pub fn out_of_range(&self, index: usize, len: usize) -> Error {
        Error::OutOfRange { dataset: self.id.clone(), index, len }
    }
}

/// Labelled pictures, read by position.
///
/// `get` may be called from several threads at once.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};
///
/// /// Grey tiles that get brighter.
/// struct Ramp(DatasetMetadata);
///
/// impl Dataset for Ramp {
///     fn metadata(&self) -> &DatasetMetadata {
///         &self.0
///     }
///
///     fn len(&self) -> usize {
///         256
///     }
///
///     fn get(&self, index: usize) -> Result<Datum, BoxError> {
///         let image = Array3::from_elem((8, 8, 3), u8::try_from(index)?);
///         let metadata = DatumMetadata::new(format!("grey {index}"), index);
///         Ok(Datum { image, target: index / 128, metadata })
///     }
/// }
///
/// let ramp = Ramp(DatasetMetadata::new("ramp", vec!["dark".to_owned(), "bright".to_owned()]));
/// assert_eq!(ramp.target(200)?, 1);
/// # Ok::<(), BoxError>(())
/// ```
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
    /// The datum cannot be read, or `index` is not less than `self.len()`.
    fn get(&self, index: usize) -> Result<Datum, BoxError>;

    /// The class of one datum, without decoding its picture where the dataset can do that.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.get(index)?.target)
    }
}

forward!(Dataset for &T, Box<T>, Arc<T> => {
    fn metadata(&self) -> &DatasetMetadata {
        (**self).metadata()
    }

    fn len(&self) -> usize {
        (**self).len()
    }

    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        (**self).get(index)
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        (**self).target(index)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers everything differently from what the provided methods would.
    struct Contrary(DatasetMetadata);

    impl Dataset for Contrary {
        fn metadata(&self) -> &DatasetMetadata {
            &self.0
        }

        fn len(&self) -> usize {
            3
        }

        fn is_empty(&self) -> bool {
            true
        }

        fn get(&self, _: usize) -> Result<Datum, BoxError> {
            Err("no picture".into())
        }

        fn target(&self, index: usize) -> Result<usize, BoxError> {
            Ok(index + 40)
        }
    }

    #[test]
    fn pointers_forward_the_provided_methods_too() {
        fn answers(dataset: impl Dataset) -> (usize, bool, usize, String) {
            let error = dataset.get(0).unwrap_err().to_string();
            (dataset.len(), dataset.is_empty(), dataset.target(2).unwrap(), error)
        }
        let contrary = || Contrary(DatasetMetadata::new("c", vec![]));
        let expected = (3, true, 42, "no picture".to_owned());
        let value = contrary();
        assert_eq!(answers(&value), expected);
        assert_eq!(answers(Box::new(contrary())), expected);
        assert_eq!(answers(Arc::new(contrary()) as Arc<dyn Dataset>), expected);
        assert_eq!(answers(&(Box::new(contrary()) as Box<dyn Dataset>)), expected);
    }
}
