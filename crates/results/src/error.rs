/// Why a table cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table could not be written.
    #[error("cannot write the {format} table")]
    Write {
        /// `CSV`, `JSON` or `Markdown`.
        format: &'static str,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The input is not such a table.
    #[error("cannot read the {format} table")]
    Read {
        /// `CSV` or `JSON`.
        format: &'static str,
        /// What went wrong, and on which line.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A string is not a value of swept parameters.
    #[error("`{text}` is not a value: expected numbers joined by `;`")]
    Value {
        /// The text.
        text: String,
    },
}
