//! Panics are reported only if nobody catches them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};

/// Runs the command without printing panics that a library catches and turns into an error, as `datasets` does when the
/// parquet reader gives up on a damaged file. A panic that nobody catches is a failure, and a bug.
pub(crate) fn guarded(run: impl FnOnce() -> Result<()>) -> Result<()> {
    let last = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&last);
    std::panic::set_hook(Box::new(move |panic| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    // Nothing that the closure shares is used again.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let message = last.lock().unwrap_or_else(PoisonError::into_inner);
        Err(anyhow!("this is a bug in stressmap: {message}"))
    })
}
