/// Follows a loop over data, for instance to draw a progress bar.
///
/// The methods are called from the thread that runs the loop, and only there. Each does nothing unless it
/// is overridden.
///
/// ```
/// use std::cell::Cell;
///
/// use protocols::Observer;
///
/// #[derive(Default)]
/// struct Counter(Cell<usize>);
///
/// impl Observer for Counter {
///     fn advanced(&self, count: usize) {
///         self.0.set(self.0.get() + count);
///     }
/// }
///
/// let counter = Counter::default();
/// counter.started(Some(3));
/// counter.advanced(2);
/// counter.advanced(1);
/// counter.finished();
/// assert_eq!(counter.0.get(), 3);
/// ```
pub trait Observer {
    /// The loop begins; `total` is how many data it will handle, where that is known.
    fn started(&self, total: Option<usize>) {
        let _ = total;
    }

    /// `count` more data are done.
    fn advanced(&self, count: usize) {
        let _ = count;
    }

    /// Every datum is done. A loop that fails does not get here.
    fn finished(&self) {}
}

crate::forward::forward!(Observer for &T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T> => {
    fn started(&self, total: Option<usize>) {
        (**self).started(total);
    }

    fn advanced(&self, count: usize) {
        (**self).advanced(count);
    }

    fn finished(&self) {
        (**self).finished();
    }
});
