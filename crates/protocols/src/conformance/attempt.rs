use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{BoxError, with_causes};

/// How a call failed.
#[derive(Debug, PartialEq)]
pub(super) enum Failure {
    Error(String),
    Panic,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(f, "failed: {error}"),
            Self::Panic => f.write_str("panicked"),
        }
    }
}

/// Calls an implementation. A panic becomes a failure, so that the remaining checks can run.
///
/// What panicked may be left in any state. That is acceptable here: it is a violation anyway.
pub(super) fn attempt<T>(call: impl FnOnce() -> Result<T, BoxError>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| Failure::Error(with_causes(&*error))),
        Err(_) => Err(Failure::Panic),
    }
}
