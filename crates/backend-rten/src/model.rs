use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use model_folder::{ImageProcessor, ModelFolder, Scratch, softmax_rows};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use rayon::prelude::*;
use rten::{Dimension, RunOptions, ThreadPool, ValueView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use crate::{Error, Options};

const CHANNELS: usize = 3;

/// An ONNX image classifier together with its preprocessing.
pub struct RtenModel {
    metadata: ModelMetadata,
    network: rten::Model,
    processor: ImageProcessor,
    pool: Arc<ThreadPool>,
    batch_size: usize,
    /// The batch that the network insists on.
    fixed_batch: Option<usize>,
    /// The input tensor's memory, kept from batch to batch.
    input: Mutex<Vec<f32>>,
}

thread_local! {
    /// Each thread's buffers for preparing a picture: a drawn picture, and the processor's own.
    static BUFFERS: RefCell<(Array3<u8>, Scratch)> = RefCell::new((Array3::zeros((0, 0, 0)), Scratch::default()));
}

impl RtenModel {
    /// Loads a folder's `model.onnx`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Io`] without the file, and as [`from_bytes`](Self::from_bytes).
    pub fn load(folder: &ModelFolder, options: Options) -> Result<Self, Error> {
        let path = folder.onnx().ok_or_else(|| Error::Missing { name: folder.name() })?;
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path, source })?;
        Self::from_bytes(&folder.name(), bytes, folder.labels().to_vec(), folder.processor().clone(), options)
    }

    /// Makes a model of an ONNX file's bytes, the classes' names and the image processor.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] if the bytes are no ONNX model or ask for what `rten` lacks, [`Error::Signature`]
    /// unless the network has one input and one output.
    pub fn from_bytes(
        name: &str,
        onnx: Vec<u8>,
        labels: Vec<String>,
        processor: ImageProcessor,
        options: Options,
    ) -> Result<Self, Error> {
        let network = rten::ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(onnx)
            .map_err(|e| Error::Load { name: name.to_owned(), source: e.into() })?;
        let (inputs, outputs) = (network.input_ids().len(), network.output_ids().len());
        if inputs != 1 || outputs != 1 {
            return Err(Error::Signature { name: name.to_owned(), inputs, outputs });
        }
        let fixed_batch = match network.input_shape(0).and_then(|shape| shape.into_iter().next()) {
            Some(Dimension::Fixed(batch)) if batch > 0 => Some(batch),
            _ => None,
        };
        // rten's own pool counts physical cores, of which a virtual machine may show too few.
        let threads = options
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN));
        Ok(Self {
            metadata: ModelMetadata::new(name, labels, options.scores),
            network,
            processor,
            pool: Arc::new(ThreadPool::with_num_threads(threads.get())),
            batch_size: fixed_batch.unwrap_or(options.batch_size.get()),
            fixed_batch,
            input: Mutex::new(Vec::new()),
        })
    }

    /// Scores `count` pictures whose sizes are `size(i)`; `prepare(i, out)` writes the i-th one's planes.
    fn score(
        &self,
        count: usize,
        size: impl Fn(usize) -> (usize, usize),
        prepare: impl Fn(usize, &mut [f32]) -> Result<(), model_folder::Error> + Sync,
    ) -> Result<Array2<f32>, Error> {
        let classes = self.metadata.labels.len();
        let mut scores = Array2::zeros((count, classes));
        for first in (0..count).step_by(self.batch_size) {
            let pictures = self.batch_size.min(count - first);
            let (height, width) = self.common_size(first, pictures, &size)?;
            let rows = self.fixed_batch.unwrap_or(pictures);
            let values = CHANNELS * height * width;
            let mut input = std::mem::take(&mut *self.input.lock().unwrap_or_else(PoisonError::into_inner));
            input.resize(rows * values, 0.0);
            let filled = self.in_pool(|| {
                input[..pictures * values].par_chunks_exact_mut(values).enumerate().try_for_each(
                    |(i, out)| {
                        prepare(first + i, out)
                            .map_err(|source| Error::Picture { position: first + i, source })
                    },
                )
            });
            let output = filled.and_then(|()| self.forward([rows, CHANNELS, height, width], &input));
            *self.input.lock().unwrap_or_else(PoisonError::into_inner) = input;
            let output = output?;
            if output.shape() != [rows, classes] {
                return Err(Error::Output { found: output.shape().to_vec(), expected: [rows, classes] });
            }
            for (i, mut row) in scores.rows_mut().into_iter().skip(first).take(pictures).enumerate() {
                for (class, to) in row.iter_mut().enumerate() {
                    let value = output[[i, class]];
                    if !value.is_finite() {
                        return Err(Error::NotFinite { position: first + i, class, value });
                    }
                    *to = value;
                }
            }
        }
        if self.metadata.scores == ScoreKind::Probabilities {
            softmax_rows(&mut scores);
        }
        Ok(scores)
    }

    fn common_size(
        &self,
        first: usize,
        pictures: usize,
        size: &impl Fn(usize) -> (usize, usize),
    ) -> Result<(usize, usize), Error> {
        let expected = self.processor.output_size(size(first));
        for position in first..first + pictures {
            let (height, width) = size(position);
            let found = self.processor.output_size((height, width));
            if found != expected {
                let source = model_folder::Error::BatchSize { height, width, size: found, expected };
                return Err(Error::Picture { position, source });
            }
        }
        Ok(expected)
    }

    fn forward(&self, shape: [usize; 4], input: &[f32]) -> Result<NdTensor<f32, 2>, Error> {
        let failed = |source: BoxError| Error::Run { shape, source };
        let view: ValueView = NdTensorView::from_data(shape, input).into();
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&self.pool));
        let output = self.network.run_one(view.into(), Some(options)).map_err(|e| failed(e.into()))?;
        output.try_into().map_err(|e: rten::TryFromValueError| failed(e.into()))
    }

    /// Runs on the network's own threads, so that preparing pictures and running it do not compete.
    fn in_pool<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.run(work)
    }
}

impl Model for RtenModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let size = |i: usize| (images[i].dim().0, images[i].dim().1);
        let prepare = |i: usize, out: &mut [f32]| {
            BUFFERS.with_borrow_mut(|(_, scratch)| self.processor.write(images[i], out, scratch))
        };
        Ok(self.score(images.len(), size, prepare)?)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let prepare = |i: usize, out: &mut [f32]| {
            BUFFERS.with_borrow_mut(|(picture, scratch)| {
                if picture.dim() != shape {
                    *picture = Array3::zeros(shape);
                }
                draw(i, picture.view_mut());
                self.processor.write(picture.view(), out, scratch)
            })
        };
        Ok(self.score(count, |_| (shape.0, shape.1), prepare)?)
    }
}

impl fmt::Debug for RtenModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtenModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.metadata.labels.len())
            .field("batch_size", &self.batch_size)
            .finish_non_exhaustive()
    }
}
