//! Files that appear whole or not at all.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use protocols::BoxError;

use crate::failure::{Failure, context};

/// How a file's passing name begins.
const PASSING: &str = ".stressmap-";

/// Writes a file under a passing name, then gives it its own.
pub(crate) fn write_whole<E: Into<BoxError>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), Failure> {
    let failed = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |e: std::io::Error| Failure::run(context(failed())(e));
    let file = tempfile::Builder::new().prefix(PASSING).tempfile_in(folder).map_err(io)?;
    let (file, passing) = file.into_parts();
    let mut out = BufWriter::new(file);
    write(&mut out).map_err(|e| Failure::run(context(failed())(e)))?;
    let file = out.into_inner().map_err(|e| io(e.into_error()))?;
    let_others_read(&file).map_err(io)?;
    // A machine that stops must not leave the name on a file that the disk does not have.
    file.sync_all().map_err(io)?;
    drop(file);
    passing.persist(path).map_err(|e| io(e.error))
}

/// A file of `tempfile` is the owner's alone; a report is made to be passed on.
pub(crate) fn let_others_read(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    Ok(())
}

/// Removes what a run that was killed while it wrote a file has left; nobody may be writing to the folder.
pub(crate) fn remove_passing(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PASSING)) {
        // It is in nobody's way.
        let _ = std::fs::remove_file(entry.path());
    }
}
