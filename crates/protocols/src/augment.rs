use crate::{Augmentation, Batch, BoxError, Dataset, DatasetMetadata, Datum, Error, Place};

/// Augments batches one after another, datum by datum.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use ndarray::Array3;
/// use protocols::{
///     Augmentation, AugmentationMetadata, Batch, BoxError, MemoryDataset, augment, batches,
/// };
///
/// struct Invert(AugmentationMetadata);
///
/// impl Augmentation for Invert {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut batch: Batch) -> Result<Batch, BoxError> {
///         batch.images.iter_mut().for_each(|image| image.mapv_inplace(|value| 255 - value));
///         Ok(batch)
///     }
/// }
///
/// let dataset = MemoryDataset::new("d", vec!["a".to_owned()], vec![(Array3::zeros((1, 1, 1)), 0)])?;
/// let invert = Invert(AugmentationMetadata::new("invert"));
/// for batch in augment(&invert, batches(&dataset, NonZeroUsize::MIN)) {
///     assert_eq!(batch?.images[0][[0, 0, 0]], 255);
/// }
/// # Ok::<(), BoxError>(())
/// ```
///
/// # Errors
///
/// An item is [`Error::ReadBatch`] where `batches` has an error, [`Error::Lengths`] for a batch whose lists
/// differ in length, and [`Error::Augment`] or [`Error::AugmentedCount`] for a datum that fails.
pub fn augment<E: Into<BoxError>>(
    augmentation: &dyn Augmentation,
    batches: impl IntoIterator<Item = Result<Batch, E>>,
) -> impl Iterator<Item = Result<Batch, Error>> {
    let mut position = 0;
    batches.into_iter().map(move |batch| {
        let first = position;
        let batch = batch.map_err(|source| Error::ReadBatch { position: first, source: source.into() })?;
        position += batch.len();
        consistent(&batch, first)?;
        batch
            .into_data()
            .enumerate()
            .map(|(i, datum)| augment_datum(augmentation, datum, Place::of_datum(first + i)))
            .collect()
    })
}

/// A dataset whose data are augmented as they are read, each time anew.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{
///     Augmentation, AugmentationMetadata, Augmented, Batch, BoxError, Dataset, MemoryDataset,
/// };
///
/// struct Brighten(AugmentationMetadata);
///
/// impl Augmentation for Brighten {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut batch: Batch) -> Result<Batch, BoxError> {
///         batch.images.iter_mut().for_each(|image| image.mapv_inplace(|value| value.saturating_add(20)));
///         Ok(batch)
///     }
/// }
///
/// let dataset = MemoryDataset::new("d", vec!["a".to_owned()], vec![(Array3::zeros((1, 1, 1)), 0)])?;
/// let brighter = Augmented::new(dataset, Brighten(AugmentationMetadata::new("brighten")));
/// assert_eq!(brighter.get(0)?.image[[0, 0, 0]], 20);
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Augmented<D, A> {
    dataset: D,
    augmentation: A,
}

impl<D: Dataset, A: Augmentation> Augmented<D, A> {
    /// Augments a dataset's data.
    pub fn new(dataset: D, augmentation: A) -> Self {
        Self { dataset, augmentation }
    }
}

impl<D: Dataset, A: Augmentation> Dataset for Augmented<D, A> {
    fn metadata(&self) -> &DatasetMetadata {
        self.dataset.metadata()
    }

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let place = Place::of_datum(index).in_dataset(&self.dataset.metadata().id);
        Ok(augment_datum(&self.augmentation, self.dataset.get(index)?, place)?)
    }
}

/// Augments one datum; `place` is named by the datum's id if it fails.
pub(crate) fn augment_datum(
    augmentation: &dyn Augmentation,
    datum: Datum,
    place: Place,
) -> Result<Datum, Error> {
    let place = place.named(&datum.metadata.id);
    let name = || augmentation.metadata().id.clone();
    let batch = match augmentation.augment(datum.into()) {
        Ok(batch) => batch,
        Err(source) => return Err(Error::Augment { augmentation: name(), place, source }),
    };
    let (count, consistent) = (batch.len(), batch.is_consistent());
    match batch.into_data().next() {
        Some(datum) if count == 1 && consistent => Ok(datum),
        _ => Err(Error::AugmentedCount { augmentation: name(), place, count }),
    }
}

/// Refuses a batch whose lists differ in length.
pub(crate) fn consistent(batch: &Batch, position: usize) -> Result<(), Error> {
    if batch.is_consistent() {
        return Ok(());
    }
    Err(Error::Lengths {
        what: "the batch",
        position,
        rows: batch.images.len(),
        targets: batch.targets.len(),
        metadata: batch.metadata.len(),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{AugmentationMetadata, DatumMetadata};

    /// Repeats every datum, and refuses class 7.
    struct Repeat(AugmentationMetadata, usize);

    impl Augmentation for Repeat {
        fn metadata(&self) -> &AugmentationMetadata {
            &self.0
        }

        fn augment(&self, batch: Batch) -> Result<Batch, BoxError> {
            if batch.targets.contains(&7) {
                return Err("class 7".into());
            }
            Ok(batch.into_data().flat_map(|datum| vec![datum; self.1]).collect())
        }
    }

    fn batch(targets: &[usize]) -> Batch {
        let datum = |(i, &target): (usize, &usize)| Datum {
            image: Array3::zeros((1, 1, 1)),
            target,
            metadata: DatumMetadata::new(format!("t{target}"), i),
        };
        targets.iter().enumerate().map(datum).collect()
    }

    #[test]
    fn the_failing_datum_is_named_by_its_place_in_the_stream() {
        let identity = Repeat(AugmentationMetadata::new("once"), 1);
        let batches = [batch(&[1, 2]), batch(&[3, 7])].map(Ok::<_, BoxError>);
        let results: Vec<_> = augment(&identity, batches).collect();
        assert_eq!(results[0].as_ref().unwrap(), &batch(&[1, 2]));
        let Err(Error::Augment { place, .. }) = &results[1] else { panic!("{results:?}") };
        assert_eq!(place, &Place::of_datum(3).named("t7"));
    }

    #[test]
    fn one_datum_must_stay_one_datum() {
        for count in [0, 2] {
            let repeat = Repeat(AugmentationMetadata::new("repeat"), count);
            let result = augment(&repeat, [Ok::<_, BoxError>(batch(&[1]))]).next();
            assert!(matches!(result, Some(Err(Error::AugmentedCount { count: c, .. })) if c == count));
        }
    }

    #[test]
    fn lists_of_different_lengths_are_refused() {
        let mut uneven = batch(&[1, 2]);
        uneven.metadata.pop();
        let identity = Repeat(AugmentationMetadata::new("once"), 1);
        let result = augment(&identity, [Ok::<_, BoxError>(uneven)]).next();
        assert!(matches!(result, Some(Err(Error::Lengths { rows: 2, targets: 2, metadata: 1, .. }))));
    }
}
