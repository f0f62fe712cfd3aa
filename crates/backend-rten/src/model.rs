use std::fmt;
use std::sync::{Mutex, PoisonError};

use inference::{in_passes, softmax_rows};
use model_folder::{ImageProcessor, ModelFolder, Scratch};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use rten::Dimension;

use crate::pass::Pass;
use crate::worker::Worker;
use crate::{Error, RtenOptions, wire};

/// An ONNX image classifier together with its preprocessing.
///
/// A forward pass takes one picture, on one thread, and as many threads each do their own: `rten` sums a
/// batch of several in another order than their pictures alone, so that their scores' last bits would tell who
/// shared the batch, and it is no faster. A picture's scores are therefore the same to the bit whatever the
/// batch, the number of threads and their order. A network with a fixed batch of more than one is the
/// exception; its batch is filled up with zeros.
///
/// # Examples
///
/// ```
/// use backend_rten::{RtenOptions, RtenModel};
/// use model_folder::ImageProcessor;
/// use ndarray::Array3;
/// use protocols::Model;
///
/// # let onnx = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.onnx"))?;
/// let labels = ["Forest", "River", "Sea"].map(str::to_owned).to_vec();
/// let processor = ImageProcessor::from_json(r#"{"do_resize": false}"#)?;
/// let model = RtenModel::from_bytes("tiny", onnx, labels, processor, &RtenOptions::new())?;
/// let scores = model.predict(&[Array3::zeros((6, 10, 3)).view()])?;
/// assert_eq!(scores.dim(), (1, 3));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct RtenModel {
    metadata: ModelMetadata,
    network: rten::Model,
    processor: ImageProcessor,
    /// How many pictures a forward pass takes: one, unless the network insists on another number.
    pass: usize,
    /// How many workers a call has at most, and the threads of each.
    workers: usize,
    threads_each: usize,
    idle: Mutex<Vec<Worker>>,
}

impl RtenModel {
    /// Loads a folder's `model.onnx`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Io`] without the file, and as [`from_bytes`](Self::from_bytes).
    pub fn load(folder: &ModelFolder, options: &RtenOptions) -> Result<Self, Error> {
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
        options: &RtenOptions,
    ) -> Result<Self, Error> {
        let refuse = |source: BoxError| Error::Load { name: name.to_owned(), source };
        wire::check(&onnx).map_err(|problem| refuse(problem.into()))?;
        let network = rten::ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(onnx)
            .map_err(|e| refuse(e.into()))?;
        let (inputs, outputs) = (network.input_ids().len(), network.output_ids().len());
        if inputs != 1 || outputs != 1 {
            return Err(Error::Signature { name: name.to_owned(), inputs, outputs });
        }
        let pass = match network.input_shape(0).and_then(|shape| shape.into_iter().next()) {
            Some(Dimension::Fixed(batch)) if batch > 0 => batch,
            _ => 1,
        };
        let threads = options.checked_threads()?;
        let workers = match options.checked_batch_size()? {
            Some(images) => threads.min(images.div_ceil(pass)),
            None => threads,
        };
        let returned = if options.softmax { ScoreKind::Probabilities } else { ScoreKind::Logits };
        Ok(Self {
            metadata: ModelMetadata::new(name, labels, returned),
            network,
            processor,
            pass,
            workers,
            threads_each: threads / workers,
            idle: Mutex::default(),
        })
    }

    /// Scores `count` pictures whose sizes are `size(i)`; `prepare(i, out, buffers)` writes the i-th one's planes.
    fn score(
        &self,
        count: usize,
        size: impl Fn(usize) -> (usize, usize) + Sync,
        prepare: impl Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>
        + Sync,
    ) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((count, self.metadata.labels.len()));
        let pass =
            Pass { network: &self.network, processor: &self.processor, rows: self.pass, size, prepare };
        in_passes(scores.view_mut(), self.pass, self.workers, |passes| {
            let mut worker = self.worker();
            let done =
                worker.run(|buffers| passes.try_for_each(|(first, rows)| pass.score(first, rows, buffers)));
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            done
        })?;
        if self.metadata.scores == ScoreKind::Probabilities {
            softmax_rows(&mut scores);
        }
        Ok(scores)
    }

    /// One that is idle, or a new one: several threads may call at once.
    fn worker(&self) -> Worker {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Worker::new(self.threads_each))
    }
}

impl Model for RtenModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let size = |i: usize| (images[i].dim().0, images[i].dim().1);
        Ok(self
            .score(images.len(), size, |i, out, _, scratch| self.processor.write(images[i], out, scratch))?)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let prepare = |i: usize, out: &mut [f32], picture: &mut Array3<u8>, scratch: &mut Scratch| {
            if picture.dim() != shape {
                *picture = Array3::zeros(shape);
            }
            draw(i, picture.view_mut());
            self.processor.write(picture.view(), out, scratch)
        };
        Ok(self.score(count, |_| (shape.0, shape.1), prepare)?)
    }
}

impl fmt::Debug for RtenModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtenModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.metadata.labels.len())
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
