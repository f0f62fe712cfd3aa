use std::path::Path;

use protocols::Dataset;

use crate::image_folder::{ending, entries};
use crate::{Error, HuggingFaceParquet, ImageFolder};

/// Opens a dataset by what its path is: a parquet file, a folder of parquet shards, or a folder with a
/// directory a class.
///
/// # Errors
///
/// [`Error::Io`] if nothing is there, [`Error::Kind`] if it is none of these, and what the dataset's own
/// type reports.
///
/// # Examples
///
/// ```
/// assert!(datasets::open("no/such/path").is_err());
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<Box<dyn Dataset>, Error> {
    let path = path.as_ref();
    let found = std::fs::metadata(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    let is_parquet = |path: &Path| ending(path).as_deref() == Some("parquet");
    if found.is_file() {
        if !is_parquet(path) {
            return Err(Error::Kind { path: path.to_path_buf() });
        }
        return Ok(Box::new(HuggingFaceParquet::open(path)?));
    }
    if entries(path)?.iter().any(|entry| is_parquet(entry)) {
        return Ok(Box::new(HuggingFaceParquet::open(path)?));
    }
    Ok(Box::new(ImageFolder::open(path)?))
}
