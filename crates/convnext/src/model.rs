use std::fmt;
use std::path::{Path, PathBuf};

use inference::{Idle, available_threads, check_finite, drawn, in_passes, positive, softmax_rows};
use model_folder::{Check, ImageProcessor, ModelFolder, Scratch};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut2, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};

use crate::buffer::room;
use crate::checkpoint::{Checkpoint, WeightFiles};
use crate::config::Config;
use crate::network::Network;
use crate::worker::{Buffers, Worker};
use crate::{ConvNextOptions, Error, loader};

/// Channels of the images that the processor prepares.
const CHANNELS: usize = 3;

/// Bytes of activations that a thread has at most, if more than one image shares a pass.
const MEMORY: usize = 6 << 20;

/// More images per pass gain nothing.
const LARGEST_BATCH: usize = 32;

/// A ConvNeXt or ConvNeXt V2 together with its preprocessing.
///
/// Each thread runs forward passes over a few images of one size. An image's scores are the same to the bit in any
/// batch and on any number of threads.
///
/// # Examples
///
/// ```
/// use convnext::{ConvNextModel, ConvNextOptions};
/// use model_folder::ModelFolder;
/// use ndarray::Array3;
/// use protocols::Model;
///
/// # let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");
/// let folder = ModelFolder::open(shipped)?;
/// let model = ConvNextModel::load(&folder, &ConvNextOptions::new())?;
/// let scores = model.predict(&[Array3::zeros((64, 64, 3)).view()])?;
/// assert_eq!(scores.dim(), (1, 10));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct ConvNextModel {
    metadata: ModelMetadata,
    network: Network,
    processor: ImageProcessor,
    threads: usize,
    batch_size: Option<usize>,
    idle: Idle<Worker>,
}

impl ConvNextModel {
    /// Loads a folder's `config.json` and its weights, and verifies the folder's [`Check`], if it has one.
    ///
    /// The weights are `model.safetensors`, the files of `model.safetensors.index.json`, `pytorch_model.bin`, or the
    /// files of `pytorch_model.bin.index.json`: the first that is there.
    ///
    /// The weights' shapes tell the network's size, their names whether they are Hugging Face's or timm's.
    ///
    /// # Errors
    ///
    /// [`Error::Inference`] for an option that is zero; [`Error::Missing`], [`Error::Folder`] and [`Error::Format`] for
    /// the files; [`Error::Architecture`] and [`Error::Setting`] for another network than a ConvNeXt with exact GELU;
    /// [`Error::MissingTensor`], [`Error::Unexpected`], [`Error::Shape`], [`Error::Type`] and [`Error::Weight`] for
    /// weights that do not fit; [`Error::Classes`] for another number of outputs than class names; [`Error::Folder`] if
    /// the network does not pass the check.
    pub fn load(folder: &ModelFolder, options: &ConvNextOptions) -> Result<Self, Error> {
        let config = Config::open(folder.path())?;
        let weights = Checkpoint::open(folder.path())?;
        let (labels, processor) = (folder.labels().to_vec(), folder.processor().clone());
        let model = Self::new(&folder.name(), &config, weights, labels, processor, options)?;
        if let Some(check) = folder.check() {
            model.verify(check)?;
        }
        Ok(model)
    }

    /// A network whose `config.json` and `model.safetensors` are in memory.
    ///
    /// ```
    /// use convnext::{ConvNextModel, ConvNextOptions};
    /// use model_folder::{ImageProcessor, labels_from_json};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");
    /// # let read = |name: &str| std::fs::read(format!("{folder}/{name}"));
    /// let (config, weights) = (read("config.json")?, read("model.safetensors")?);
    /// let labels = labels_from_json(std::str::from_utf8(&config)?)?;
    /// let processor = ImageProcessor::from_json(std::str::from_utf8(&read("preprocessor_config.json")?)?)?;
    /// let model =
    ///     ConvNextModel::from_bytes("mine", &config, &weights, labels, processor, &ConvNextOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), but for files.
    pub fn from_bytes(
        name: &str,
        config: &[u8],
        weights: &[u8],
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &ConvNextOptions,
    ) -> Result<Self, Error> {
        let config = Config::from_bytes(config, Path::new("config.json"))?;
        let weights = Checkpoint::from_bytes(weights, Path::new("model.safetensors"))?;
        Self::new(name, &config, weights, labels, processor, options)
    }

    /// Whether a folder holds the config and the weights of a `ConvNeXt`. Its weights are not read.
    #[must_use]
    pub fn is_in(folder: &ModelFolder) -> bool {
        WeightFiles::find(folder.path()).is_ok() && Self::check_config(folder).is_ok()
    }

    fn new(
        name: &str,
        config: &Config,
        weights: Checkpoint,
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &ConvNextOptions,
    ) -> Result<Self, Error> {
        let threads = positive("threads", options.threads)?.unwrap_or_else(available_threads);
        let batch_size = positive("batch_size", options.batch_size)?;
        let network = loader::build(weights, config)?;
        if network.classes() != labels.len() {
            return Err(Error::Classes { found: network.classes(), expected: labels.len() });
        }
        if network.channels() != CHANNELS {
            let found = network.channels().to_string();
            return Err(Error::Setting { setting: "num_channels", found, expected: CHANNELS.to_string() });
        }
        let kind = if options.softmax { ScoreKind::Probabilities } else { ScoreKind::Logits };
        Ok(Self {
            metadata: ModelMetadata::new(name, labels, kind),
            network,
            processor,
            threads,
            batch_size,
            idle: Idle::default(),
        })
    }

