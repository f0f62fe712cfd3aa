use std::sync::Arc;

use crate::forward::forward;
use crate::{BoxError, Datum, Error};

/// A dataset's name and classes.
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
    /// The dataset's name.
    pub id: String,
    /// The class names, by class index.
    pub labels: Vec<String>,
}

impl DatasetMetadata {
    /// Names a dataset and its classes.
    #[must_use]
    pub fn new(id: impl Into<String>, labels: Vec<String>) -> Self {
        Self { id: id.into(), labels }
    }

    /// [`Error::OutOfRange`] for this dataset, which holds `len` data.
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

/// Labelled images, read by index.
///
/// Images may differ in size. The same index gives the same datum, whenever and on whichever thread it is
/// read; several threads may read at once.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};
///
/// /// Grey tiles of increasing brightness.
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

    /// The number of data.
    fn len(&self) -> usize;

    /// Whether there are no data.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a datum, whose `metadata.index` is `index`.
    ///
    /// # Errors
    ///
    /// The datum cannot be read, or `index` is not less than `self.len()`.
    fn get(&self, index: usize) -> Result<Datum, BoxError>;

    /// The class of a datum, without decoding its image if the dataset can.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.get(index)?.target)
    }

    /// The name of a datum, its `metadata.id`, without decoding its image if the dataset can.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn id(&self, index: usize) -> Result<String, BoxError> {
        Ok(self.get(index)?.metadata.id)
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

    fn id(&self, index: usize) -> Result<String, BoxError> {
        (**self).id(index)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers differently from the provided methods.
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
            Err("no image".into())
        }

        fn target(&self, index: usize) -> Result<usize, BoxError> {
            Ok(index + 40)
        }

        fn id(&self, index: usize) -> Result<String, BoxError> {
            Ok(format!("datum {index}"))
        }
    }

    #[test]
    fn pointers_forward_the_provided_methods_too() {
        fn answers(dataset: impl Dataset) -> (usize, bool, usize, String, String) {
            let error = dataset.get(0).unwrap_err().to_string();
            (dataset.len(), dataset.is_empty(), dataset.target(2).unwrap(), dataset.id(2).unwrap(), error)
        }
        let contrary = || Contrary(DatasetMetadata::new("c", vec![]));
        let expected = (3, true, 42, "datum 2".to_owned(), "no image".to_owned());
        let value = contrary();
        assert_eq!(answers(&value), expected);
        assert_eq!(answers(Box::new(contrary())), expected);
        assert_eq!(answers(Arc::new(contrary()) as Arc<dyn Dataset>), expected);
        assert_eq!(answers(&(Box::new(contrary()) as Box<dyn Dataset>)), expected);
    }
}
