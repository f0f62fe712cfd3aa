use std::ops::Range;

use crate::{BoxError, Dataset, DatasetMetadata, Datum, Error};

/// A selection of a dataset's data, in any order, as a dataset of its own.
///
/// `metadata.index` is the position in the subset; `metadata.id` and `metadata.key` stay as they are, so a
/// datum's random numbers are the same in every subset.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Dataset, MemoryDataset, Subset};
///
/// let images = (0..5).map(|i| (Array3::from_elem((2, 2, 1), i), 0)).collect();
/// let dataset = MemoryDataset::new("five", vec!["tile".to_owned()], images)?;
/// let subset = Subset::new(&dataset, vec![4, 2])?;
/// let datum = subset.get(1)?;
/// assert_eq!((datum.metadata.id.as_str(), datum.metadata.index, datum.metadata.key), ("2", 1, 2));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subset<D> {
    dataset: D,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// Selects the data at these indices, in this order. An index may occur more than once.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for an index outside the dataset.
    pub fn new(dataset: D, indices: Vec<usize>) -> Result<Self, Error> {
        let len = dataset.len();
        match indices.iter().find(|&&index| index >= len) {
            Some(&index) => Err(dataset.metadata().out_of_range(index, len)),
            None => Ok(Self { dataset, indices }),
        }
    }

    /// Selects up to `limit` data from index `offset` on.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use protocols::{Dataset, MemoryDataset, Subset};
    ///
    /// let images = (0..5).map(|i| (Array3::from_elem((2, 2, 1), i), 0)).collect();
    /// let dataset = MemoryDataset::new("five", vec!["tile".to_owned()], images)?;
    /// assert_eq!(Subset::take(&dataset, 1, 3)?.indices(), [1, 2, 3]);
    /// assert_eq!(Subset::take(&dataset, 4, 3)?.len(), 1);
    /// assert!(Subset::take(&dataset, 5, 3).is_err());
    /// # Ok::<(), protocols::BoxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] unless `offset` is less than the dataset's length.
    pub fn take(dataset: D, offset: usize, limit: usize) -> Result<Self, Error> {
        let len = dataset.len();
        if offset >= len {
            return Err(dataset.metadata().out_of_range(offset, len));
        }
        let selected: Range<usize> = offset..offset.saturating_add(limit).min(len);
        Ok(Self { dataset, indices: selected.collect() })
    }

    /// The selected indices of the underlying dataset.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// A datum's index in the underlying dataset.
    fn inner_index(&self, index: usize) -> Result<usize, Error> {
        let inner = self.indices.get(index).copied();
        inner.ok_or_else(|| Error::OutOfRange {
            dataset: format!("a subset of {}", self.metadata().id),
            index,
            len: self.indices.len(),
        })
    }

    /// The underlying dataset.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    fn metadata(&self) -> &DatasetMetadata {
        self.dataset.metadata()
    }

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let mut datum = self.dataset.get(self.inner_index(index)?)?;
        datum.metadata.index = index;
        Ok(datum)
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        self.dataset.target(self.inner_index(index)?)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        self.dataset.id(self.inner_index(index)?)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::MemoryDataset;

    fn three() -> MemoryDataset {
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        MemoryDataset::new("three", labels, (0..3).map(|i| (Array3::zeros((1, 1, 1)), i)).collect()).unwrap()
    }

    #[test]
    fn a_subset_of_a_subset_counts_from_zero_and_keeps_the_keys_of_the_whole() {
        let inner = Subset::new(three(), vec![2, 1, 0]).unwrap();
        let outer = Subset::new(inner, vec![1, 1, 0]).unwrap();
        let data = (0..3).map(|i| outer.get(i).unwrap().metadata);
        let identities: Vec<_> = data.map(|m| (m.id, m.index, m.key)).collect();
        assert_eq!(identities, [("1".to_owned(), 0, 1), ("1".to_owned(), 1, 1), ("2".to_owned(), 2, 2)]);
        assert_eq!(outer.target(2).unwrap(), 2);
    }

    #[test]
    fn an_index_outside_is_named() {
        let error = Subset::new(three(), vec![0, 3]);
        assert!(matches!(error, Err(Error::OutOfRange { index: 3, len: 3, .. })), "{error:?}");
    }

    #[test]
    fn a_limit_beyond_the_end_selects_the_rest() {
        assert_eq!(Subset::take(three(), 1, usize::MAX).unwrap().indices(), [1, 2]);
        assert!(Subset::take(three(), 0, 0).unwrap().is_empty());
    }
}
