use std::fmt;
use std::path::{Path, PathBuf};

use inference::{Idle, OutputKind, Outputs, available_threads, drawn, in_passes, positive, trial_images};
use model_folder::{Check, ImageProcessor, ModelFolder, Scratch};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use rten::Dimension;

use crate::error::in_one_line;
use crate::onnx::{self, Pixels};
use crate::pass::Pass;
use crate::worker::Worker;
use crate::{Error, RtenOptions};

/// The side of a trial image for a network that takes any size.
const TRIAL_SIDE: usize = 224;

/// An ONNX image classifier together with its preprocessing.
///
/// The network takes float32 or bytes, `(batch, 3, height, width)` or `(batch, height, width, 3)`, and returns
/// `(batch, classes)`, logits or probabilities. When it is loaded it scores two trial images, which shows what it
/// returns; [`notes`](Self::notes) says what was found.
///
/// A forward pass takes one image, on one thread, and each thread does its own: `rten` sums a batch of several in
/// another order than their images alone, so that the last bits of a score would depend on its batch, and it is no
/// faster. An image's scores are therefore the same to the bit whatever the batch, the number of threads and their
/// order. The exception is a network with a fixed batch of more than one, which is filled up with zeros.
///
/// # Examples
///
/// ```
/// use backend_rten::{RtenModel, RtenOptions};
/// use model_folder::ImageProcessor;
/// use ndarray::Array3;
/// use protocols::Model;
///
/// # let onnx = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.onnx"))?;
/// let labels = ["Forest", "River", "Sea"].map(str::to_owned).to_vec();
/// let processor =
///     ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)?;
/// let model = RtenModel::from_bytes("tiny", &onnx, labels, processor, &RtenOptions::new())?;
/// let scores = model.predict(&[Array3::zeros((6, 10, 3)).view()])?;
/// assert_eq!(scores.dim(), (1, 3));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct RtenModel {
    metadata: ModelMetadata,
    network: rten::Model,
    processor: ImageProcessor,
    outputs: Outputs,
    softmax: bool,
    /// Images per forward pass: one, unless the network insists on another number.
    pass: usize,
    /// How many workers a call has at most, and the threads of each.
    workers: usize,
    threads_each: usize,
    idle: Idle<Worker>,
    files: Vec<PathBuf>,
    notes: Vec<String>,
}

impl RtenModel {
    /// Loads a folder's ONNX network, with its external data, and verifies the folder's [`Check`], if it has one.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Folder`] without the file, [`Error::Folder`] if the network does not pass the
    /// check, and as [`from_bytes`](Self::from_bytes).
    pub fn load(folder: &ModelFolder, options: &RtenOptions) -> Result<Self, Error> {
        let path = folder.onnx().ok_or_else(|| Error::Missing { name: folder.name() })?;
        let bytes = model_folder::read_file(path, "an ONNX network")?;
        let (labels, processor) = (folder.labels().to_vec(), folder.processor().clone());
        let mut model = Self::new(&folder.name(), &bytes, path.parent(), labels, processor, options)?;
        model.files.splice(0..0, folder.files().iter().cloned().chain([path.to_path_buf()]));
        model.notes.splice(0..0, folder.notes().iter().cloned().chain(folder.onnx_note().map(str::to_owned)));
        if let Some(check) = folder.check() {
            model.verify(check)?;
        }
        Ok(model)
    }

    /// Makes a model of an ONNX file's bytes, the class names and the image processor.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] if the bytes are not an ONNX model or need something that `rten` lacks, [`Error::Operator`] if
    /// `rten` would compute the network wrongly, [`Error::Inputs`], [`Error::InputShape`] or [`Error::ImageSize`] if it
    /// does not take images, [`Error::Trial`] or [`Error::Inference`] if its outputs are not understood,
    /// [`Error::Inference`] for an option that is zero.
    pub fn from_bytes(
        name: &str,
        onnx: &[u8],
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &RtenOptions,
    ) -> Result<Self, Error> {
        Self::new(name, onnx, None, labels, processor, options)
    }

    fn new(
        name: &str,
        onnx: &[u8],
        folder: Option<&Path>,
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &RtenOptions,
    ) -> Result<Self, Error> {
        // rten's own pool counts physical cores, of which a virtual machine may report too few.
        let threads = positive("threads", options.threads)?.unwrap_or_else(available_threads);
        let batch_size = positive("batch_size", options.batch_size)?;
        let read = onnx::read(name, onnx, folder, options.output.as_deref())?;
        let network = rten::ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(read.onnx)
            .map_err(|e| Error::Load { name: name.to_owned(), source: in_one_line(&e) })?;
        let pass = match network.input_shape(0).and_then(|shape| shape.into_iter().next()) {
            Some(Dimension::Fixed(batch)) if batch > 0 => batch,
            _ => 1,
        };
        let workers = batch_size.map_or(threads, |images| threads.min(images.div_ceil(pass)));
        let mut model = Self {
            metadata: ModelMetadata::new(name, labels, ScoreKind::Probabilities),
            network,
            processor: match read.pixels {
                Pixels::Prepared => processor,
                Pixels::Bytes => processor.without_normalization(),
            },
            outputs: Outputs::new(ScoreKind::Logits),
            softmax: options.softmax,
            pass,
            workers,
            threads_each: threads / workers,
            idle: Idle::default(),
            files: read.files,
            notes: read.notes,
        };
        model.check_image_size()?;
        model.outputs = model.find_out(options.scores, read.last_operator.as_deref())?;
        model.metadata.scores = model.outputs.scores(options.softmax);
        Ok(model)
    }