    fn verify(&self, check: &Check) -> Result<(), Error> {
        let image = check.image().view();
        let (height, width, _) = image.dim();
        let logits = self.logits(
            1,
            |_| (height, width),
            |_, out, _, scratch| self.processor.write_pixels(image, out, scratch),
        )?;
        Ok(check.verify(logits.as_slice().unwrap_or_default())?)
    }

    /// Checks that a folder's `config.json` is that of a network that is read, whatever weights it holds.
    ///
    /// # Errors
    ///
    /// [`Error::Architecture`] and [`Error::Setting`] for another network, and as [`load`](Self::load) for the file.
    pub fn check_config(folder: &ModelFolder) -> Result<(), Error> {
        Config::open(folder.path()).map(drop)
    }

    /// The files that hold a folder's weights, and their index if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if there are none; [`Error::Folder`] and [`Error::Format`] for the index.
    pub fn weight_files(folder: &ModelFolder) -> Result<Vec<PathBuf>, Error> {
        let WeightFiles { index, files, .. } = WeightFiles::find(folder.path())?;
        Ok(index.into_iter().chain(files).collect())
    }

    /// What the network returns for `count` images of the sizes `size(i)`; `prepare(i, out, image, scratch)` writes the
    /// i-th one's pixels.
    fn logits(
        &self,
        count: usize,
        size: impl Fn(usize) -> (usize, usize),
        prepare: impl Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>
        + Sync,
    ) -> Result<Array2<f32>, Error> {
        let mut scores = Array2::zeros((count, self.metadata.labels.len()));
        if count == 0 {
            return Ok(scores);
        }
        let sizes: Vec<(usize, usize)> = (0..count)
            .map(|position| {
                let size = self.processor.output_size(size(position));
                size.map_err(|source| Error::Image { position, source })
            })
            .collect::<Result<_, _>>()?;
        let prepared = |i: usize| sizes[i];
        let (rows, workers) = self.batch(count, prepared(0));
        in_passes(scores.view_mut(), rows, workers, |passes| {
            self.idle.lend(
                || Ok(Worker::new()),
                |worker| {
                    worker.run(|buffers| {
                        passes
                            .try_for_each(|(first, rows)| self.pass(first, rows, prepared, &prepare, buffers))
                    })
                },
            )
        })?;
        Ok(scores)
    }

    fn scores(&self, mut logits: Array2<f32>) -> Array2<f32> {
        if self.metadata.scores == ScoreKind::Probabilities {
            softmax_rows(&mut logits);
        }
        logits
    }

    /// Images per pass, and threads, for a call with so many images of mostly this size.
    fn batch(&self, count: usize, size: (usize, usize)) -> (usize, usize) {
        let fitting = self.network.fitting(size, MEMORY).clamp(1, LARGEST_BATCH);
        let workers = self.batch_size.map_or(self.threads, |images| self.threads.min(images));
        let allowed = self.batch_size.map_or(fitting, |images| fitting.min(images / workers));
        // Every thread has as many passes of as many images, as far as they can be shared out.
        let share = count.div_ceil(workers);
        let passes = share.div_ceil(allowed.max(1)).max(1);
        (share.div_ceil(passes).max(1), workers)
    }

    /// Scores the images from `first` on, one row per image; neighbours of one size go through the network together.
    fn pass(
        &self,
        first: usize,
        mut scores: ArrayViewMut2<'_, f32>,
        size: impl Fn(usize) -> (usize, usize),
        prepare: &impl Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>,
        buffers: &mut Buffers,
    ) -> Result<(), Error> {
        let Buffers { activations, image, scratch } = buffers;
        let images = scores.nrows();
        let mut start = 0;
        while start < images {
            let (height, width) = size(first + start);
            let same = (start..images).take_while(|&i| size(first + i) == (height, width)).count();
            if !self.network.takes((height, width)) {
                return Err(Error::Size { height, width });
            }
            let len = CHANNELS * height * width;
            let input = room(&mut activations.input, same * len);
            for (i, out) in (first + start..).zip(input.chunks_exact_mut(len)) {
                prepare(i, out, image, scratch).map_err(|source| Error::Image { position: i, source })?;
            }
            let mut rows = scores.slice_mut(ndarray::s![start..start + same, ..]);
            let Some(logits) = rows.as_slice_mut() else {
                unreachable!("rows of an array in standard order stand one behind the other")
            };
            self.network.forward((height, width), activations, logits);
            check_finite(rows.view(), first + start)?;
            start += same;
        }
        Ok(())
    }
}

impl Model for ConvNextModel {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let size = |i: usize| (images[i].dim().0, images[i].dim().1);
        let prepare = |i: usize, out: &mut [f32], _: &mut Array3<u8>, scratch: &mut Scratch| {
            self.processor.write_pixels(images[i], out, scratch)
        };
        Ok(self.scores(self.logits(images.len(), size, prepare)?))
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let prepare = |i: usize, out: &mut [f32], image: &mut Array3<u8>, scratch: &mut Scratch| {
            self.processor.write_pixels(drawn(image, shape, |image| draw(i, image)), out, scratch)
        };
        Ok(self.scores(self.logits(count, |_| (shape.0, shape.1), prepare)?))
    }
}

impl fmt::Debug for ConvNextModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConvNextModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.metadata.labels.len())
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}
