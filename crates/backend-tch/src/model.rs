use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use inference::{
    Idle, OutputKind, Outputs, available_threads, check_finite, columns, in_passes, positive, trial_images,
};
use model_folder::{Check, ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut2, ArrayViewMut3, s};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};

use crate::input::{CHANNELS, Failure, Images, Input};
use crate::intra_op_threads::IntraOpThreads;
use crate::network::Network;
use crate::staging::Output;
use crate::{Error, Precision, TchOptions, tensor_float};

/// The method that returns the scores.
const SCORES: &str = "forward";
/// The method that returns the features.
const FEATURES: &str = "features";

/// The most images per forward pass by default, and the most pixels of these images.
struct Pass {
    images: usize,
    pixels: usize,
}

/// On the CPU, what a network makes of more pixels does not stay in a core's cache. Measured with `ConvNeXt`s on images
/// of 64 to 224 pixels, where passes of 16 large images take 1.15 times as long.
const CPU_PASS: Pass = Pass { images: 16, pixels: 4 * 224 * 224 };
/// On a GPU, a pass of few small images takes as long as its operations are handed over. Measured on an H100 with images
/// of 64x64, where passes of 128 take 1.5 times as long. Large images are fewer, for memory's sake.
const CUDA_PASS: Pass = Pass { images: 512, pixels: 128 * 224 * 224 };

/// The side of the trial images.
const TRIAL_SIDE: usize = 224;

/// A TorchScript image classifier together with its preprocessing.
///
/// It is `Send` and `Sync`: threads may share one. A call is cut into forward passes of
/// [`TchOptions::batch_size`] images. As many threads as there are processors take the passes one after another; each
/// prepares its own images and runs libtorch's operations on itself alone. A call of one pass runs on the calling
/// thread with all of libtorch's threads. So no two layers of threads compete for a core. On a GPU two threads take the
/// passes, so that the images of one are prepared while those of the other are scored.
///
/// An image's scores may differ in their last bits with the number and the order of the images that share its pass,
/// since libtorch sums in another order. They do not depend on the number of threads if the call has several passes.
///
/// When a model is loaded it scores two trial images, which shows whether the network returns logits or probabilities;
/// [`notes`](Self::notes) says what was found.
///
/// # Examples
///
/// ```no_run
/// use backend_tch::{Precision, TchModel, TchOptions};
/// use model_folder::ModelFolder;
///
/// let options = TchOptions::new().device("cuda".parse()?).precision(Precision::F16);
/// let model = TchModel::load(&ModelFolder::open("my-convnext")?, &options)?;
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct TchModel {
    metadata: ModelMetadata,
    network: Arc<Network>,
    processor: ImageProcessor,
    outputs: Outputs,
    softmax: bool,
    batch_size: Option<usize>,
    /// How many passes run at a time, and how many threads they share.
    workers: usize,
    threads: usize,
    idle: Idle<Input>,
    files: Vec<PathBuf>,
    notes: Vec<String>,
}

