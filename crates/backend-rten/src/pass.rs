use std::sync::Arc;

use model_folder::{ImageProcessor, Scratch};
use ndarray::{Array3, ArrayViewMut2};
use protocols::BoxError;
use rten::{RunOptions, ValueView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use crate::Error;
use crate::worker::Buffers;

const CHANNELS: usize = 3;

/// What one forward pass after another does.
pub(crate) struct Pass<'a, S, P> {
    pub(crate) network: &'a rten::Model,
    pub(crate) processor: &'a ImageProcessor,
    /// How many pictures the network takes at once.
    pub(crate) rows: usize,
    /// A picture's height and width.
    pub(crate) size: S,
    /// Writes a picture's planes.
    pub(crate) prepare: P,
}

impl<S, P> Pass<'_, S, P>
where
    S: Fn(usize) -> (usize, usize),
    P: Fn(usize, &mut [f32], &mut Array3<u8>, &mut Scratch) -> Result<(), model_folder::Error>,
{
    /// Scores the pictures from `first` on, a row each.
    pub(crate) fn score(
        &self,
        first: usize,
        mut scores: ArrayViewMut2<'_, f32>,
        buffers: &mut Buffers,
    ) -> Result<(), Error> {
        let (pictures, classes) = scores.dim();
        let (height, width) = self.common_size(first, pictures)?;
        let values = CHANNELS * height * width;
        let Buffers { pool, input, picture, scratch } = buffers;
        input.resize(self.rows * values, 0.0);
        let (filled, left_over) = input.split_at_mut(pictures * values);
        left_over.fill(0.0);
        for (i, out) in filled.chunks_exact_mut(values.max(1)).enumerate() {
            (self.prepare)(first + i, out, picture, scratch)
                .map_err(|source| Error::Picture { position: first + i, source })?;
        }
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(pool));
        let output = self.forward([self.rows, CHANNELS, height, width], input, options)?;
        if output.shape() != [self.rows, classes] {
            return Err(Error::Output { found: output.shape().to_vec(), expected: [self.rows, classes] });
        }
        for ((i, class), to) in scores.indexed_iter_mut() {
            let value = output[[i, class]];
            if !value.is_finite() {
                return Err(Error::NotFinite { position: first + i, class, value });
            }
            *to = value;
        }
        Ok(())
    }

    fn common_size(&self, first: usize, pictures: usize) -> Result<(usize, usize), Error> {
        let expected = self.processor.output_size((self.size)(first));
        for position in first..first + pictures {
            let (height, width) = (self.size)(position);
            let found = self.processor.output_size((height, width));
            if found != expected {
                let source = model_folder::Error::BatchSize { height, width, size: found, expected };
                return Err(Error::Picture { position, source });
            }
        }
        Ok(expected)
    }

    fn forward(
        &self,
        shape: [usize; 4],
        input: &[f32],
        options: RunOptions,
    ) -> Result<NdTensor<f32, 2>, Error> {
        let failed = |source: BoxError| Error::Run { shape, source };
        let view: ValueView = NdTensorView::from_data(shape, input).into();
        let output = self.network.run_one(view.into(), Some(options)).map_err(|e| failed(e.into()))?;
        output.try_into().map_err(|e: rten::TryFromValueError| failed(e.into()))
    }
}
