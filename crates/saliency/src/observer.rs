use std::ops::ControlFlow;

/// Watches an explanation come about, and may stop it.
///
/// Any `Fn(usize, usize) -> ControlFlow<()>` is one.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::ops::ControlFlow;
/// use saliency::Observer;
///
/// let seen = Cell::new(0);
/// let observer = |scored: usize, _total: usize| {
///     seen.set(scored);
///     if scored < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// };
/// assert!(observer.scored(64, 200).is_continue());
/// assert!(observer.scored(128, 200).is_break());
/// assert_eq!(seen.get(), 128);
/// ```
pub trait Observer {
    /// Called after every batch: the model has scored `done` of `total` occluded pictures.
    ///
    /// [`ControlFlow::Break`] stops the explanation.
    fn scored(&self, done: usize, total: usize) -> ControlFlow<()>;
}

impl<F: Fn(usize, usize) -> ControlFlow<()>> Observer for F {
    fn scored(&self, done: usize, total: usize) -> ControlFlow<()> {
        self(done, total)
    }
}

/// Looks away.
///
/// # Examples
///
/// ```
/// use saliency::{Observer, Unobserved};
///
/// assert!(Unobserved.scored(1, 2).is_continue());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn scored(&self, _done: usize, _total: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
