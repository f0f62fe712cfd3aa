use ndarray::Array3;

use crate::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata, Error, Place};

/// A [`Dataset`] in memory.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Dataset, MemoryDataset};
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let images = vec![(Array3::zeros((8, 8, 3)), 0), (Array3::from_elem((6, 9, 3), 255), 1)];
/// let dataset = MemoryDataset::new("tiles", labels, images)?;
/// assert_eq!(dataset.get(1)?.image.dim(), (6, 9, 3));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryDataset {
    metadata: DatasetMetadata,
    data: Vec<Datum>,
}

impl MemoryDataset {
    /// Images `(height, width, channels)` and their classes; each image is named by its position.
    ///
    /// # Errors
    ///
    /// [`Error::Target`] for a class without a label.
    pub fn new(
        id: impl Into<String>,
        labels: Vec<String>,
        images: Vec<(Array3<u8>, usize)>,
    ) -> Result<Self, Error> {
        let data = images
            .into_iter()
            .enumerate()
            .map(|(i, (image, target))| Datum {
                image,
                target,
                metadata: DatumMetadata::new(i.to_string(), i),
            })
            .collect();
        Self::from_data(DatasetMetadata::new(id, labels), data)
    }

    /// Data with names of their own. Their positions here become their indices and keys.
    ///
    /// # Errors
    ///
    /// [`Error::Target`] for a class without a label.
    pub fn from_data(metadata: DatasetMetadata, mut data: Vec<Datum>) -> Result<Self, Error> {
        let classes = metadata.labels.len();
        for (i, datum) in data.iter_mut().enumerate() {
            if datum.target >= classes {
                let place = Place::of_datum(i).named(&datum.metadata.id).in_dataset(metadata.id);
                return Err(Error::Target { place, target: datum.target, classes });
            }
            datum.metadata.index = i;
            datum.metadata.key = i;
        }
        Ok(Self { metadata, data })
    }

    fn datum(&self, index: usize) -> Result<&Datum, Error> {
        self.data.get(index).ok_or_else(|| self.metadata.out_of_range(index, self.data.len()))
    }
}

impl Dataset for MemoryDataset {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.data.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        Ok(self.datum(index)?.clone())
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.datum(index)?.target)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        Ok(self.datum(index)?.metadata.id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_a_label_is_refused() {
        let error = MemoryDataset::new("d", vec!["a".to_owned()], vec![(Array3::zeros((1, 1, 1)), 1)]);
        let Err(Error::Target { place, target: 1, classes: 1 }) = error else { panic!("{error:?}") };
        assert_eq!(place.to_string(), "datum 0 (`0`) of dataset `d`");
    }

    #[test]
    fn an_index_outside_is_an_error() {
        let dataset =
            MemoryDataset::new("d", vec!["a".to_owned()], vec![(Array3::zeros((1, 1, 1)), 0)]).unwrap();
        let subset = crate::Subset::new(dataset.clone(), vec![0, 0]).unwrap();
        for (dataset, id, len) in [(&dataset as &dyn Dataset, "d", 1), (&subset, "a subset of d", 2)] {
            let expected = format!("index {len} lies outside dataset `{id}`, expected less than {len}");
            assert_eq!(dataset.get(len).unwrap_err().to_string(), expected);
            assert_eq!(dataset.target(len).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn positions_become_indices_and_keys() {
        let datum =
            Datum { image: Array3::zeros((1, 1, 1)), target: 0, metadata: DatumMetadata::new("x", 9) };
        let metadata = DatasetMetadata::new("d", vec!["a".to_owned()]);
        let dataset = MemoryDataset::from_data(metadata, vec![datum]).unwrap();
        assert_eq!(dataset.get(0).unwrap().metadata, DatumMetadata::new("x", 0));
    }
}
