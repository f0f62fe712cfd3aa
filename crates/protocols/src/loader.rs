use std::num::NonZeroUsize;
use std::thread;

use crate::augmented::augment;
use crate::read_ahead::{ReadAhead, Weighed};
use crate::{Augmentation, Dataset, Datum, Error, Place};

/// By default no more threads than this: decoding is a fraction of the model's work.
const DEFAULT_THREADS: usize = 4;

/// More threads than this could not be kept busy by one model, and the system might refuse them.
const MOST_THREADS: usize = 256;

/// Batches that may be read ahead.
const BATCHES: usize = 2;

/// A datum on its way to the model.
pub(crate) struct Item {
    pub(crate) datum: Result<Datum, Error>,
    /// Whether the model runs once this datum is there.
    pub(crate) ends_batch: bool,
}

impl Weighed for Item {
    fn bytes(&self) -> usize {
        self.datum.as_ref().map_or(0, |datum| datum.image.len())
    }
}

/// Reads and augments data ahead of the model.
#[derive(Clone, Copy)]
pub(crate) struct Loader<'a> {
    pub(crate) dataset: &'a dyn Dataset,
    pub(crate) augmentation: Option<&'a dyn Augmentation>,
    /// The indices of the data to load; `None` for all.
    pub(crate) only: Option<&'a [usize]>,
    pub(crate) batch_size: usize,
    pub(crate) threads: Option<usize>,
    pub(crate) memory_limit: usize,
    pub(crate) classes: usize,
}

impl Loader<'_> {
    /// Hands the data to `consume` in their order, read and augmented ahead by other threads.
    pub(crate) fn load<R>(&self, consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R) -> R {
        let count = self.only.map_or_else(|| self.dataset.len(), <[usize]>::len);
        let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let read_ahead = ReadAhead {
            threads: self.threads.map_or_else(|| processors().min(DEFAULT_THREADS), |n| n.min(MOST_THREADS)),
            items: self.batch_size.saturating_mul(BATCHES),
            bytes: self.memory_limit,
        };
        read_ahead.run(count, |i| self.item(i), consume)
    }

    /// The i-th of the data to load.
    fn item(&self, i: usize) -> Item {
        let index = self.only.and_then(|only| only.get(i).copied()).unwrap_or(i);
        // Batches end where those of the whole dataset do.
        let ends_batch = (index + 1).is_multiple_of(self.batch_size);
        Item { datum: self.datum(index), ends_batch }
    }

    /// Reads and augments a datum, and checks its index and its class.
    fn datum(&self, index: usize) -> Result<Datum, Error> {
        let place = || Place::of_datum(index).in_dataset(&self.dataset.metadata().id);
        let mut datum = self.dataset.get(index).map_err(|source| Error::Read { place: place(), source })?;
        if datum.metadata.index != index {
            let place = place().named(datum.metadata.id);
            return Err(Error::Index { place, index: datum.metadata.index });
        }
        if let Some(augmentation) = self.augmentation {
            datum = augment(augmentation, datum, place())?;
        }
        if datum.target >= self.classes {
            let place = place().named(datum.metadata.id);
            return Err(Error::Target { place, target: datum.target, classes: self.classes });
        }
        Ok(datum)
    }
}
