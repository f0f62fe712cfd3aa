use crate::{Augmentation, BoxError, Dataset, DatasetMetadata, Datum, Error, Place};

/// A dataset whose data are augmented whenever they are read.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{
///     Augmentation, AugmentationMetadata, Augmented, BoxError, Dataset, Datum, MemoryDataset,
/// };
///
/// struct Brighten(AugmentationMetadata);
///
/// impl Augmentation for Brighten {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut datum: Datum) -> Result<Datum, BoxError> {
///         datum.image.mapv_inplace(|value| value.saturating_add(20));
///         Ok(datum)
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
    /// Joins a dataset and an augmentation.
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
        Ok(augment(&self.augmentation, self.dataset.get(index)?, place)?)
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        self.dataset.target(index)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        self.dataset.id(index)
    }
}

/// Augments a datum, whose identity must stay; errors name the datum.
pub(crate) fn augment(augmentation: &dyn Augmentation, datum: Datum, place: Place) -> Result<Datum, Error> {
    let place = place.named(&datum.metadata.id);
    let name = || augmentation.metadata().id.clone();
    let identity = |datum: &Datum| {
        let metadata = &datum.metadata;
        (datum.target, metadata.id.clone(), metadata.index, metadata.key)
    };
    let before = identity(&datum);
    let datum = match augmentation.augment(datum) {
        Ok(datum) => datum,
        Err(source) => return Err(Error::Augment { augmentation: name(), place, source }),
    };
    if identity(&datum) == before {
        return Ok(datum);
    }
    Err(Error::AugmentedIdentity { augmentation: name(), place })
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{AugmentationMetadata, DatumMetadata, MemoryDataset};

    struct FnAugmentation<F>(AugmentationMetadata, F);

    impl<F: Fn(Datum) -> Result<Datum, BoxError> + Send + Sync> Augmentation for FnAugmentation<F> {
        fn metadata(&self) -> &AugmentationMetadata {
            &self.0
        }

        fn augment(&self, datum: Datum) -> Result<Datum, BoxError> {
            self.1(datum)
        }
    }

    fn augmented(
        function: impl Fn(Datum) -> Result<Datum, BoxError> + Send + Sync,
    ) -> Result<Datum, BoxError> {
        let images = vec![(Array3::zeros((1, 1, 1)), 0), (Array3::zeros((1, 1, 1)), 1)];
        let dataset = MemoryDataset::new("d", ["a", "b"].map(str::to_owned).to_vec(), images)?;
        Augmented::new(dataset, FnAugmentation(AugmentationMetadata::new("f"), function)).get(1)
    }

    #[test]
    fn a_datum_that_fails_is_named() {
        let error = augmented(|_| Err("too small".into())).unwrap_err();
        assert_eq!(error.to_string(), "augmentation `f` fails on datum 1 (`1`) of dataset `d`");
        assert_eq!(error.source().unwrap().to_string(), "too small");
    }

    #[test]
    fn a_datum_keeps_its_class_id_index_and_key() {
        let changes: [fn(&mut Datum); 4] = [
            |datum| datum.metadata.id.clear(),
            |datum| datum.target = 0,
            |datum| datum.metadata.index = 0,
            |datum| datum.metadata.key = 0,
        ];
        for change in changes {
            let error = augmented(move |mut datum| {
                change(&mut datum);
                Ok(datum)
            });
            let error = *error.unwrap_err().downcast::<Error>().unwrap();
            assert!(matches!(error, Error::AugmentedIdentity { .. }), "{error:?}");
        }
    }

    #[test]
    fn an_image_may_change_its_size() {
        let datum = augmented(|datum| Ok(Datum { image: Array3::zeros((5, 7, 1)), ..datum })).unwrap();
        assert_eq!(datum.image.dim(), (5, 7, 1));
        assert_eq!(datum.metadata, DatumMetadata::new("1", 1));
    }
}
