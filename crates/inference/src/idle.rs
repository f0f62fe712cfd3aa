use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Workers that wait for the next call: what a thread needs to run a network, such as its buffers or its session.
///
/// ```
/// use inference::Idle;
///
/// let idle = Idle::default();
/// let calls = |buffer: &mut Vec<u8>| {
///     buffer.push(0);
///     Ok::<_, std::io::Error>(buffer.len())
/// };
/// assert_eq!(idle.lend(|| Ok(Vec::new()), calls)?, 1);
/// // The same buffer again.
/// assert_eq!(idle.lend(|| Ok(Vec::new()), calls)?, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Idle<T>(Mutex<Vec<T>>);

impl<T> Idle<T> {
    /// Lends a worker that waits, or a `new` one: several threads may call at once. Whether its work fails or not, it
    /// waits again afterwards.
    ///
    /// # Errors
    ///
    /// Those of `new` and `work`.
    pub fn lend<R, E>(
        &self,
        new: impl FnOnce() -> Result<T, E>,
        work: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        let waiting = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A guard in the scrutinee would be held while a new worker is made.
        let found = waiting().pop();
        let mut worker = match found {
            Some(worker) => worker,
            None => new()?,
        };
        let done = work(&mut worker);
        waiting().push(worker);
        done
    }
}

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl<T> FromIterator<T> for Idle<T> {
    fn from_iter<I: IntoIterator<Item = T>>(workers: I) -> Self {
        Self(Mutex::new(workers.into_iter().collect()))
    }
}

impl<T> fmt::Debug for Idle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_waits_again_after_it_has_failed_and_threads_have_their_own() {
        let idle = Idle::from_iter([1]);
        assert_eq!(idle.lend(|| Ok(2), |worker| Err::<(), _>(*worker)), Err(1));
        let both = idle.lend(
            || Ok(2),
            |first| {
                let second = idle.lend(|| Ok(2), |second| Ok::<_, ()>(*second))?;
                Ok::<_, ()>((*first, second))
            },
        );
        assert_eq!(both, Ok((1, 2)));
        assert_eq!(idle.lend(|| Err(3), |worker| Ok(*worker)), Ok(1));
        assert_eq!(Idle::<()>::default().lend(|| Err(3), |()| Ok(())), Err(3));
    }
}
