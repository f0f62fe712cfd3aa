use std::fmt;
use std::path::Path;

use inference::{
    Idle, Outputs, available_threads, check_finite, choose_output, in_passes, last_operator, positive,
    trial_images,
};
use model_folder::{Check, ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut2, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use rten_onnx::onnx::ModelProto;

use crate::images::Images;
use crate::input::Input;
use crate::network::Network;
use crate::worker::Worker;
use crate::{Device, Error, OrtOptions, Runtime};

/// The side of a trial image for a network that takes any size.
const TRIAL_SIDE: usize = 224;
/// The most bytes of weights that the sessions of a model hold together, if it is to have several.
const WEIGHTS: usize = 2 << 30;
/// The sessions on a GPU: while it computes for one, the images of the other are prepared.
const SESSIONS_ON_A_GPU: usize = 2;
/// The images of a pass on a GPU.
const IMAGES_ON_A_GPU: usize = 128;

/// An ONNX image classifier together with its preprocessing.
///
/// The network takes float32, float16, float64 or whole numbers, `(batch, 3, height, width)` or `(batch, height, width,
/// 3)`, and returns `(batch, classes)`, logits or probabilities. When it is loaded it scores two trial images, which shows
/// what it returns; [`notes`](Self::notes) says what was found.
///
/// On the CPU each thread has a session, which takes one image per forward pass and computes on that thread alone. An
/// image's scores are then the same to the bit whatever its batch and the number of threads. This does not hold for more
/// images per pass ([`OrtOptions::batch_size`]), as by default on a GPU, nor for a network of a fixed batch of more than
/// one. Every session has weights of its own: those of a network so large that they would take more than 2 GiB together
/// are fewer, of several threads each.
///
/// # Examples
///
/// ```no_run
/// use backend_ort::{OrtModel, OrtOptions, Runtime};
/// use model_folder::ModelFolder;
/// use ndarray::Array3;
/// use protocols::Model;
///
/// let runtime = Runtime::load("libonnxruntime.so")?;
/// let model = OrtModel::load(&runtime, &ModelFolder::open("my-vit")?, &OrtOptions::new())?;
/// let scores = model.predict(&[Array3::zeros((300, 400, 3)).view()])?;
/// assert_eq!(scores.dim(), (1, model.metadata().labels.len()));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct OrtModel {
    metadata: ModelMetadata,
    network: Network,
    input: Input,
    /// The name of the output that is taken.
    output: String,
    processor: ImageProcessor,
    outputs: Outputs,
    softmax: bool,
    /// Images per forward pass.
    pass: usize,
    /// How many workers a call has at most.
    workers: usize,
    idle: Idle<Worker>,
    notes: Vec<String>,
}

