use std::ops::ControlFlow;

use crate::forward::forward;

/// What a computation is about to do, and how much of it.
///
/// ```
/// use protocols::Pass;
///
/// let pass = Pass::new("explain", "masks", Some(200)).done(40);
/// assert_eq!((pass.done, pass.total), (40, Some(200)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pass {
    /// What is done, such as `evaluate`.
    pub name: &'static str,
    /// What is counted, in the plural, such as `images`.
    pub unit: &'static str,
    /// Items that were done before, for instance by an earlier run.
    pub done: usize,
    /// All items, those done before included, if their number is known.
    pub total: Option<usize>,
}

impl Pass {
    /// A pass that starts from nothing.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, total: Option<usize>) -> Self {
        Self { name, unit, done: 0, total }
    }

    /// Sets the number of items that were done before.
    #[must_use]
    pub const fn done(self, done: usize) -> Self {
        Self { done, ..self }
    }
}

/// Follows a computation, for instance to draw a progress bar, and may stop it.
///
/// All methods are called on the thread that started the computation. By default they do nothing;
/// `()` is an observer that does nothing.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use protocols::Observer;
///
/// /// Stops after a number of items.
/// struct AtMost(usize);
///
/// impl Observer for AtMost {
///     fn advanced(&mut self, count: usize) -> ControlFlow<()> {
///         self.0 = self.0.saturating_sub(count);
///         if self.0 > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
///     }
/// }
///
/// let mut three = AtMost(3);
/// assert!(three.advanced(2).is_continue());
/// assert!(three.advanced(2).is_break());
/// ```
pub trait Observer {
    /// A pass begins. A computation may have several, one after the other.
    fn started(&mut self, pass: Pass) {
        let _ = pass;
    }

    /// `count` more items are done. [`ControlFlow::Break`] stops the computation, which then returns its
    /// error `Stopped`.
    ///
    /// `count` may be 0: long work on a single item asks now and then whether to stop.
    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        let _ = count;
        ControlFlow::Continue(())
    }
}

impl Observer for () {}

forward!(Observer for &mut T, Box<T> => {
    fn started(&mut self, pass: Pass) {
        (**self).started(pass);
    }

    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        (**self).advanced(count)
    }
});
