use std::path::PathBuf;

/// Why a journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be accessed.
    #[error("{path}: cannot {what}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed, such as `open it`.
        what: &'static str,
        /// What the system reports.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("{path} is in use by another process", path = path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The first line is not a complete header.
    #[error("{path} does not begin with a journal's header", path = path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// A line is damaged, and complete lines follow.
    #[error("{path}: line {line} is damaged", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A line is complete, but its record has another type.
    #[error("{path}: line {line} is not a record of this kind", path = path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// A record has no JSON form.
    #[error("{path}: a record cannot be written as JSON", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}
