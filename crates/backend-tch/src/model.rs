use std::fmt;
use std::sync::{Mutex, PoisonError};

use inference::{in_passes, softmax_rows};
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array2, ArrayView3, ArrayViewMut2, ArrayViewMut3, s};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use tch::Tensor;

use crate::input::{CHANNELS, Failure, Input, Pictures};
use crate::intra_op_threads::IntraOpThreads;
use crate::network::Network;
use crate::{Error, TchOptions};

/// The method that the module is asked for scores.
const SCORES: &str = "forward";
/// The method that it is asked for features.
const FEATURES: &str = "features";

/// Pictures a forward pass on CUDA, unless told.
const CUDA_PASS: usize = 128;
/// Pictures a forward pass on the CPU at most, unless told.
const CPU_PASS: usize = 16;
/// How many pixels they have at most: what a network makes of more does not stay in a core's cache. Measured with
/// `ConvNeXt`s on pictures of 64 to 224 pixels, where passes of 16 large pictures take 1.15 times as long.
const CPU_PASS_PIXELS: usize = 4 * 224 * 224;

/// A TorchScript image classifier together with its preprocessing.
///
/// Any number of threads may share one: it is `Send` and `Sync`. A call with many pictures is cut into passes of
/// [`TchOptions::batch_size`] pictures, which as many threads take one after another, each preparing its own
/// pictures and running them on libtorch's single-threaded operations; a call of one pass runs on the calling
/// thread with all of libtorch's threads. So no two layers of threads compete for a core.
///
/// A picture's scores may differ in their last bits with the number and the order of the pictures that share its
/// pass, since libtorch sums in another order; they do not depend on the number of threads that share a call
/// of several passes.
///
/// # Examples
///
/// ```no_run
/// use backend_tch::{TchOptions, Precision, TchModel};
/// use model_folder::ModelFolder;
///
/// let options = TchOptions::new().device("cuda".parse()?).precision(Precision::F16);
/// let model = TchModel::load(&ModelFolder::open("my-convnext")?, &options)?;
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct TchModel {
    metadata: ModelMetadata,
    network: Network,
    processor: ImageProcessor,
    batch_size: Option<usize>,
    /// How many passes run at a time, and how many threads they share.
    workers: usize,
    threads: usize,
    idle: Mutex<Vec<Input>>,
}

