use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use protocols::BoxError;

/// Why the command stops, and with which exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for cannot be: exit code 2.
    Usage(BoxError),
    /// What was asked for failed: exit code 1.
    Run(BoxError),
    /// It was stopped by a signal, with this exit code.
    Stopped(u8),
}

impl Failure {
    pub(crate) fn usage(error: impl Into<BoxError>) -> Self {
        Self::Usage(error.into())
    }

    pub(crate) fn run(error: impl Into<BoxError>) -> Self {
        Self::Run(error.into())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Run(_) => 1,
            Self::Stopped(code) => *code,
        })
    }
}

impl fmt::Display for Failure {
    /// The error and its causes, joined by colons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(error) | Self::Run(error)) = self else {
            return f.write_str("stopped; what is finished is kept, the same command with --resume goes on");
        };
        write!(f, "{error}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// An error that is its text, with the cause behind it.
#[derive(Debug)]
pub(crate) struct Context {
    what: String,
    source: BoxError,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Context {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Says of an error what was being done: usually which file it was about.
pub(crate) fn context<E: Into<BoxError>>(what: impl Into<String>) -> impl FnOnce(E) -> Context {
    |source| Context { what: what.into(), source: source.into() }
}