impl OrtModel {
    /// Loads a folder's ONNX network, with its external data, and verifies the folder's [`Check`], if it has one.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Folder`] without the file, [`Error::Folder`] if the network does not pass the check,
    /// and as [`from_bytes`](Self::from_bytes).
    pub fn load(runtime: &Runtime, folder: &ModelFolder, options: &OrtOptions) -> Result<Self, Error> {
        let path = folder.onnx().ok_or_else(|| Error::Missing { name: folder.name() })?;
        let onnx = model_folder::read_file(path, "an ONNX network")?;
        let (labels, processor) = (folder.labels().to_vec(), folder.processor().clone());
        let mut model =
            Self::new(runtime, &folder.name(), (onnx, path.parent()), labels, processor, options)?;
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
    /// [`Error::Provider`], [`Error::NoDevice`] or [`Error::Placement`] if the device does not compute the network,
    /// [`Error::Load`] if the bytes are not an ONNX model or need something that ONNX Runtime lacks, [`Error::Inputs`],
    /// [`Error::Input`] or [`Error::ImageSize`] if it does not take images, [`Error::Trial`], [`Error::OutputType`] or
    /// [`Error::Inference`] if its outputs are not understood, or for an option.
    pub fn from_bytes(
        runtime: &Runtime,
        name: &str,
        onnx: &[u8],
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &OrtOptions,
    ) -> Result<Self, Error> {
        Self::new(runtime, name, (onnx.to_vec(), None), labels, processor, options)
    }

    fn new(
        runtime: &Runtime,
        name: &str,
        (onnx, folder): (Vec<u8>, Option<&Path>),
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &OrtOptions,
    ) -> Result<Self, Error> {
        let threads = positive("threads", options.threads)?.unwrap_or_else(available_threads);
        let batch_size = positive("batch_size", options.batch_size)?;
        let (workers, usual) = match options.device {
            Device::Cpu => (threads.min((WEIGHTS / onnx.len().max(1)).max(1)), 1),
            _ => (threads.min(SESSIONS_ON_A_GPU), IMAGES_ON_A_GPU),
        };
        let network = Network {
            name: name.to_owned(),
            runtime: runtime.clone(),
            device: options.device,
            onnx,
            folder: folder.map(Path::to_path_buf),
            threads: threads / workers,
        };
        let (session, placed) = network.checked_session()?;
        let mut notes: Vec<String> = placed.into_iter().collect();
        let inputs: Vec<_> = session.inputs().iter().map(|input| (input.name(), input.dtype())).collect();
        let input = Input::new(name, &inputs, &mut notes)?;
        let found: Vec<String> = session.outputs().iter().map(|output| output.name().to_owned()).collect();
        let (output, note) = choose_output(name, &found, options.output.as_deref())?;
        notes.extend(note);
        let mut model = Self {
            metadata: ModelMetadata::new(name, labels, ScoreKind::Probabilities),
            pass: input.batch.or(batch_size).unwrap_or(usual),
            processor: input.processor(processor),
            input,
            output: output.to_owned(),
            outputs: Outputs::new(ScoreKind::Logits),
            softmax: options.softmax,
            workers,
            idle: Idle::from_iter([worker(&network, session)?]),
            network,
            notes,
        };
        model.check_image_size()?;
        model.find_out(options)?;
        model.metadata.scores = model.outputs.scores(options.softmax);
        Ok(model)
    }

    /// What was chosen or found out about the model and is not the ordinary case, a sentence each, to be shown to the
    /// user.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Learns what the network returns, by the option or by a trial.
    fn find_out(&mut self, options: &OrtOptions) -> Result<(), Error> {
        if let Some(known) = options.scores.known() {
            self.outputs = Outputs::new(known);
            return Ok(());
        }
        let name = &self.metadata.id;
        let trial = match self.trial() {
            Err(error @ Error::Run { .. }) => {
                return Err(Error::Trial { name: name.clone(), source: Box::new(error) });
            }
            trial => trial?,
        };
        // ONNX Runtime, which has read the file, does not tell which operator the output comes from.
        let last = || {
            let graph = ModelProto::parse_buf(&self.network.onnx).ok()?.graph?;
            last_operator(&graph, &self.output)
        };
        let (outputs, note) = Outputs::find_out_in_graph(name, trial.view(), &self.metadata.labels, last)?;
        self.outputs = outputs;
        self.notes.extend(note);
        Ok(())
    }

    /// The network's outputs for the trial images.
    fn trial(&self) -> Result<Array2<f32>, Error> {
        self.raw_outputs(&trial_images(self.size()))
    }

    /// The height and width of the network's input, or ordinary ones where it takes any.
    fn size(&self) -> (usize, usize) {
        let (height, width) = self.input.size;
        (height.unwrap_or(TRIAL_SIDE), width.unwrap_or(TRIAL_SIDE))
    }

    /// Refuses an image processor that prepares images of the network's size to another one.
    fn check_image_size(&self) -> Result<(), Error> {
        let prepared = self.processor.output_size(self.size());
        let found = prepared.map_err(|source| Error::Image { position: 0, source })?;
        let (height, width) = self.input.size;
        let expected = (height.unwrap_or(found.0), width.unwrap_or(found.1));
        if found == expected {
            return Ok(());
        }
        Err(Error::ImageSize { name: self.metadata.id.clone(), found, expected })
    }

    fn verify(&self, check: &Check) -> Result<(), Error> {
        let outputs = self.raw_outputs(std::slice::from_ref(check.image()))?;
        Ok(check.verify(outputs.as_slice().unwrap_or_default())?)
    }

    /// What the network returns for images of one size, each in a pass of its own.
    fn raw_outputs(&self, images: &[Array3<u8>]) -> Result<Array2<f32>, Error> {
        let views: Vec<_> = images.iter().map(|image| image.view()).collect();
        let images = Images::Given(&views);
        self.with_worker(|worker| {
            let rows: Vec<_> = (0..views.len())
                .map(|i| self.pass_outputs(worker, images, i, 1))
                .collect::<Result<_, _>>()?;
            let rows: Vec<_> = rows.concat();
            ndarray::concatenate(ndarray::Axis(0), &rows.iter().map(|rows| rows.view()).collect::<Vec<_>>())
                .map_err(|_| {
                    inference::Error::Shape { found: vec![], expected: [views.len(), self.classes()] }.into()
                })
        })
    }

    fn classes(&self) -> usize {
        self.metadata.labels.len()
    }

    /// What the network returns for the images of a pass, run by run.
    fn pass_outputs(
        &self,
        worker: &mut Worker,
        images: Images<'_>,
        first: usize,
        count: usize,
    ) -> Result<Vec<Array2<f32>>, Error> {
        let runs = images.runs(&self.processor, first, count)?;
        let network = (&self.input, self.output.as_str());
        runs.into_iter()
            .map(|run| worker.outputs(network, &self.processor, images, run, self.classes()))
            .collect()
    }

    /// Scores the images of a pass, one row per image.
    fn pass(
        &self,
        worker: &mut Worker,
        images: Images<'_>,
        first: usize,
        mut scores: ArrayViewMut2<'_, f32>,
    ) -> Result<(), Error> {
        let outputs = self.pass_outputs(worker, images, first, scores.nrows())?;
        let found = outputs.iter().flat_map(|outputs| outputs.rows());
        for (found, row) in found.zip(scores.rows_mut()) {
            self.outputs.write(found.to_slice().unwrap_or_default(), row);
        }
        Ok(check_finite(scores.view(), first)?)
    }

    fn score(&self, images: Images<'_>, count: usize) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((count, self.classes()));
        in_passes(scores.view_mut(), self.pass, self.workers, |passes| {
            self.with_worker(|worker| {
                passes.try_for_each(|(first, rows)| self.pass(worker, images, first, rows))
            })
        })?;
        self.outputs.finish(&mut scores, self.softmax);
        Ok(scores)
    }

    /// Lends an idle worker, or a new one: several threads may call at once.
    fn with_worker<R>(&self, work: impl FnOnce(&mut Worker) -> Result<R, Error>) -> Result<R, Error> {
        self.idle.lend(|| worker(&self.network, self.network.session()?), work)
    }
}

fn worker(network: &Network, session: ort::session::Session) -> Result<Worker, Error> {
    Worker::new(session, network.device).map_err(|e| network.refuse(&e))
}

impl Model for OrtModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Images::Given(images), images.len())?)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Images::Drawn { shape, draw }, count)?)
    }
}

impl fmt::Debug for OrtModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrtModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.classes())
            .field("device", &self.network.device)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
