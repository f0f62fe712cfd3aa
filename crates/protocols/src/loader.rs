use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::augment::{augment_datum, consistent};
use crate::source::{Kind, read};
use crate::{Augmentation, Batch, BoxError, Dataset, Datum, Error, Place, Source};

/// A channel reserves its places when it is made, so a batch size that means "all" must not size it.
const MOST_AHEAD: usize = 1024;

/// More threads than this could not be kept busy by one model, and the system might refuse them.
const MOST_THREADS: usize = 256;

/// A datum on its way to the model.
pub(crate) struct Item {
    /// How many data came before it.
    pub(crate) position: usize,
    pub(crate) datum: Result<Datum, Error>,
    /// Whether the model is run once this datum is there.
    pub(crate) ends_batch: bool,
}

/// What is done to data on the way.
#[derive(Clone, Copy)]
pub(crate) struct Loader<'a> {
    pub(crate) augmentation: Option<&'a dyn Augmentation>,
    pub(crate) dataset_id: Option<&'a str>,
    /// Which data of a dataset; none is all.
    pub(crate) only: Option<&'a [usize]>,
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) threads: usize,
    pub(crate) classes: usize,
}

impl Loader<'_> {
    /// Hands the source's data to `consume` in their order, read and augmented ahead by the threads.
    pub(crate) fn load<R>(
        &self,
        source: Source<'_>,
        consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R,
    ) -> R {
        match (source.0, self.threads.min(MOST_THREADS)) {
            (Kind::Dataset(dataset), 0) => {
                consume(&mut (0..self.count(dataset)).map(|i| self.read(dataset, i)))
            }
            (Kind::Batches(batches), 0) => consume(&mut items(batches).map(|item| self.prepare(item))),
            (Kind::Dataset(dataset), threads) => self.load_dataset(dataset, threads, consume),
            (Kind::Batches(batches), threads) => self.load_batches(batches, threads, consume),
        }
    }

    /// How many of a dataset's data there are to read.
    pub(crate) fn count(&self, dataset: &dyn Dataset) -> usize {
        self.only.map_or_else(|| dataset.len(), <[usize]>::len)
    }

    /// Thread t of T reads the data t, t + T, t + 2 T, …, so that taking from the threads in turn restores
    /// the order, whichever is faster.
    fn load_dataset<R>(
        &self,
        dataset: &dyn Dataset,
        threads: usize,
        consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R,
    ) -> R {
        let count = self.count(dataset);
        let threads = threads.min(count).max(1);
        thread::scope(|scope| {
            let receivers = (0..threads).map(|first| {
                let (sender, receiver) = self.channel(threads);
                scope.spawn(move || {
                    for i in (first..count).step_by(threads) {
                        if sender.send(self.read(dataset, i)).is_err() {
                            // The loop has stopped listening because of an error before this datum.
                            return;
                        }
                    }
                });
                receiver
            });
            consume(&mut InTurn::new(receivers.collect()))
        })
    }

    /// One thread draws from the iterator and deals the data out in turn to those that augment.
    fn load_batches<R>(
        &self,
        batches: impl Iterator<Item = Result<Batch, BoxError>> + Send,
        threads: usize,
        consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> R,
    ) -> R {
        thread::scope(|scope| {
            let (senders, receivers): (Vec<SyncSender<Item>>, Vec<_>) = (0..threads)
                .map(|_| {
                    let (sender, inbox) = sync_channel::<Item>(1);
                    let (outbox, receiver) = self.channel(threads);
                    scope.spawn(move || {
                        for item in inbox {
                            if outbox.send(self.prepare(item)).is_err() {
                                return;
                            }
                        }
                    });
                    (sender, receiver)
                })
                .unzip();
            scope.spawn(move || {
                for (item, sender) in items(batches).zip(senders.iter().cycle()) {
                    if sender.send(item).is_err() {
                        return;
                    }
                }
            });
            consume(&mut InTurn::new(receivers))
        })
    }

    /// A thread's channel to the model's: all of them together hold two batches.
    fn channel(&self, threads: usize) -> (SyncSender<Item>, Receiver<Item>) {
        sync_channel(self.batch_size.get().saturating_mul(2).div_ceil(threads).min(MOST_AHEAD))
    }

    /// Reads the i-th of the data to read.
    fn read(&self, dataset: &dyn Dataset, i: usize) -> Item {
        let index = self.only.and_then(|only| only.get(i).copied()).unwrap_or(i);
        // Batches end where those of the whole dataset do.
        let ends_batch = (index + 1).is_multiple_of(self.batch_size.get());
        self.prepare(Item { position: index, datum: read(dataset, index), ends_batch })
    }

    /// Augments a datum and checks its class.
    fn prepare(&self, item: Item) -> Item {
        let place = || {
            let place = Place::of_datum(item.position);
            if let Some(id) = self.dataset_id { place.in_dataset(id) } else { place }
        };
        let datum = item.datum.and_then(|datum| match self.augmentation {
            Some(augmentation) => augment_datum(augmentation, datum, place()),
            None => Ok(datum),
        });
        let datum = datum.and_then(|datum| {
            if datum.target < self.classes {
                return Ok(datum);
            }
            let place = place().named(datum.metadata.id);
            Err(Error::Target { place, target: datum.target, classes: self.classes })
        });
        Item { datum, ..item }
    }
}

/// The data of batches, each known by how many came before it.
fn items(batches: impl Iterator<Item = Result<Batch, BoxError>>) -> impl Iterator<Item = Item> {
    let mut position = 0;
    batches.flat_map(move |batch| {
        let first = position;
        let batch = batch
            .map_err(|source| Error::ReadBatch { position: first, source })
            .and_then(|batch| consistent(&batch, first).map(|()| batch));
        let data: Vec<_> = match batch {
            Ok(batch) => batch.into_data().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        let count = data.len();
        position += count;
        data.into_iter().enumerate().map(move |(i, datum)| Item {
            position: first + i,
            datum,
            ends_batch: i + 1 == count,
        })
    })
}

/// Takes from channels in turn, until the one whose turn it is has closed.
struct InTurn {
    receivers: Vec<Receiver<Item>>,
    turn: usize,
}

impl InTurn {
    fn new(receivers: Vec<Receiver<Item>>) -> Self {
        Self { receivers, turn: 0 }
    }
}

impl Iterator for InTurn {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let item = self.receivers.get(self.turn)?.recv().ok()?;
        self.turn = (self.turn + 1) % self.receivers.len();
        Some(item)
    }
}
