use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What was guessed, chosen or left out while a dataset was opened or read.
///
/// A note is no error: the data are what the note says. `Display` gives one line for the user.
///
/// ```
/// use datasets::Note;
///
/// let note = Note::Split {
///     path: "beans".into(),
///     chosen: "test".to_owned(),
///     others: vec!["train".to_owned(), "validation".to_owned()],
/// };
/// assert_eq!(note.to_string(), "beans: reading the split `test`; there are also `train`, `validation`");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// There are several splits, and one was chosen because none was named.
    Split {
        /// The folder.
        path: PathBuf,
        /// The split that is read.
        chosen: String,
        /// The other splits.
        others: Vec<String>,
    },
    /// Several splits are read as one dataset, as asked.
    Mixture {
        /// The folder.
        path: PathBuf,
        /// The splits, in the order in which they are read.
        splits: Vec<String>,
    },
    /// A folder of parquet files holds images too. Of these, only files that rows name are read.
    ParquetAndImages {
        /// The folder.
        path: PathBuf,
        /// Number of parquet files, over all splits.
        shards: usize,
        /// Number of image files.
        images: usize,
    },
    /// Columns were chosen that have other names than `image` and `label`.
    Columns {
        /// The first file.
        path: PathBuf,
        /// The column of the images.
        image: String,
        /// The column of the classes.
        label: String,
    },
    /// The classes are numbers without names; their numbers serve as names.
    UnnamedClasses {
        /// The first file.
        path: PathBuf,
        /// The column of the classes.
        column: String,
        /// Number of classes: one more than the largest number.
        classes: usize,
    },
    /// Files in a folder that are not part of the dataset.
    PassedOver {
        /// The folder.
        path: PathBuf,
        /// The files by ending, those that hold images in a format that is not read first.
        files: Vec<PassedOver>,
    },
    /// Rows of a table that lie in no split, where a split is read.
    NoSplit {
        /// The table.
        path: PathBuf,
        /// Number of rows.
        rows: usize,
        /// The first one's image.
        example: PathBuf,
    },
    /// The files of a split were taken from a cache that does not say whether they are all.
    Unlisted {
        /// The repository.
        path: PathBuf,
    },
    /// A file that cannot be read was skipped, as asked.
    Skipped {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read.
        reason: String,
    },
    /// An image of more than 8 bits uses a small part of its range, so that it becomes nearly black.
    /// Only the first one of a dataset is noted.
    Dark {
        /// The image: its file, or its file and row.
        image: String,
        /// Its smallest sample.
        low: u16,
        /// Its largest sample.
        high: u16,
        /// The largest sample that its format allows.
        limit: u16,
    },
}

/// Files of one ending that are not part of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedOver {
    /// The ending in lower case, empty for names without one.
    pub ending: String,
    /// Number of files.
    pub count: usize,
    /// The first of them, relative to the folder.
    pub example: PathBuf,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ending, count, example } = self;
        match (ending.as_str(), *count) {
            (_, 1) => write!(f, "{}", example.display()),
            ("", count) => write!(f, "{count} without an ending (first {})", example.display()),
            (ending, count) => write!(f, "{count} .{ending} (first {})", example.display()),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split { path, chosen, others } => {
                write!(
                    f,
                    "{}: reading the split `{chosen}`; there are also {}",
                    path.display(),
                    quoted(others)
                )
            }
            Self::Mixture { path, splits } => {
                write!(f, "{}: reading the splits {} as one dataset", path.display(), quoted(splits))
            }
            Self::ParquetAndImages { path, shards, images } => {
                let files =
                    |count, noun| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
                write!(
                    f,
                    "{}: reading its {}; of its {}, only those that the rows name",
                    path.display(),
                    files(*shards, "parquet file"),
                    files(*images, "image file")
                )
            }
            Self::Columns { path, image, label } => write!(
                f,
                "{}: images are read from the column `{image}`, classes from `{label}`",
                path.display()
            ),
            Self::UnnamedClasses { path, column, classes } => write!(
                f,
                "{}: the classes in `{column}` have no names, so the numbers 0 to {} serve as names",
                path.display(),
                classes.saturating_sub(1)
            ),
            Self::PassedOver { path, files } => {
                let count: usize = files.iter().map(|files| files.count).sum();
                let files: Vec<String> = files.iter().map(ToString::to_string).collect();
                let noun = if count == 1 { "file" } else { "files" };
                write!(f, "{}: passed over {count} {noun}: {}", path.display(), files.join(", "))
            }
            Self::NoSplit { path, rows, example } => {
                let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
                write!(f, "{}: {rows} in no split left out (first {})", path.display(), example.display())
            }
            Self::Unlisted { path } => write!(
                f,
                "{}: read from a cache that does not list its files, so some of the split may be missing",
                path.display()
            ),
            Self::Skipped { path, reason } => write!(f, "{}: skipped: {reason}", path.display()),
            Self::Dark { image, low, high, limit } => write!(
                f,
                "{image}: its samples are {low} to {high} of {limit}, which is nearly black as 8 bits; \
                 the sample range {low},{high} would use all 8"
            ),
        }
    }
}

/// Names in backquotes, separated by commas.
pub(crate) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The notes of one dataset, shared with it: reading may add some.
///
/// ```
/// use datasets::Notes;
///
/// assert!(Notes::default().take().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    new: Vec<Note>,
    has_dark: bool,
}

impl Notes {
    /// Returns the notes made since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.shared().new)
    }

    pub(crate) fn push(&self, note: Note) {
        let mut shared = self.shared();
        if matches!(note, Note::Dark { .. }) && std::mem::replace(&mut shared.has_dark, true) {
            return;
        }
        shared.new.push(note);
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
