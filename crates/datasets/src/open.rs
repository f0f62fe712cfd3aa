use std::path::Path;

use protocols::Dataset;

use crate::image_folder::{ending, entries};
use crate::{Error, HuggingFaceParquet, ImageFolder};

/// Opens a dataset by what its path is.
///
/// A file that ends in parquet, and a folder with such files in it, is a [`HuggingFaceParquet`] with the
/// columns `image` and `label`; any other folder is an [`ImageFolder`].
///
/// # Errors
///
/// [`Error::Io`] if nothing is there, [`Error::Kind`] if it is none of these, and what the dataset's own
/// type reports.
///
/// # Examples
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let photos = folder.path();
/// # std::fs::create_dir(photos.join("Forest"))?;
/// # std::fs::write(photos.join("Forest/a.bmp"), b"decoded when it is asked for")?;
/// let dataset = datasets::open(photos)?;
/// assert_eq!((dataset.len(), dataset.metadata().labels[0].as_str()), (1, "Forest"));
///
/// assert!(matches!(datasets::open("no/such/path"), Err(datasets::Error::Io { .. })));
/// # Ok::<(), protocols::BoxError>(())
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<Box<dyn Dataset>, Error> {
    let path = path.as_ref();
    Ok(if is_parquet(path)? {
        Box::new(HuggingFaceParquet::open(path)?)
    } else {
        Box::new(ImageFolder::open(path)?)
    })
}

/// Opens what can be opened of a dataset, and returns why some of its parquet files are left out.
///
/// This is [`open`], but for shards that are damaged: see [`HuggingFaceParquet::open_readable`].
///
/// # Errors
///
/// As [`open`], and if no shard is left.
///
/// # Examples
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path();
/// std::fs::write(path.join("test-0.parquet"), b"PAR1 and no more")?;
/// // With another shard beside it, that one would be the dataset.
/// assert!(matches!(datasets::open_readable(path), Err(datasets::Error::Parquet { .. })));
/// # Ok::<(), protocols::BoxError>(())
/// ```
pub fn open_readable(path: impl AsRef<Path>) -> Result<(Box<dyn Dataset>, Vec<Error>), Error> {
    let path = path.as_ref();
    if is_parquet(path)? {
        let (dataset, left_out) = HuggingFaceParquet::open_readable(path)?;
        return Ok((Box::new(dataset), left_out));
    }
    Ok((Box::new(ImageFolder::open(path)?), Vec::new()))
}

/// Whether a path is a parquet file or a folder that holds one; a file of another kind is no dataset.
fn is_parquet(path: &Path) -> Result<bool, Error> {
    let found = std::fs::metadata(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    let is_parquet = |path: &Path| ending(path).as_deref() == Some("parquet");
    if found.is_file() {
        return if is_parquet(path) { Ok(true) } else { Err(Error::Kind { path: path.to_path_buf() }) };
    }
    Ok(entries(path)?.iter().any(|entry| is_parquet(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pictures.zip");
        std::fs::write(&path, b"PK").unwrap();
        assert!(matches!(open(&path), Err(Error::Kind { path: found }) if found == path));
    }

    #[test]
    fn a_file_that_only_calls_itself_parquet_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pictures.PARQUET");
        std::fs::write(&path, b"no parquet at all").unwrap();
        for asked in [&path, &folder.path().to_path_buf()] {
            assert!(matches!(open(asked), Err(Error::Parquet { path: found, .. }) if found == path));
        }
    }

    #[test]
    fn an_empty_folder_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(Error::Empty { .. })));
    }
}
