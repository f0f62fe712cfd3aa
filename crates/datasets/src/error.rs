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
        /// The cause.
        source: std::io::Error,
    },
    /// There is no image with a class.
    #[error("{path} holds no images with classes: found {found}; expected {expected}", path = path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What was looked for.
        expected: &'static str,
    },
    /// A file is of no kind that holds a dataset.
    #[error(
        "{path} is not a dataset: expected a folder of images per class, a folder with metadata.csv, a parquet \
         file or a folder of parquet files",
        path = path.display()
    )]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// The split that was asked for is not there.
    #[error("{path} has no split `{split}`: found {present}", path = path.display())]
    Split {
        /// The file or folder.
        path: PathBuf,
        /// The split.
        split: String,
        /// The splits that there are.
        present: String,
    },
    /// There are several splits, and none of them is the usual one.
    #[error("{path} has the splits {present}, expected the name of one, or `all`", path = path.display())]
    SplitChoice {
        /// The folder.
        path: PathBuf,
        /// The splits that there are.
        present: String,
    },
    /// A dataset of the Hugging Face Hub is opened as if it were a path.
    #[error(
        "{path} is a dataset of the Hugging Face Hub, which is fetched before it is opened: that needs the feature `hub`",
        path = path.display()
    )]
    Unfetched {
        /// The name.
        path: PathBuf,
    },
    /// A dataset cannot be fetched from the Hugging Face Hub.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(#[from] hub::Error),
    /// A dataset of the Hugging Face Hub has no parquet files.
    #[error(
        "{repo} has no parquet files, and neither has its branch refs/convert/parquet; it holds {present}"
    )]
    NoParquet {
        /// The repository.
        repo: String,
        /// The files that there are.
        present: String,
    },
    /// The cache has only some files of a split, and the others may not be fetched.
    #[error("the cache has {found} of {expected} files of the split of {path}", path = path.display())]
    Incomplete {
        /// The repository.
        path: PathBuf,
        /// The files that there are.
        found: usize,
        /// The files that belong to the split.
        expected: usize,
    },
    /// A folder holds several datasets.
    #[error("{path} holds several datasets: {datasets}; expected the path of one", path = path.display())]
    SeveralDatasets {
        /// The folder.
        path: PathBuf,
        /// The folders of the datasets.
        datasets: String,
    },
    /// Several tables could list a folder's images.
    #[error("{path} has the tables {tables}, expected one, or metadata.csv", path = path.display())]
    Tables {
        /// The folder.
        path: PathBuf,
        /// The tables.
        tables: String,
    },
    /// A table is damaged.
    #[error("cannot read the table {path}", path = path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: BoxError,
    },
    /// A file was cloned without its content.
    #[error("{what} is a Git LFS pointer instead of the file, run `git lfs pull` to fetch it")]
    LfsPointer {
        /// The file, or the file and its row.
        what: String,
    },
    /// An image cannot be decoded.
    #[error("{what}: cannot decode the image")]
    Decode {
        /// The file, or the file and its row.
        what: String,
        /// The cause.
        source: BoxError,
    },
    /// An image holds numbers that have no largest value, so that 0 to 255 needs a range.
    #[error("{what} holds {samples} from {low} to {high}, expected a sample range that becomes 0 to 255")]
    NoSampleRange {
        /// The file, or the file and its row.
        what: String,
        /// The type of the samples.
        samples: &'static str,
        /// The smallest sample.
        low: f64,
        /// The largest sample.
        high: f64,
    },
    /// A sample range is empty or has no end.
    #[error("the sample range is {range}, expected two finite numbers, the first less than the second")]
    SampleRange {
        /// The range.
        range: String,
    },
    /// A file is not parquet, or is damaged.
    #[error("{path}: not a readable parquet file", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: BoxError,
    },
    /// Rows of a parquet file cannot be read.
    #[error("{path}: cannot read rows {first} to {last}", path = path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// The first row of those that are read together, from 0.
        first: usize,
        /// The last of them.
        last: usize,
        /// The cause.
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
        /// The cause.
        source: std::io::Error,
    },
    /// A file lacks a column, or has it in another type.
    #[error("{path}: no column `{column}` of {expected}, there are: {present}", path = path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// What it should hold.
        expected: &'static str,
        /// The columns that there are, with their types.
        present: String,
    },
    /// A column is asked for where there is neither a table nor a parquet file.
    #[error("{path} has no table or parquet file with a column `{column}`: found {found}", path = path.display())]
    NoTable {
        /// The folder.
        path: PathBuf,
        /// The column.
        column: String,
        /// What is there.
        found: String,
    },
    /// Several columns could be the one.
    #[error("{path}: each of {candidates} may hold {expected}, expected the name of one", path = path.display())]
    ColumnChoice {
        /// The file.
        path: PathBuf,
        /// What the column should hold.
        expected: &'static str,
        /// The columns.
        candidates: String,
    },
    /// The classes' names or numbers cannot be used.
    #[error("{path}: {problem}, expected the names of classes, or their numbers from 0 on", path = path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// The label column.
        column: String,
        /// What was found instead.
        problem: String,
    },
    /// Two shards name their classes differently.
    #[error("{path} names its classes {found:?}, expected {expected:?} as in the first shard", path = path.display())]
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
        /// Its label.
        label: String,
        /// The last class.
        last: usize,
    },
    /// A row has no image.
    #[error("{path}: row {row} has neither bytes nor a path in `{column}`", path = path.display())]
    NoImage {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The image column.
        column: String,
    },
    /// A dataset of no tiles.
    #[error("the number of tiles is 0, expected at least 1")]
    NoTiles,
    /// A fraction is out of range.
    #[error("the fraction is {fraction}, expected more than 0 and at most 1")]
    Fraction {
        /// The fraction.
        fraction: f64,
    },
    /// A selection is empty.
    #[error("{selection} leaves no image of {len}")]
    NothingSelected {
        /// Number of images to select from.
        len: usize,
        /// What was asked for.
        selection: String,
    },
    /// A choice of images is not possible.
    #[error("{what} is {value}, expected {expected}")]
    Choice {
        /// `limit`, `sample` or `fraction`.
        what: &'static str,
        /// The value that was given.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// Two ways to choose images are asked for.
    #[error("`{first}` and `{second}` are both set, expected one of them")]
    Choices {
        /// `limit`, `sample`, `fraction` or `offset`.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// An option for datasets of files is set for the procedural dataset.
    #[error("`{option}` is set, expected a dataset of files: landcover has none")]
    FilesOnly {
        /// The option.
        option: &'static str,
    },
    /// Images could not be chosen, usually since a class cannot be read.
    #[error("{path}: cannot choose images", path = path.display())]
    Choose {
        /// The dataset's path.
        path: PathBuf,
        /// Why.
        source: BoxError,
    },
}

impl Error {
    /// Whether the options are impossible, whatever the dataset holds.
    ///
    /// ```
    /// use datasets::DatasetConfig;
    ///
    /// let config = DatasetConfig { sample: Some(0), ..DatasetConfig::default() };
    /// let error = config.open(123, false).unwrap_err();
    /// assert!(error.is_usage());
    /// assert_eq!(error.to_string(), "sample is 0, expected at least 1");
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Choice { .. }
            | Self::Choices { .. }
            | Self::FilesOnly { .. }
            | Self::SampleRange { .. } => true,
            #[cfg(feature = "hub")]
            Self::Hub(error) => error.is_usage(),
            _ => false,
        }
    }
}