impl TchModel {
    /// Loads a folder's `model.pt`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Io`] without the file, and as [`from_bytes`](Self::from_bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{Error, TchOptions, TchModel};
    /// use model_folder::ModelFolder;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");
    /// let model = TchModel::load(&ModelFolder::open(path)?, &TchOptions::new())?;
    /// assert_eq!(protocols::Model::metadata(&model).labels.len(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(folder: &ModelFolder, options: &TchOptions) -> Result<Self, Error> {
        let path = folder.torchscript().ok_or_else(|| Error::Missing { name: folder.name() })?;
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path, source })?;
        Self::from_bytes(
            &folder.name(),
            &bytes,
            folder.labels().to_vec(),
            folder.processor().clone(),
            options,
        )
    }

    /// Makes a model of a TorchScript file's bytes, the classes' names and the image processor.
    ///
    /// # Errors
    ///
    /// [`Error::NoDevice`] if the device is not there, [`Error::Load`] if the bytes are no TorchScript module or
    /// there is no room for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{TchOptions, TchModel};
    /// use model_folder::ImageProcessor;
    ///
    /// let processor = ImageProcessor::from_json(r#"{"size": {"shortest_edge": 64}, "crop_pct": 1.0}"#)?;
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
        let (threads, batch_size) = (options.checked_threads()?, options.checked_batch_size()?);
        let device = options.device.to_tch()?;
        let network = Network::load(torchscript, device, options.precision)
            .map_err(|e| Error::Load { name: name.to_owned(), source: e.into() })?;
        // On a GPU one thread prepares pictures while another waits for its scores.
        let workers = if device.is_cuda() { threads.min(2) } else { threads };
        let returned = if options.softmax { ScoreKind::Probabilities } else { ScoreKind::Logits };
        Ok(Self {
            metadata: ModelMetadata::new(name, labels, returned),
            network,
            processor,
            batch_size,
            workers,
            threads,
            idle: Mutex::default(),
        })
    }

    /// The penultimate activations of pictures: `(images, features)`.
    ///
    /// The TorchScript module must have a method `features` that takes what `forward` takes and returns a row a
    /// picture. `torch.jit.trace_module(module, {"forward": x, "features": x})` makes one.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if there is no such method or it fails, [`Error::FeatureShape`] if it returns
    /// anything but a row a picture, [`Error::Picture`] for a picture that cannot be prepared.
    ///
    /// # Examples
    ///
    /// ```
    /// use backend_tch::{TchOptions, TchModel};
    /// use model_folder::ImageProcessor;
    /// use ndarray::Array3;
    ///
    /// # let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/features.pt"))?;
    /// let processor = ImageProcessor::from_json(r#"{"do_resize": false}"#)?;
    /// let model = TchModel::from_bytes("tiny", &file, vec!["a".into(), "b".into()], processor, &TchOptions::new())?;
    /// let pictures = [Array3::zeros((6, 8, 3)), Array3::zeros((9, 5, 3))];
    /// assert_eq!(model.features(&[pictures[0].view(), pictures[1].view()])?.dim(), (2, 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn features(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, Error> {
        let _inference = tch::no_grad_guard();
        let _threads = IntraOpThreads::set(self.threads);
        let pictures = Pictures::Given(images);
        let (mut rows, mut width) = (Vec::new(), None);
        self.with_input(|input| {
            for run in runs(&self.processor, pictures, 0, images.len(), self.pass(pictures)) {
                let tensor = self.fill(input, pictures, run)?;
                let (shape, values) =
                    self.network.run(FEATURES, tensor).map_err(|e| Error::Features { source: e.into() })?;
                match shape[..] {
                    [count, found] if count == run.1 as i64 && *width.get_or_insert(found) == found => {}
                    _ => return Err(Error::FeatureShape { found: shape, pictures: run.1 }),
                }
                rows.extend(values);
            }
            Ok(())
        })?;
        let shape = (images.len(), width.unwrap_or(0) as usize);
        Array2::from_shape_vec(shape, rows)
            .map_err(|_| Error::FeatureShape { found: vec![], pictures: images.len() })
    }

    fn score(&self, pictures: Pictures<'_>) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((pictures.len(), self.metadata.labels.len()));
        let pass = self.pass(pictures);
        let workers = self.workers.min(pictures.len().div_ceil(pass)).max(1);
        let _threads = IntraOpThreads::set(self.threads / workers);
        in_passes(scores.view_mut(), pass, workers, |passes| {
            let _inference = tch::no_grad_guard();
            self.with_input(|input| {
                passes.try_for_each(|(first, rows)| self.score_pass(input, pictures, first, rows))
            })
        })?;
        if self.metadata.scores == ScoreKind::Probabilities {
            softmax_rows(&mut scores);
        }
        Ok(scores)
    }

    /// How many pictures a forward pass takes.
    fn pass(&self, pictures: Pictures<'_>) -> usize {
        if let Some(batch_size) = self.batch_size {
            return batch_size;
        }
        if self.network.device.is_cuda() {
            return CUDA_PASS;
        }
        if pictures.len() == 0 {
            return CPU_PASS;
        }
        let (height, width) = self.processor.output_size(pictures.size(0));
        (CPU_PASS_PIXELS / height.saturating_mul(width).max(1)).clamp(1, CPU_PASS)
    }

    /// Scores the pictures from `first` on, a row each.
    fn score_pass(
        &self,
        input: &mut Input,
        pictures: Pictures<'_>,
        first: usize,
        mut rows: ArrayViewMut2<'_, f32>,
    ) -> Result<(), Error> {
        let (count, classes) = rows.dim();
        for run in runs(&self.processor, pictures, first, count, count) {
            let tensor = self.fill(input, pictures, run)?;
            let shape = tensor.size();
            let (found, values) =
                self.network.run(SCORES, tensor).map_err(|e| Error::Run { shape, source: e.into() })?;
            if found != [run.1 as i64, classes as i64] {
                return Err(Error::Output { found, expected: [run.1, classes] });
            }
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                let (position, class, value) = (run.0 + at / classes, at % classes, values[at]);
                return Err(Error::NotFinite { position, class, value });
            }
            let mut to = rows.slice_mut(s![run.0 - first..run.0 - first + run.1, ..]);
            to.iter_mut().zip(values).for_each(|(to, value)| *to = value);
        }
        Ok(())
    }

    fn fill(&self, input: &mut Input, pictures: Pictures<'_>, run: Run) -> Result<Tensor, Error> {
        let Network { device, precision, .. } = self.network;
        input.fill(&self.processor, pictures, run, (device, precision)).map_err(|failure| match failure {
            Failure::Picture(position, source) => Error::Picture { position, source },
            Failure::Torch(e) => {
                let (height, width) = self.processor.output_size(pictures.size(run.0));
                Error::Run {
                    shape: [run.1, CHANNELS, height, width].map(|side| side as i64).to_vec(),
                    source: e.into(),
                }
            }
        })
    }

    /// Lends an input that is idle, or a new one: several threads may call at once.
    fn with_input<R>(&self, work: impl FnOnce(&mut Input) -> Result<R, Error>) -> Result<R, Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut input = match waiting {
            Some(input) => input,
            None => Input::new(self.network.device)
                .map_err(|e| Error::Run { shape: vec![0], source: e.into() })?,
        };
        let done = work(&mut input);
        idle().push(input);
        done
    }
}

/// Pictures that stand one after another and are prepared to one size: the first one's position, and how many.
type Run = (usize, usize);

/// The runs of at most `most` pictures among the `count` from `first` on.
fn runs(
    processor: &ImageProcessor,
    pictures: Pictures<'_>,
    first: usize,
    count: usize,
    most: usize,
) -> impl Iterator<Item = Run> {
    let end = first + count;
    let size = move |i| processor.output_size(pictures.size(i));
    let mut start = first;
    std::iter::from_fn(move || {
        let run = (start < end).then(|| {
            let alike = (start + 1..end.min(start + most)).take_while(|&i| size(i) == size(start));
            (start, 1 + alike.count())
        })?;
        start += run.1;
        Some(run)
    })
}

impl Model for TchModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Pictures::Given(images))?)
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        Ok(self.score(Pictures::Drawn { shape, count, draw })?)
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
