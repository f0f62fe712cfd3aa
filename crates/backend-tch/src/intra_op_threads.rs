use std::sync::{Mutex, PoisonError};

/// Who has libtorch's threads set at the moment, and how many there were before.
static SET: Mutex<(usize, i32)> = Mutex::new((0, 0));

/// Lets libtorch use so many threads within an operation, for as long as this lives.
///
/// The number is the process's. Of several calls at a time the last one's holds; when all are done, it is what
/// it was before the first.
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
    fn the_last_one_sets_libtorchs_threads_back() {
        let before = tch::get_num_threads();
        let first = IntraOpThreads::set(3);
        let second = IntraOpThreads::set(5);
        assert_eq!(tch::get_num_threads(), 5);
        drop(first);
        assert_eq!(tch::get_num_threads(), 5);
        drop(second);
        assert_eq!(tch::get_num_threads(), before);
        // None is none too few.
        drop(IntraOpThreads::set(0));
    }
}
