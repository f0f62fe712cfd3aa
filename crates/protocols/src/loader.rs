use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::augmented::augment;
use crate::{Augmentation, Dataset, Datum, Error, Place};

/// A channel reserves its places when it is made, so a batch size that means "all" must not size it.
const MOST_AHEAD: usize = 1024;

/// More threads than this could not be kept busy by one model, and the system might refuse them.
const MOST_THREADS: usize = 256;

/// A datum on its way to the model.
pub(crate) struct Item {
    pub(crate) datum: Result<Datum, Error>,
    /// Whether the model runs once this datum is there.
    pub(crate) ends_batch: bool,
}

/// Reads and augments data ahead of the model.
#[derive(Clone, Copy)]
pub(crate) struct Loader<'a> {
    pub(crate) dataset: &'a dyn Dataset,
    pub(crate) augmentation: Option<&'a dyn Augmentation>,
    /// The indices of the data to load; `None` for all.
    pub(crate) only: Option<&'a [usize]>,
    pub(crate) batch_size: usize,
    pub(crate) threads: usize,
    pub(crate) classes: usize,
}

impl Loader<'_> {
    /// Hands the data to `consume` in their order, read and augmented ahead by other threads.
    ///
    /// Thread t of T reads the data t, t + T, t + 2 T, …, so that taking from the threads in turn restores
    /// the order, whichever thread is faster.
    pub(crate) fn load<R>(&self, consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R) -> R {
        let count = self.only.map_or_else(|| self.dataset.len(), <[usize]>::len);
        let threads = self.threads.min(MOST_THREADS).min(count);
        if threads == 0 {
            return consume(&mut (0..count).map(|i| self.item(i)));
        }
        let ahead = self.batch_size.saturating_mul(2).div_ceil(threads).min(MOST_AHEAD);
        thread::scope(|scope| {
            let receivers = (0..threads).map(|first| {
                let (sender, receiver) = sync_channel(ahead);
                scope.spawn(move || {
                    for i in (first..count).step_by(threads) {
                        if sender.send(self.item(i)).is_err() {
                            // The consumer has stopped because of an earlier datum.
                            return;
                        }
                    }
                });
                receiver
            });
            consume(&mut InTurn { receivers: receivers.collect(), turn: 0 })
        })
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

/// Takes from channels in turn, until the next one has closed.
struct InTurn {
    receivers: Vec<Receiver<Item>>,
    turn: usize,
}

impl Iterator for InTurn {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let item = self.receivers.get(self.turn)?.recv().ok()?;
        self.turn = (self.turn + 1) % self.receivers.len();
        Some(item)
    }
}
