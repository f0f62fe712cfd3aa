use std::path::PathBuf;

use protocols::BoxError;

/// Why a dataset cannot be opened, or a datum cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no picture.
    #[error("{path} holds no pictures, expected {expected}", path = path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// A path is none of the kinds of datasets.
    #[error(
        "{path} is not a dataset: expected a folder with a directory a class, a parquet file or a folder of parquet files",
        path = path.display()
    )]
    Kind {
        /// The path.
        path: PathBuf,
    },
    /// A picture cannot be decoded.
    #[error("{what}: cannot decode the picture")]
    Decode {
        /// The file, or the file and its row.
        what: String,
        /// What the decoder says.
        source: BoxError,
    },
    /// A file is not parquet, or is damaged.
    #[error("{path}: not a readable parquet file", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: BoxError,
    },
    /// Rows of a parquet file cannot be unpacked.
    #[error("{path}: cannot read rows {first} to {last}", path = path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// The first row of those that are unpacked together, from 0.
        first: usize,
        /// The last of them.
        last: usize,
        /// What the reader says.
        source: BoxError,
    },
    /// A row names a file that cannot be read.
    #[error("{path}: row {row}: cannot read {file}", path = path.display(), file = file.display())]
    RowFile {
        /// The parquet file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The file that it names.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A parquet file lacks a column, or has it in another type.
    #[error("{path}: no column `{column}` of {expected}, there are: {present}", path = path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// Its type.
        expected: &'static str,
        /// The columns that there are, with their types.
        present: String,
    },
    /// The classes' names are not where Hugging Face writes them.
    #[error("{path}: {problem}, expected the names of `{column}`'s classes in the schema's `huggingface` metadata", path = path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// The label column.
        column: String,
        /// What was found instead.
        problem: String,
    },
    /// Two shards name their classes differently.
    #[error("{path} names its classes {found:?}, expected {expected:?} as the first shard does", path = path.display())]
    ShardLabels {
        /// The shard.
        path: PathBuf,
        /// Its names.
        found: Vec<String>,
        /// The first shard's names.
        expected: Vec<String>,
    },
    /// A row's label is no class.
    #[error("{path}: row {row} has label {label}, expected 0 to {last}", path = path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// What stands there.
        label: String,
        /// The last class.
        last: usize,
    },
    /// A row has no picture.
    #[error("{path}: row {row} has neither bytes nor a path in `{column}`", path = path.display())]
    NoPicture {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The image column.
        column: String,
    },
    /// A dataset of no tiles.
    #[error("a dataset of 0 tiles, expected at least 1")]
    NoTiles,
    /// A share is not a share.
    #[error("the fraction is {fraction}, expected more than 0 and at most 1")]
    Fraction {
        /// What was given.
        fraction: f64,
    },
    /// A selection leaves nothing.
    #[error("no picture is left of {len}: {why}")]
    NothingSelected {
        /// How many there were.
        len: usize,
        /// What was asked for.
        why: String,
    },
}
