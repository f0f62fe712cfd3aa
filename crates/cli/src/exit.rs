//! Errors and exit codes: 1 for a failure, 2 for a command that cannot be carried out, 128 plus the signal for a stop.

use std::process::ExitCode;

use study_file::Error;
use study_store::Error as StoreError;

/// The command asks for something impossible.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub(crate) struct Usage(anyhow::Error);

/// A signal stopped the command.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("stopped; {left}")]
pub(crate) struct Stopped {
    pub(crate) code: u8,
    /// What is left of the work, and what to do.
    pub(crate) left: &'static str,
}

/// Marks an error as one of usage.
pub(crate) fn usage(error: impl Into<anyhow::Error>) -> anyhow::Error {
    Usage(error.into()).into()
}

/// An error of usage with this message.
pub(crate) fn wrong(message: impl Into<String>) -> anyhow::Error {
    usage(anyhow::Error::msg(message.into()))
}

pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(match error.downcast_ref::<Stopped>() {
        Some(stopped) => stopped.code,
        None if error.is::<Usage>() => 2,
        None => 1,
    })
}

/// Why a study could not be opened or run, with the flags that help.
pub(crate) fn failed(error: Error, stopped: Option<Stopped>) -> anyhow::Error {
    if error.is_stopped() {
        return stopped.map_or_else(|| error.into(), Into::into);
    }
    let advice = match &error {
        Error::Store(StoreError::Unfinished { .. }) => " (--resume resumes it, --out names another folder)",
        Error::Store(StoreError::Skipped { .. }) => ": add --on-error skip",
        Error::Store(StoreError::Different { .. }) => " (--out names another folder)",
        _ => "",
    };
    match error {
        error if !advice.is_empty() => wrong(format!("{error}{advice}")),
        error if error.is_usage() => usage(error),
        Error::Store(StoreError::Study(error)) => {
            anyhow::Error::new(error).context("the study failed; finished results are kept for --resume")
        }
        error => error.into(),
    }
}
