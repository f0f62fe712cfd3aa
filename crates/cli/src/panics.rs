//! Panics are told of once nobody has caught them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::Failure;

/// Runs the command with nothing said of panics that a library catches and makes an error of, as `datasets`
/// does where the parquet reader gives up on a damaged file. One that nobody catches is a failure, and a bug.
pub(crate) fn guarded(run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let last = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&last);
    std::panic::set_hook(Box::new(move |panic| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    // What is shared with the closure is not used again.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let said = last.lock().unwrap_or_else(PoisonError::into_inner);
        Err(Failure::run(format!("this is a bug of stressmap: {said}")))
    })
}