impl TchModel {
    /// Loads a folder's `model.pt`, and verifies the folder's [`Check`], if it has one and the precision is `f32`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Folder`] without the file, [`Error::Folder`] if the network does not pass the
    /// check, and as [`from_bytes`](Self::from_bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{TchModel, TchOptions};
    /// use model_folder::ModelFolder;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");
    /// let model = TchModel::load(&ModelFolder::open(path)?, &TchOptions::new())?;
    /// assert_eq!(protocols::Model::metadata(&model).labels.len(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(folder: &ModelFolder, options: &TchOptions) -> Result<Self, Error> {
        let path = folder.torchscript().ok_or_else(|| Error::Missing { name: folder.name() })?;
        let bytes = model_folder::read_file(path, "a TorchScript network")?;
        let (labels, processor) = (folder.labels().to_vec(), folder.processor().clone());
        let mut model = Self::from_bytes(&folder.name(), &bytes, labels, processor, options)?;
        model.files = folder.files().iter().cloned().chain([path.to_path_buf()]).collect();
        model.notes.splice(0..0, folder.notes().iter().cloned());
        match folder.check() {
            Some(check) if options.precision == Precision::F32 => model.verify(check)?,
            Some(_) => model.notes.push(format!("check.png was not checked in {}", options.precision)),
            None => {}
        }
        Ok(model)
    }

    /// Makes a model from a TorchScript file's bytes, the class names and the image processor.
    ///
    /// # Errors
    ///
    /// [`Error::NoDevice`] if the device does not exist, [`Error::Load`] if the bytes are not a TorchScript module or
    /// there is no memory for it, [`Error::Trial`] or [`Error::Inference`] if its outputs are not understood,
    /// [`Error::Inference`] for an option that is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{TchModel, TchOptions};
    /// use model_folder::ImageProcessor;
    ///
    /// let processor = ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor"}"#)?;
    /// let error = TchModel::from_bytes("mine", b"no module", vec!["a".into()], processor, &TchOptions::new());
    /// assert_eq!(error.unwrap_err().to_string(), "mine: not a TorchScript module that can be loaded");
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn from_bytes(
        name: &str,
        torchscript: &[u8],
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &TchOptions,
    ) -> Result<Self, Error> {
        let threads = positive("threads", options.threads)?.unwrap_or_else(available_threads);
        let batch_size = positive("batch_size", options.batch_size)?;
        let device = options.device.to_tch()?;
        let network = Network::load(torchscript, device, options.precision)
            .map_err(|e| Error::Load { name: name.to_owned(), source: e.into() })?;
        // On a GPU one thread prepares images while another waits for its scores.
        let workers = if device.is_cuda() { threads.min(2) } else { threads };
        let mut model = Self {
            metadata: ModelMetadata::new(name, labels, ScoreKind::Probabilities),
            network: Arc::new(network),
            processor,
            outputs: Outputs::new(ScoreKind::Logits),
            softmax: options.softmax,
            batch_size,
            workers,
            threads,
            idle: Idle::default(),
            files: Vec::new(),
            notes: Vec::new(),
        };
        if device.is_cuda() && options.precision == Precision::F32 && tensor_float::is_allowed(torchscript) {
            model.notes.push(
                "the network lets a GPU compute convolutions in TensorFloat-32, which has 10 bits of fraction: scores \
                 may differ from the CPU's in the third decimal place (docs/backend-tch.md says how to avoid that)"
                    .to_owned(),
            );
        }
        if !device.is_cuda() && !options.precision.has_instructions() {
            model.notes.push(format!(
                "this processor has no instructions for {0}: {0} takes many times as long as f32",
                options.precision
            ));
        }
        model.outputs = model.find_out(options.scores)?;
        model.metadata.scores = model.outputs.scores(options.softmax);
        Ok(model)
    }

    /// The files that the model was read from: JSON and the network.
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

    /// The penultimate activations of images: `(images, features)`.
    ///
    /// The TorchScript module must have a method `features` that takes what `forward` takes and returns one row per
    /// image. `torch.jit.trace_module(module, {"forward": x, "features": x})` makes one.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if there is no such method or it fails, [`Error::FeatureShape`] if it does not return one
    /// row per image, [`Error::Image`] if an image cannot be prepared.
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{TchModel, TchOptions};
    /// use model_folder::ImageProcessor;
    /// use ndarray::Array3;
    ///
    /// # let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/features.pt"))?;
    /// let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
    /// let processor = ImageProcessor::from_json(json)?;
    /// let model = TchModel::from_bytes("tiny", &file, vec!["a".into(), "b".into()], processor, &TchOptions::new())?;
    /// let images = [Array3::zeros((6, 8, 3)), Array3::zeros((9, 5, 3))];
    /// assert_eq!(model.features(&[images[0].view(), images[1].view()])?.dim(), (2, 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn features(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, Error> {
        let _inference = tch::no_grad_guard();
        let _threads = IntraOpThreads::set(self.threads);
        let images = Images::Given(images);
        let (mut rows, mut width) = (Vec::new(), None);
        let most = self.pass(images)?;
        self.with_input(|input| {
            for run in runs(&self.processor, images, (0, images.len()), most)? {
                let (shape, values) = self.run(FEATURES, input, images, run)?;
                match shape[..] {
                    [count, found] if count == run.count && *width.get_or_insert(found) == found => {}
                    _ => return Err(Error::FeatureShape { found: shape, images: run.count }),
                }
                rows.extend(values);
            }
            Ok(())
        })?;
        let shape = (images.len(), width.unwrap_or(0));
        Array2::from_shape_vec(shape, rows)
            .map_err(|_| Error::FeatureShape { found: vec![], images: images.len() })
    }

    /// What the network returns, by the option or by a trial.
    fn find_out(&mut self, kind: OutputKind) -> Result<Outputs, Error> {
        if let Some(known) = kind.known() {
            return Ok(Outputs::new(known));
        }
        let trial = match self.raw_outputs(&trial_images((TRIAL_SIDE, TRIAL_SIDE))) {
            Err(error @ Error::Run { .. }) => {
                return Err(Error::Trial { name: self.metadata.id.clone(), source: Box::new(error) });
            }
            trial => trial?,
        };
        let classes = self.metadata.labels.len();
        let outputs = Outputs::find_out(kind, trial.view(), classes)?;
        self.notes.extend(outputs.note().map(str::to_owned));
        Ok(outputs)
    }

    /// What the network returns for images of one size.
    fn raw_outputs(&self, images: &[Array3<u8>]) -> Result<Array2<f32>, Error> {
        let _inference = tch::no_grad_guard();
        let _threads = IntraOpThreads::set(self.threads);
        let views: Vec<_> = images.iter().map(|image| image.view()).collect();
        let images = Images::Given(&views);
        let size = output_size(&self.processor, images, 0)?;
        let run = Run { first: 0, count: images.len(), size };
        let (shape, values) = self.with_input(|input| self.run(SCORES, input, images, run))?;
        let classes = self.metadata.labels.len();
        let columns = columns(&shape, run.count, classes)?;
        Array2::from_shape_vec((run.count, columns), values)
            .map_err(|_| inference::Error::Shape { found: shape, expected: [run.count, classes] }.into())
    }

    fn verify(&self, check: &Check) -> Result<(), Error> {
        let outputs = self.raw_outputs(std::slice::from_ref(check.image()))?;
        Ok(check.verify(outputs.as_slice().unwrap_or_default())?)
    }

    fn score(&self, images: Images<'_>) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((images.len(), self.metadata.labels.len()));
        let pass = self.pass(images)?;
        let workers = self.workers.min(images.len().div_ceil(pass)).max(1);
        let _threads = IntraOpThreads::set(self.threads / workers);
        in_passes(scores.view_mut(), pass, workers, |passes| {
            let _inference = tch::no_grad_guard();
            self.with_input(|input| {
                passes.try_for_each(|(first, rows)| self.score_pass(input, images, first, rows))
            })
        })?;
        self.outputs.finish(&mut scores, self.softmax);
        Ok(scores)
    }

    /// Images per forward pass.
    fn pass(&self, images: Images<'_>) -> Result<usize, Error> {
        if let Some(batch_size) = self.batch_size {
            return Ok(batch_size);
        }
        let most = if self.network.device.is_cuda() { CUDA_PASS } else { CPU_PASS };
        if images.len() == 0 {
            return Ok(most.images);
        }
        let (height, width) = output_size(&self.processor, images, 0)?;
        Ok((most.pixels / height.saturating_mul(width).max(1)).clamp(1, most.images))
    }

    /// Scores the images from `first` on, one row per image.
    fn score_pass(
        &self,
        input: &mut Input,
        images: Images<'_>,
        first: usize,
        mut rows: ArrayViewMut2<'_, f32>,
    ) -> Result<(), Error> {
        let count = rows.nrows();
        for run in runs(&self.processor, images, (first, count), count)? {
            let (shape, values) = self.run(SCORES, input, images, run)?;
            let columns = columns(&shape, run.count, self.metadata.labels.len())?;
            let mut to = rows.slice_mut(s![run.first - first..run.first - first + run.count, ..]);
            for (values, row) in values.chunks_exact(columns).zip(to.rows_mut()) {
                self.outputs.write(values, row);
            }
            check_finite(to.view(), run.first)?;
        }
        Ok(())
    }

    /// What a method of the module returns for a run of images.
    fn run(
        &self,
        method: &'static str,
        input: &mut Input,
        images: Images<'_>,
        run: Run,
    ) -> Result<Output, Error> {
        let Network { device, precision, .. } = *self.network;
        let Run { first, count, size } = run;
        let network = Arc::clone(&self.network);
        let read = move |tensor| network.run(method, tensor);
        input.with(&self.processor, images, (first, count), size, (device, precision), read).map_err(
            |failure| match failure {
                Failure::Image(position, source) => Error::Image { position, source },
                Failure::Torch(e) if method == FEATURES => Error::Features { source: e.into() },
                Failure::Torch(e) => Error::Run {
                    shape: [count, CHANNELS, size.0, size.1].map(|side| side as i64).to_vec(),
                    source: e.into(),
                },
            },
        )
    }

    /// Lends an idle input, or a new one: several threads may call at once.
    fn with_input<R>(&self, work: impl FnOnce(&mut Input) -> Result<R, Error>) -> Result<R, Error> {
        let new = || {
            Input::new(self.network.device, &self.processor)
                .map_err(|e| Error::Run { shape: vec![0], source: e.into() })
        };
        self.idle.lend(new, work)
    }
}

