use std::fmt;
use std::iter::Enumerate;
use std::sync::{Mutex, PoisonError};

use ndarray::iter::AxisChunksIterMut;
use ndarray::{ArrayViewMut2, Axis, Ix2};

type Queue<'a> = Mutex<Enumerate<AxisChunksIterMut<'a, f32, Ix2>>>;

/// The remaining forward passes of a call, from which each worker of [`in_passes`] takes the next.
///
/// An item is the index of a pass's first image and the rows for its scores.
pub struct Passes<'q, 'a> {
    queue: &'q Queue<'a>,
    rows: usize,
    /// The pass taken last.
    last: usize,
}

impl fmt::Debug for Passes<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passes").field("rows", &self.rows).field("last", &self.last).finish_non_exhaustive()
    }
}

impl<'a> Iterator for Passes<'_, 'a> {
    type Item = (usize, ArrayViewMut2<'a, f32>);

    fn next(&mut self) -> Option<Self::Item> {
        let (pass, rows) = self.queue.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        self.last = pass;
        Some((pass * self.rows, rows))
    }
}

/// Fills `scores`, one row per image, in forward passes of at most `rows` images, on at most `workers` threads.
///
/// A worker calls `work` once with the queue of passes and takes passes from it until none are left. The calling
/// thread is one of the workers. Neither the images of a pass nor the result depend on the number of threads: if
/// several passes fail, the error is that of the first of them.
///
/// # Errors
///
/// The error of the first pass that failed. No pass starts after a failure.
///
/// # Panics
///
/// If `rows` is zero, or `work` panics.
///
/// # Examples
///
/// ```
/// use inference::in_passes;
/// use ndarray::Array2;
///
/// let mut scores = Array2::zeros((5, 1));
/// in_passes(scores.view_mut(), 2, 3, |passes| {
///     for (first, mut rows) in passes {
///         rows.fill(first as f32);
///     }
///     Ok::<(), std::io::Error>(())
/// })?;
/// assert_eq!(scores, ndarray::array![[0.0], [0.0], [2.0], [2.0], [4.0]]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn in_passes<E: Send>(
    mut scores: ArrayViewMut2<'_, f32>,
    rows: usize,
    workers: usize,
    work: impl Fn(&mut Passes<'_, '_>) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let helpers = workers.min(scores.nrows().div_ceil(rows)).saturating_sub(1);
    let queue = Mutex::new(scores.axis_chunks_iter_mut(Axis(0), rows).enumerate());
    let work = || {
        let mut passes = Passes { queue: &queue, rows, last: 0 };
        work(&mut passes).map_err(|error| {
            // Passes after the first failure are not needed.
            let mut rest = queue.lock().unwrap_or_else(PoisonError::into_inner);
            while rest.next().is_some() {}
            (passes.last, error)
        })
    };
    let failure = std::thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
        let ours = work();
        let theirs = helpers
            .into_iter()
            .map(|helper| helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        // Passes start in order, so the first that fails is among these, whichever worker ran it.
        std::iter::once(ours).chain(theirs).filter_map(Result::err).min_by_key(|&(pass, _)| pass)
    });
    failure.map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ndarray::Array2;

    use super::*;

    #[test]
    fn every_row_is_filled_once_for_any_number_of_workers() {
        for workers in [0, 1, 2, 7] {
            let mut scores = Array2::zeros((11, 2));
            in_passes(scores.view_mut(), 3, workers, |passes| {
                for (first, mut rows) in passes {
                    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
                        row += (first + i) as f32;
                    }
                }
                Ok::<(), ()>(())
            })
            .unwrap();
            assert_eq!(scores, Array2::from_shape_fn((11, 2), |(i, _)| i as f32));
        }
    }

    #[test]
    fn the_first_failure_is_returned_and_no_pass_starts_after_it() {
        for workers in [1, 4] {
            let started = AtomicUsize::new(0);
            let mut scores = Array2::zeros((100, 1));
            let result = in_passes(scores.view_mut(), 1, workers, |passes| {
                for (first, _) in passes {
                    started.fetch_add(1, Ordering::Relaxed);
                    if first >= 5 {
                        return Err(first);
                    }
                }
                Ok(())
            });
            assert_eq!(result, Err(5));
            assert!(started.into_inner() <= 5 + workers);
        }
    }
}
