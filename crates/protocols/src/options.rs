use std::fmt;
use std::num::NonZeroUsize;

use crate::{Augmentation, Observer};

/// How [`evaluate`](crate::evaluate) and [`predict`](crate::predict) go about their data.
///
/// Batch size and threads change the time it takes, never the result.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use protocols::Options;
///
/// let options = Options::new().batch_size(NonZeroUsize::MIN).loader_threads(4).keep_predictions();
/// # let _ = options;
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Options<'a> {
    pub(crate) only: Option<&'a [usize]>,
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) loader_threads: usize,
    pub(crate) augmentation: Option<&'a dyn Augmentation>,
    pub(crate) observer: Option<&'a dyn Observer>,
    pub(crate) keep: Keep,
    pub(crate) on_failure: OnFailure,
    pub(crate) check_label_order: bool,
}

/// What is returned besides the metrics' values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keep {
    Values,
    Predictions,
    Images,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Stop,
    Skip,
}

impl<'a> Options<'a> {
    /// Batches of 32, read on one thread beside the model's, no augmentation; a failure stops the loop.
    pub fn new() -> Self {
        Self {
            only: None,
            batch_size: const { NonZeroUsize::new(32).unwrap() },
            loader_threads: 1,
            augmentation: None,
            observer: None,
            keep: Keep::Values,
            on_failure: OnFailure::Stop,
            check_label_order: true,
        }
    }

    /// Handles only these data of a dataset, in this order, each under its own position: a part of it, or
    /// what is left of it. Whatever is random about a datum stays as it is in the whole.
    ///
    /// An iterator of batches has no positions to choose by; this does not touch it.
    pub fn only(self, indices: &'a [usize]) -> Self {
        Self { only: Some(indices), ..self }
    }

    /// How many pictures of a dataset the model is given at once. (An iterator's batches have their size.)
    pub fn batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
    }

    /// How many threads read and augment data while the model runs; with 0, the model's thread does.
    ///
    /// They are at most two batches ahead. No more than 256 are used.
    pub fn loader_threads(self, loader_threads: usize) -> Self {
        Self { loader_threads, ..self }
    }

    /// Augments each datum before the model sees it.
    pub fn augmentation(self, augmentation: &'a dyn Augmentation) -> Self {
        Self { augmentation: Some(augmentation), ..self }
    }

    /// Reports progress.
    pub fn observer(self, observer: &'a dyn Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Returns the scores, with the classes and identities of the (augmented) data.
    pub fn keep_predictions(self) -> Self {
        Self { keep: self.keep.max(Keep::Predictions), ..self }
    }

    /// Returns the (augmented) pictures as well, and the scores. They are held in memory all together.
    pub fn keep_images(self) -> Self {
        Self { keep: Keep::Images, ..self }
    }

    /// Leaves out data that cannot be read, augmented or scored, and lists them, instead of stopping.
    pub fn skip_failures(self) -> Self {
        Self { on_failure: OnFailure::Skip, ..self }
    }

    /// Lets a model run on a dataset that names its classes differently.
    ///
    /// Without this, different names or another order are an error: scores would be held against the wrong
    /// classes. [`AlignedModel`](crate::AlignedModel) is the remedy if only the order differs.
    pub fn trust_label_order(self) -> Self {
        Self { check_label_order: false, ..self }
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("only", &self.only.map(<[usize]>::len))
            .field("batch_size", &self.batch_size)
            .field("loader_threads", &self.loader_threads)
            .field("augmentation", &self.augmentation.map(|augmentation| &augmentation.metadata().id))
            .field("observed", &self.observer.is_some())
            .field("keep", &self.keep)
            .field("on_failure", &self.on_failure)
            .field("check_label_order", &self.check_label_order)
            .finish()
    }
}
