use std::ops::ControlFlow;

use ndarray::ArrayView2;

use crate::{DatumMetadata, Error};

/// Follows a loop over data, for instance to draw a progress bar or to keep what is done, and may stop it.
///
/// The methods are called from the thread that runs the loop, and only there. Each does nothing unless it
/// is overridden.
///
/// ```
/// use std::cell::Cell;
/// use std::ops::ControlFlow;
///
/// use protocols::Observer;
///
/// #[derive(Default)]
/// struct AtMost(usize, Cell<usize>);
///
/// impl Observer for AtMost {
///     fn advanced(&self, count: usize) -> ControlFlow<()> {
///         self.1.set(self.1.get() + count);
///         if self.1.get() < self.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
///     }
/// }
///
/// let three = AtMost(3, Cell::default());
/// three.started(Some(5));
/// assert!(three.advanced(2).is_continue());
/// assert!(three.advanced(2).is_break());
/// ```
pub trait Observer {
    /// The loop begins; `total` is how many data it will handle, where that is known.
    fn started(&self, total: Option<usize>) {
        let _ = total;
    }

    /// A batch is scored: `scores` is `(images, classes)`, finite, and `targets` and `metadata` have an
    /// entry an image. Batches come in the order of the data.
    fn scored(&self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        let _ = (scores, targets, metadata);
    }

    /// A datum is left out, which [`Options::skip_failures`](crate::Options::skip_failures) lets happen.
    fn skipped(&self, error: &Error) {
        let _ = error;
    }

    /// `count` more data are done. [`ControlFlow::Break`] ends the loop as [`Error::Stopped`].
    fn advanced(&self, count: usize) -> ControlFlow<()> {
        let _ = count;
        ControlFlow::Continue(())
    }

    /// Every datum is done. A loop that fails or is stopped does not get here.
    fn finished(&self) {}
}

crate::forward::forward!(Observer for &T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T> => {
    fn started(&self, total: Option<usize>) {
        (**self).started(total);
    }

    fn scored(&self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        (**self).scored(scores, targets, metadata);
    }

    fn skipped(&self, error: &Error) {
        (**self).skipped(error);
    }

    fn advanced(&self, count: usize) -> ControlFlow<()> {
        (**self).advanced(count)
    }

    fn finished(&self) {
        (**self).finished();
    }
});
