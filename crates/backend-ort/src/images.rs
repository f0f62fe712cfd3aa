use inference::drawn;
use model_folder::ImageProcessor;
use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use crate::Error;
use crate::worker::Run;

/// The images of a call.
#[derive(Clone, Copy)]
pub(crate) enum Images<'a> {
    /// Given.
    Given(&'a [ArrayView3<'a, u8>]),
    /// Of one shape, drawn when they are needed.
    Drawn { shape: (usize, usize, usize), draw: &'a (dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync) },
}

impl Images<'_> {
    /// Hands the i-th one to `read`; one that is drawn is drawn into `memory`.
    pub(crate) fn with<R>(
        &self,
        i: usize,
        memory: &mut Array3<u8>,
        read: impl FnOnce(ArrayView3<'_, u8>) -> R,
    ) -> R {
        match *self {
            Self::Given(images) => read(images[i]),
            Self::Drawn { shape, draw } => read(drawn(memory, shape, |image| draw(i, image))),
        }
    }

    /// The runs of images of one prepared size among the `count` from `first` on.
    pub(crate) fn runs(
        &self,
        processor: &ImageProcessor,
        first: usize,
        count: usize,
    ) -> Result<Vec<Run>, Error> {
        let mut runs: Vec<Run> = Vec::new();
        for position in first..first + count {
            let (height, width, _) = match *self {
                Self::Given(images) => images[position].dim(),
                Self::Drawn { shape, .. } => shape,
            };
            let size =
                processor.output_size((height, width)).map_err(|source| Error::Image { position, source })?;
            match runs.last_mut() {
                Some(run) if run.size == size => run.count += 1,
                _ => runs.push(Run { first: position, count: 1, size }),
            }
        }
        Ok(runs)
    }
}
