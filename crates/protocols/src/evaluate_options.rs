use std::fmt;

use crate::{Augmentation, EvaluationObserver};

/// 256 MB: seven images of 12 megapixels, or 21,000 of 64 by 64 pixels.
const MEMORY_LIMIT: usize = 256_000_000;

/// How [`evaluate`](crate::evaluate) and [`predict`](crate::predict) process a dataset.
///
/// The batch size, the number of threads and the memory limit change the running time, never the result.
///
/// ```
/// use protocols::EvaluateOptions;
///
/// let options = EvaluateOptions::new().batch_size(8).loader_threads(4).keep_predictions();
/// # let _ = options;
/// ```
#[must_use]
pub struct EvaluateOptions<'a> {
    pub(crate) only: Option<&'a [usize]>,
    pub(crate) batch_size: usize,
    pub(crate) loader_threads: Option<usize>,
    pub(crate) memory_limit: usize,
    pub(crate) augmentation: Option<&'a dyn Augmentation>,
    pub(crate) observer: Option<&'a mut dyn EvaluationObserver>,
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

impl<'a> EvaluateOptions<'a> {
    /// All data, batches of 32, no augmentation; the first failure is the result.
    pub fn new() -> Self {
        Self {
            only: None,
            batch_size: 32,
            loader_threads: None,
            memory_limit: MEMORY_LIMIT,
            augmentation: None,
            observer: None,
            keep: Keep::Values,
            on_failure: OnFailure::Stop,
            check_label_order: true,
        }
    }

    /// Restricts the evaluation to the data at these indices, in this order.
    ///
    /// Unlike in a [`Subset`](crate::Subset), each datum keeps its index, and batches end where those of
    /// the whole dataset do.
    pub fn only(self, indices: &'a [usize]) -> Self {
        Self { only: Some(indices), ..self }
    }

    /// Images per forward pass, at least 1.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// Threads that read and augment data while the model runs, at most 256. They read at most two batches
    /// ahead. With 0, the calling thread reads and runs the model in turn.
    ///
    /// By default one per available processor, but at most 4.
    pub fn loader_threads(self, loader_threads: usize) -> Self {
        Self { loader_threads: Some(loader_threads), ..self }
    }

    /// Limits the memory of decoded images, in bytes: this many may wait for the model, and a batch that reaches this
    /// many is scored before it has [`batch_size`](Self::batch_size) images. 256 MB by default.
    ///
    /// Each loader thread may exceed it by one image, and so may a batch.
    pub fn memory_limit(self, memory_limit: usize) -> Self {
        Self { memory_limit, ..self }
    }

    /// Augments each datum before the model sees it.
    pub fn augmentation(self, augmentation: &'a dyn Augmentation) -> Self {
        Self { augmentation: Some(augmentation), ..self }
    }

    /// Reports progress and results to an observer, which may stop the evaluation.
    pub fn observer(self, observer: &'a mut dyn EvaluationObserver) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Returns the scores, with the classes and metadata of the augmented data.
    pub fn keep_predictions(self) -> Self {
        Self { keep: self.keep.max(Keep::Predictions), ..self }
    }

    /// Returns the scores and the augmented images, all of which are then held in memory.
    pub fn keep_images(self) -> Self {
        Self { keep: Keep::Images, ..self }
    }

    /// Skips data that cannot be read, augmented or scored, and lists them, instead of failing.
    pub fn skip_failures(self) -> Self {
        Self { on_failure: OnFailure::Skip, ..self }
    }

    /// Accepts a dataset whose labels are not the model's first labels.
    ///
    /// By default that is an error, since scores would be compared with the wrong classes. If the names agree
    /// and only their order differs, use an [`AlignedModel`](crate::AlignedModel) instead.
    pub fn trust_label_order(self) -> Self {
        Self { check_label_order: false, ..self }
    }
}

impl Default for EvaluateOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for EvaluateOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluateOptions")
            .field("only", &self.only.map(<[usize]>::len))
            .field("batch_size", &self.batch_size)
            .field("loader_threads", &self.loader_threads)
            .field("memory_limit", &self.memory_limit)
            .field("augmentation", &self.augmentation.map(|augmentation| &augmentation.metadata().id))
            .field("observed", &self.observer.is_some())
            .field("keep", &self.keep)
            .field("on_failure", &self.on_failure)
            .field("check_label_order", &self.check_label_order)
            .finish()
    }
}