/// Images that follow one another and are prepared to one size.
#[derive(Clone, Copy)]
struct Run {
    first: usize,
    count: usize,
    /// The height and width that they are prepared to.
    size: (usize, usize),
}

/// The runs of at most `most` images among the `count` from `first` on.
fn runs(
    processor: &ImageProcessor,
    images: Images<'_>,
    (first, count): (usize, usize),
    most: usize,
) -> Result<Vec<Run>, Error> {
    let mut runs: Vec<Run> = Vec::new();
    for position in first..first + count {
        let size = output_size(processor, images, position)?;
        match runs.last_mut() {
            Some(run) if run.size == size && run.count < most => run.count += 1,
            _ => runs.push(Run { first: position, count: 1, size }),
        }
    }
    Ok(runs)
}

fn output_size(
    processor: &ImageProcessor,
    images: Images<'_>,
    position: usize,
) -> Result<(usize, usize), Error> {
    processor.output_size(images.size(position)).map_err(|source| Error::Image { position, source })
}

impl Model for TchModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Images::Given(images))?)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Images::Drawn { shape, count, draw })?)
    }
}

impl fmt::Debug for TchModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TchModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.metadata.labels.len())
            .field("device", &self.network.device)
            .field("precision", &self.network.precision)
            .finish_non_exhaustive()
    }
}
