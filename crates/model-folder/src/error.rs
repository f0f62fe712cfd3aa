use std::path::PathBuf;

/// Why a model folder cannot be read, or a picture cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the folder cannot be read.
    #[error("cannot read {path}, expected {expected}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the folder is not what its name says.
    #[error("{path}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        #[source]
        source: Box<Error>,
    },
    /// A text is not JSON, or not of the expected form.
    #[error("not {expected}: {problem}")]
    Json {
        /// What it should be.
        expected: &'static str,
        /// Where it is not.
        problem: String,
    },
    /// The classes' names are missing or incomplete.
    #[error("id2label {problem}, expected a name for each of 0 to n-1")]
    Labels {
        /// What is wrong with them.
        problem: String,
    },
    /// A processor of a kind that is not known.
    #[error("image_processor_type is `{name}`, expected one of {known}")]
    Processor {
        /// The kind.
        name: String,
        /// The kinds that are known.
        known: &'static str,
    },
    /// A setting of the processor is out of range.
    #[error("{setting} is {value}, expected {expected}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What was found.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A picture has neither one channel nor three, or has no pixels.
    #[error("the picture has shape {shape:?}, expected pixels of 1 or 3 channels")]
    Picture {
        /// Its height, width and channels.
        shape: (usize, usize, usize),
    },
    /// Pictures of one batch come out in different sizes.
    #[error(
        "a picture of {height}x{width} comes out as {size:?}, expected {expected:?} as the first of the batch"
    )]
    BatchSize {
        /// The picture's height.
        height: usize,
        /// The picture's width.
        width: usize,
        /// The size it is prepared to.
        size: (usize, usize),
        /// The size of the batch's first picture.
        expected: (usize, usize),
    },
    /// Room for another number of values than the picture has.
    #[error("there is room for {room} values, expected {expected}")]
    Room {
        /// How many values there is room for.
        room: usize,
        /// How many the picture has.
        expected: usize,
    },
}
