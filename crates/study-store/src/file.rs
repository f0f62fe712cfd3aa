//! Files that appear whole or not at all.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use protocols::BoxError;

use crate::Error;

/// The beginning of a temporary file's name.
const TEMPORARY: &str = ".stressmap-";

/// Writes a file to a temporary name in the same folder, then renames it: whoever looks sees the whole file or none.
///
/// ```
/// use std::io::Write;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("answer.txt");
/// study_store::write_atomically(&path, |out| out.write_all(b"42"))?;
/// assert_eq!(std::fs::read(&path)?, b"42");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
///
/// # Errors
///
/// [`Error::Write`] if `write` fails, or the file cannot be written; a file that was there before is unchanged then.
pub fn write_atomically<E: Into<BoxError>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = || -> Result<(), BoxError> {
        let file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
        let (file, temporary) = file.into_parts();
        let mut out = BufWriter::new(file);
        write(&mut out).map_err(Into::into)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let_others_read(&file)?;
        // After a power failure the name must not belong to a file that the disk does not have.
        file.sync_all()?;
        drop(file);
        Ok(temporary.persist(path).map_err(|e| e.error)?)
    };
    whole().map_err(|source| Error::Write { path: path.to_path_buf(), source })
}

/// Temporary files are readable by their owner alone; a report is made to be shared.
pub(crate) fn let_others_read(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Removes the temporary files that a killed run has left in a folder; the caller holds the folder's journal.
pub(crate) fn remove_temporary_files(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY)) {
        // A file that cannot be removed does no harm.
        let _ = std::fs::remove_file(entry.path());
    }
}
