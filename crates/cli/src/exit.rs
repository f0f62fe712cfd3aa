//! Errors and exit codes: 1 for a failure, 2 for a command that cannot be carried out, 128 plus the signal for a stop.

use std::process::ExitCode;

use study::Error as StudyError;
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

/// An error of a dataset: of usage if the choice of images is impossible.
pub(crate) fn of_datasets(error: datasets::Error) -> anyhow::Error {
    match error {
        datasets::Error::Choice { .. } => wrong(format!("--{error}")),
        error => error.into(),
    }
}

/// An error of a study's folder, with what to do about it.
pub(crate) fn of_store(error: StoreError, stopped: Option<Stopped>) -> anyhow::Error {
    match (error, stopped) {
        (StoreError::Study(StudyError::Stopped), Some(stopped)) => stopped.into(),
        (error @ StoreError::Unfinished { .. }, _) => {
            wrong(format!("{error} (--resume resumes it, --out names another folder)"))
        }
        (error @ StoreError::Skipped { .. }, _) => wrong(format!("{error}: add --on-error skip")),
        (error @ StoreError::Different { .. }, _) => wrong(format!("{error} (--out names another folder)")),
        (error @ (StoreError::DifferentShards { .. } | StoreError::MissingShards { .. }), _) => usage(error),
        (StoreError::Study(error @ (StudyError::Parameter { .. } | StudyError::Foreign { .. })), _) => {
            usage(error)
        }
        (StoreError::Study(error), _) => {
            anyhow::Error::new(error).context("the study failed; finished results are kept for --resume")
        }
        (error, _) => error.into(),
    }
}
