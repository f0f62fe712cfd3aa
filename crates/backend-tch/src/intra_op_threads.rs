use std::sync::{Mutex, PoisonError};

/// How many calls have set libtorch's threads, and how many threads there were before.
static SET: Mutex<(usize, i32)> = Mutex::new((0, 0));

/// Sets the number of threads within libtorch's operations for as long as this lives.
///
/// There is one number per process. Of several calls at a time the last one's counts; when all are done, the number
/// before the first is restored.
pub(crate) struct IntraOpThreads(());

impl IntraOpThreads {
    pub(crate) fn set(threads: usize) -> Self {
        let mut set = SET.lock().unwrap_or_else(PoisonError::into_inner);
        if set.0 == 0 {
            set.1 = tch::get_num_threads();
        }
        set.0 += 1;
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX).max(1));
        Self(())
    }
}

impl Drop for IntraOpThreads {
    fn drop(&mut self) {
        let mut set = SET.lock().unwrap_or_else(PoisonError::into_inner);
        set.0 -= 1;
        if set.0 == 0 {
            tch::set_num_threads(set.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_restores_libtorchs_threads() {
        let before = tch::get_num_threads();
        let first = IntraOpThreads::set(3);
        let second = IntraOpThreads::set(5);
        assert_eq!(tch::get_num_threads(), 5);
        drop(first);
        assert_eq!(tch::get_num_threads(), 5);
        drop(second);
        assert_eq!(tch::get_num_threads(), before);
        // Zero threads are one.
        drop(IntraOpThreads::set(0));
    }
}
