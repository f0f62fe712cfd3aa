use std::num::NonZeroUsize;
use std::thread;

/// How many threads a call has by default: one per processor, and one where their number is unknown.
///
/// ```
/// assert!(inference::available_threads() >= 1);
/// ```
#[must_use]
pub fn available_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
