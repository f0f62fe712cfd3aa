use std::sync::Arc;

use inference::{Outputs, check_finite, columns};
use model_folder::{ImageProcessor, Scratch};
use ndarray::{Array2, Array3, ArrayViewMut2};
use rten::{RunOptions, ValueView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor};

use crate::Error;
use crate::error::in_one_line;
use crate::worker::Buffers;

const CHANNELS: usize = 3;

/// What one forward pass after another does.
pub(crate) struct Pass<'a, S, P> {
    pub(crate) network: &'a rten::Model,
    pub(crate) processor: &'a ImageProcessor,
    /// Images per forward pass.
    pub(crate) rows: usize,
    /// An image's height and width.
    pub(crate) size: S,
    /// Writes an image's planes.
    pub(crate) prepare: P,
}

impl<S, P> Pass<'_, S, P>
where
    S: Fn(usize) -> (usize, usize),
    P: Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>,
{
    /// Scores the images from `first` on, one row per image.
    pub(crate) fn score(
        &self,
        first: usize,
        outputs: Outputs,
        mut scores: ArrayViewMut2<'_, f32>,
        buffers: &mut Buffers,
    ) -> Result<(), Error> {
        let (images, classes) = scores.dim();
        let found = self.outputs(first, images, classes, buffers)?;
        for (found, row) in found.rows().into_iter().zip(scores.rows_mut()) {
            outputs.write(found.to_slice().unwrap_or_default(), row);
        }
        Ok(check_finite(scores.view(), first)?)
    }

    /// What the network returns for `images` images from `first` on: a column per class, or one for two classes.
    pub(crate) fn outputs(
        &self,
        first: usize,
        images: usize,
        classes: usize,
        buffers: &mut Buffers,
    ) -> Result<Array2<f32>, Error> {
        let (height, width) = self.common_size(first, images)?;
        let values = CHANNELS * height * width;
        let Buffers { pool, input, image, scratch } = buffers;
        input.resize(self.rows * values, 0.0);
        let (filled, left_over) = input.split_at_mut(images * values);
        left_over.fill(0.0);
        for (i, out) in filled.chunks_exact_mut(values.max(1)).enumerate() {
            (self.prepare)(first + i, out, image, scratch)
                .map_err(|source| Error::Image { position: first + i, source })?;
        }
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(pool));
        let output = self.forward([self.rows, CHANNELS, height, width], input, options)?;
        let columns = columns(output.shape(), self.rows, classes)?;
        let values = output.iter().take(images * columns).copied().collect();
        let shape =
            || inference::Error::Shape { found: output.shape().to_vec(), expected: [self.rows, classes] };
        Array2::from_shape_vec((images, columns), values).map_err(|_| shape().into())
    }

    fn common_size(&self, first: usize, images: usize) -> Result<(usize, usize), Error> {
        let size_of = |position: usize| {
            let size = self.processor.output_size((self.size)(position));
            size.map_err(|source| Error::Image { position, source })
        };
        let expected = size_of(first)?;
        for position in first..first + images {
            let found = size_of(position)?;
            if found != expected {
                let (height, width) = (self.size)(position);
                let source = model_folder::Error::BatchSize { height, width, size: found, expected };
                return Err(Error::Image { position, source });
            }
        }
        Ok(expected)
    }

    fn forward(&self, shape: [usize; 4], input: &[f32], options: RunOptions) -> Result<Tensor<f32>, Error> {
        let view: ValueView = NdTensorView::from_data(shape, input).into();
        let output = self
            .network
            .run_one(view.into(), Some(options))
            .map_err(|e| Error::Run { shape, source: in_one_line(&e) })?;
        output.try_into().map_err(|e: rten::TryFromValueError| Error::Run { shape, source: in_one_line(&e) })
    }
}
