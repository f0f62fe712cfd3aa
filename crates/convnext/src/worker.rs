use model_folder::Scratch;
use ndarray::Array3;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::network::Activations;

/// A thread with memory that is used again from image to image.
pub(crate) struct Worker {
    pool: Option<ThreadPool>,
    buffers: Buffers,
}

/// What a forward pass needs beside the network.
pub(crate) struct Buffers {
    pub(crate) activations: Activations,
    pub(crate) image: Array3<u8>,
    pub(crate) scratch: Scratch,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let buffers = Buffers {
            activations: Activations::default(),
            image: Array3::zeros((0, 0, 0)),
            scratch: Scratch::default(),
        };
        Self { pool: ThreadPoolBuilder::new().num_threads(1).build().ok(), buffers }
    }

    /// Works on the pool's one thread: a matrix product spreads over the threads of the pool in which it is called.
    pub(crate) fn run<R: Send>(&mut self, work: impl FnOnce(&mut Buffers) -> R + Send) -> R {
        let buffers = &mut self.buffers;
        match &self.pool {
            Some(pool) => pool.install(|| work(buffers)),
            // No thread is to be had: the global pool does the work.
            None => work(buffers),
        }
    }
}