    /// The files that the model was read from: JSON, the network, its external data.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What was chosen or found out about the model and is not the ordinary case, to be shown to the user. Each is a
    /// sentence.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the network returns, by the option or by a trial.
    fn find_out(&mut self, kind: OutputKind, last_operator: Option<&str>) -> Result<Outputs, Error> {
        if let Some(known) = kind.known() {
            return Ok(Outputs::new(known));
        }
        let [height, width] = self.fixed_sides().map(|side| side.unwrap_or(TRIAL_SIDE));
        let trial = match self.raw_outputs(&trial_images((height, width))) {
            Err(error @ Error::Run { .. }) => {
                return Err(Error::Trial { name: self.metadata.id.clone(), source: Box::new(error) });
            }
            trial => trial?,
        };
        let last = || last_operator.map(str::to_owned);
        let (outputs, note) =
            Outputs::find_out_in_graph(&self.metadata.id, trial.view(), &self.metadata.labels, last)?;
        self.notes.extend(note);
        Ok(outputs)
    }

    /// The height and width of the network's input, as far as they are fixed.
    fn fixed_sides(&self) -> [Option<usize>; 2] {
        let shape = self.network.input_shape(0).unwrap_or_default();
        [2, 3].map(|axis| match shape.get(axis) {
            Some(&Dimension::Fixed(side)) if side > 0 => Some(side),
            _ => None,
        })
    }

    /// Refuses an image processor that prepares images of the network's size to another one.
    fn check_image_size(&self) -> Result<(), Error> {
        let [height, width] = self.fixed_sides();
        let size = (height.unwrap_or(TRIAL_SIDE), width.unwrap_or(TRIAL_SIDE));
        let prepared = self.processor.output_size(size);
        let found = prepared.map_err(|source| Error::Image { position: 0, source })?;
        let expected = (height.unwrap_or(found.0), width.unwrap_or(found.1));
        if found == expected {
            return Ok(());
        }
        Err(Error::ImageSize { name: self.metadata.id.clone(), found, expected })
    }

    /// What the network returns for images of one size.
    fn raw_outputs(&self, images: &[Array3<u8>]) -> Result<Array2<f32>, Error> {
        let classes = self.metadata.labels.len();
        let pass = Pass {
            network: &self.network,
            processor: &self.processor,
            rows: self.pass,
            size: |i: usize| (images[i].dim().0, images[i].dim().1),
            prepare: |i: usize, out: &mut [f32], _: &mut Array3<u8>, scratch: &mut Scratch| {
                self.processor.write(images[i].view(), out, scratch)
            },
        };
        let mut rows = Vec::new();
        let mut columns = 0;
        Worker::new(self.workers * self.threads_each).run(|buffers| {
            for first in (0..images.len()).step_by(self.pass) {
                let count = self.pass.min(images.len() - first);
                let found = pass.outputs(first, count, classes, buffers)?;
                columns = found.ncols();
                rows.extend(found);
            }
            Ok::<(), Error>(())
        })?;
        Array2::from_shape_vec((images.len(), columns), rows)
            .map_err(|_| inference::Error::Shape { found: vec![], expected: [images.len(), classes] }.into())
    }

    fn verify(&self, check: &Check) -> Result<(), Error> {
        let outputs = self.raw_outputs(std::slice::from_ref(check.image()))?;
        Ok(check.verify(outputs.as_slice().unwrap_or_default())?)
    }

    /// Scores `count` images whose sizes are `size(i)`; `prepare(i, out, ..)` writes the i-th one's planes.
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
            self.idle.lend(
                || Ok(Worker::new(self.threads_each)),
                |worker| {
                    worker.run(|buffers| {
                        passes.try_for_each(|(first, rows)| pass.score(first, self.outputs, rows, buffers))
                    })
                },
            )
        })?;
        self.outputs.finish(&mut scores, self.softmax);
        Ok(scores)
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
        let prepare = |i: usize, out: &mut [f32], image: &mut Array3<u8>, scratch: &mut Scratch| {
            self.processor.write(drawn(image, shape, |image| draw(i, image)), out, scratch)
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
