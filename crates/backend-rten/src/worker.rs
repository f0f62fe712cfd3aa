use std::sync::Arc;

use model_folder::Scratch;
use ndarray::Array3;
use rten::ThreadPool;

/// Threads of `rten`'s with buffers that are reused from image to image.
pub(crate) struct Worker {
    pool: Arc<ThreadPool>,
    buffers: Buffers,
}

/// What a forward pass needs besides the network.
pub(crate) struct Buffers {
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) input: Vec<f32>,
    pub(crate) image: Array3<u8>,
    pub(crate) scratch: Scratch,
}

impl Worker {
    pub(crate) fn new(threads: usize) -> Self {
        let pool = Arc::new(ThreadPool::with_num_threads(threads));
        let buffers = Buffers {
            pool: Arc::clone(&pool),
            input: Vec::new(),
            image: Array3::zeros((0, 0, 0)),
            scratch: Scratch::default(),
        };
        Self { pool, buffers }
    }

    /// Works on the pool's own thread, so that passes need not be handed over to it one by one.
    pub(crate) fn run<R: Send>(&mut self, work: impl FnOnce(&mut Buffers) -> R + Send) -> R {
        let buffers = &mut self.buffers;
        self.pool.run(|| work(buffers))
    }
}
