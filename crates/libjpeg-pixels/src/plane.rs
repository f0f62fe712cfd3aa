//! The samples of a channel.

/// The samples of whole blocks of one channel, row by row.
#[derive(Default)]
pub(crate) struct Plane {
    samples: Vec<u8>,
    stride: usize,
}

impl Plane {
    /// All zero, for `across` x `down` blocks.
    pub(crate) fn new(across: usize, down: usize) -> Self {
        Self { samples: vec![0; 64 * across * down], stride: 8 * across }
    }

    /// Stores a block's 8 x 8 samples.
    #[inline]
    pub(crate) fn put(&mut self, row: usize, column: usize, block: &[u8; 64]) {
        let rows = self.samples.chunks_exact_mut(self.stride).skip(8 * row);
        for (samples, values) in rows.zip(block.as_chunks::<8>().0) {
            if let Some(samples) = samples.as_chunks_mut::<8>().0.get_mut(column) {
                *samples = *values;
            }
        }
    }

    /// Returns a row of samples, including those that only pad the last block.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.samples[row * self.stride..(row + 1) * self.stride]
    }
}
