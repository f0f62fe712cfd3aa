use std::fmt;
use std::sync::{Mutex, PoisonError};

use model_folder::{ImageProcessor, ModelFolder, Scratch, softmax_rows};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use tch::{CModule, Kind, Tensor};

use crate::error::TorchError;
use crate::{Error, Options};

const CHANNELS: usize = 3;

/// A TorchScript image classifier together with its preprocessing.
pub struct TchModel {
    metadata: ModelMetadata,
    module: CModule,
    processor: ImageProcessor,
    device: tch::Device,
    batch_size: usize,
    buffers: Mutex<Buffers>,
}

/// Memory that is used again from batch to batch.
#[derive(Default)]
struct Buffers {
    input: Vec<f32>,
    picture: Array3<u8>,
    scratch: Scratch,
}

impl TchModel {
    /// Loads a folder's `model.pt`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Io`] without the file, and as [`from_bytes`](Self::from_bytes).
    pub fn load(folder: &ModelFolder, options: &Options) -> Result<Self, Error> {
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
    /// [`Error::NoDevice`] if the device is not there, [`Error::Load`] if the bytes are no TorchScript module.
    pub fn from_bytes(
        name: &str,
        torchscript: &[u8],
        labels: Vec<String>,
        processor: ImageProcessor,
        options: &Options,
    ) -> Result<Self, Error> {
        let device = options.device.to_tch()?;
        if let Some(threads) = options.threads {
            tch::set_num_threads(i32::try_from(threads.get()).unwrap_or(i32::MAX));
        }
        let load = || -> Result<CModule, tch::TchError> {
            let mut module = CModule::load_data_on_device(&mut std::io::Cursor::new(torchscript), device)?;
            module.f_set_eval()?;
            Ok(module)
        };
        let module = load().map_err(|e| Error::Load { name: name.to_owned(), source: e.into() })?;
        Ok(Self {
            metadata: ModelMetadata::new(name, labels, options.scores),
            module,
            processor,
            device,
            batch_size: options.batch_size.get(),
            buffers: Mutex::default(),
        })
    }

    /// Scores `count` pictures whose sizes are `size(i)`; `prepare(i, out, picture, scratch)` writes the i-th
    /// one's planes.
    fn score(
        &self,
        count: usize,
        size: impl Fn(usize) -> (usize, usize),
        prepare: impl Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>,
    ) -> Result<Array2<f32>, Error> {
        let classes = self.metadata.labels.len();
        let mut scores = Array2::zeros((count, classes));
        // A thread that panicked left at worst half a batch, which is written anew.
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let Buffers { input, picture, scratch } = &mut *buffers;
        for first in (0..count).step_by(self.batch_size) {
            let pictures = self.batch_size.min(count - first);
            let (height, width) = self.processor.output_size(size(first));
            let values = CHANNELS * height * width;
            input.resize(pictures * values, 0.0);
            for (i, out) in input.chunks_exact_mut(values).enumerate() {
                let position = first + i;
                let refuse = |source| Error::Picture { position, source };
                let found = self.processor.output_size(size(position));
                if found != (height, width) {
                    let (height_in, width_in) = size(position);
                    let expected = (height, width);
                    return Err(refuse(model_folder::Error::BatchSize {
                        height: height_in,
                        width: width_in,
                        size: found,
                        expected,
                    }));
                }
                prepare(position, out, picture, scratch).map_err(refuse)?;
            }
            let shape = [pictures, CHANNELS, height, width];
            let output = self.forward(shape, input).map_err(|e| Error::Run { shape, source: e })?;
            if output.0 != [pictures as i64, classes as i64] {
                return Err(Error::Output { found: output.0, expected: [pictures, classes] });
            }
            let rows = output.1.chunks_exact(classes.max(1));
            for (i, (mut to, row)) in scores.rows_mut().into_iter().skip(first).zip(rows).enumerate() {
                for (class, (to, &value)) in to.iter_mut().zip(row).enumerate() {
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

    /// The output's shape and its values.
    fn forward(&self, shape: [usize; 4], input: &[f32]) -> Result<(Vec<i64>, Vec<f32>), TorchError> {
        let shape = shape.map(|side| side as i64);
        let output = tch::no_grad(|| -> Result<Tensor, tch::TchError> {
            let input = Tensor::f_from_slice(input)?.f_reshape(shape)?.f_to_device(self.device)?;
            self.module
                .forward_ts(&[input])?
                .f_to_device(tch::Device::Cpu)?
                .f_to_kind(Kind::Float)?
                .f_contiguous()
        })?;
        let mut values = vec![0.0; output.numel()];
        let count = values.len();
        output.f_copy_data(&mut values, count)?;
        Ok((output.size(), values))
    }
}

impl Model for TchModel {
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
        let scored = self.score(
            count,
            |_| (shape.0, shape.1),
            |i, out, picture, scratch| {
                if picture.dim() != shape {
                    *picture = Array3::zeros(shape);
                }
                draw(i, picture.view_mut());
                self.processor.write(picture.view(), out, scratch)
            },
        );
        Ok(scored?)
    }
}

impl fmt::Debug for TchModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TchModel")
            .field("id", &self.metadata.id)
            .field("classes", &self.metadata.labels.len())
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}
