use std::fmt;

use crate::{Batch, BoxError, Dataset, Error, Place};

/// Where a loop takes its data from: a dataset, or any iterator of batches.
///
/// ```
/// use protocols::{Batch, BoxError, MemoryDataset, Source};
///
/// let dataset = MemoryDataset::new("empty", vec!["a".to_owned()], vec![])?;
/// let from_dataset = Source::from(&dataset);
/// let from_batches = Source::batches([Batch::default()].map(Ok::<_, BoxError>));
/// # Ok::<(), BoxError>(())
/// ```
pub struct Source<'a>(pub(crate) Kind<'a>);

pub(crate) enum Kind<'a> {
    Dataset(&'a dyn Dataset),
    Batches(Box<dyn Iterator<Item = Result<Batch, BoxError>> + Send + 'a>),
}

impl<'a> Source<'a> {
    /// Takes batches as they come; their sizes are theirs. The iterator is drawn from on another thread.
    pub fn batches<I, E>(batches: I) -> Self
    where
        I: IntoIterator<Item = Result<Batch, E>>,
        I::IntoIter: Send + 'a,
        E: Into<BoxError>,
    {
        Self(Kind::Batches(Box::new(batches.into_iter().map(|batch| batch.map_err(Into::into)))))
    }
}

impl<'a, D: Dataset> From<&'a D> for Source<'a> {
    fn from(dataset: &'a D) -> Self {
        Self(Kind::Dataset(dataset))
    }
}

impl<'a> From<&'a (dyn Dataset + 'a)> for Source<'a> {
    fn from(dataset: &'a (dyn Dataset + 'a)) -> Self {
        Self(Kind::Dataset(dataset))
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Dataset(dataset) => f.debug_tuple("Dataset").field(&dataset.metadata().id).finish(),
            Kind::Batches(_) => f.write_str("Batches"),
        }
    }
}

/// Reads a dataset's data in batches of `size`, the last one with what is left.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use ndarray::Array3;
/// use protocols::{MemoryDataset, batches};
///
/// let pictures = (0..5).map(|i| (Array3::from_elem((2, 2, 1), i), 0)).collect();
/// let dataset = MemoryDataset::new("five", vec!["tile".to_owned()], pictures)?;
/// let sizes: Result<Vec<_>, _> =
///     batches(&dataset, NonZeroUsize::MIN.saturating_add(1)).map(|batch| batch.map(|b| b.len())).collect();
/// assert_eq!(sizes?, [2, 2, 1]);
/// # Ok::<(), protocols::BoxError>(())
/// ```
///
/// # Errors
///
/// An item is [`Error::Read`] or [`Error::Index`] if one of its data cannot be read.
pub fn batches(
    dataset: &dyn Dataset,
    size: std::num::NonZeroUsize,
) -> impl Iterator<Item = Result<Batch, Error>> + Send {
    let len = dataset.len();
    (0..len).step_by(size.get()).map(move |first| {
        (first..len.min(first.saturating_add(size.get()))).map(|index| read(dataset, index)).collect()
    })
}

/// Reads one datum, which must say the index that it was asked for under: random streams are keyed by it.
pub(crate) fn read(dataset: &dyn Dataset, index: usize) -> Result<crate::Datum, Error> {
    let place = || Place::of_datum(index).in_dataset(&dataset.metadata().id);
    let datum = dataset.get(index).map_err(|source| Error::Read { place: place(), source })?;
    if datum.metadata.index != index {
        let place = place().named(&datum.metadata.id);
        return Err(Error::Index { place, index: datum.metadata.index });
    }
    Ok(datum)
}
