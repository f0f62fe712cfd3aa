//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use protocols::BoxError;

use crate::failure::{Failure, context};

/// Writes a file under a passing name, then gives it its own.
pub(crate) fn write_whole<E: Into<BoxError>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), Failure> {
    let failed = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |e: std::io::Error| Failure::run(context(failed())(e));
    let file = tempfile::Builder::new().prefix(".stressmap-").tempfile_in(folder).map_err(io)?;
    let (file, passing) = file.into_parts();
    let mut out = BufWriter::new(file);
    write(&mut out).map_err(|e| Failure::run(context(failed())(e)))?;
    let file = out.into_inner().map_err(|e| io(e.into_error()))?;
    // A file of `tempfile` is the owner's alone; a report is made to be passed on.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(io)?;
    drop(file);
    passing.persist(path).map_err(|e| io(e.error))
}

/// A `.npy` of float32 `[rows, height, width]`, written row by row without holding the rows.
pub(crate) struct MapFile {
    path: PathBuf,
    rows: usize,
    open: Option<Open>,
}

struct Open {
    passing: tempfile::TempPath,
    out: BufWriter<File>,
    size: (usize, usize),
    written: usize,
}

impl MapFile {
    /// Will hold `rows` maps; their size is that of the first one pushed.
    pub(crate) fn new(path: PathBuf, rows: usize) -> Self {
        Self { path, rows, open: None }
    }

    /// Appends a map.
    pub(crate) fn push(&mut self, map: ArrayView2<'_, f32>) -> Result<(), BoxError> {
        if self.open.is_none() {
            self.open = Some(self.start(map.dim())?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.size != map.dim() {
            let message =
                format!("the maps of one file have one size: {:?} came after {:?}", map.dim(), open.size);
            return Err(message.into());
        }
        for value in map {
            open.out.write_all(&value.to_le_bytes())?;
        }
        open.written += 1;
        Ok(())
    }

    fn start(&self, (height, width): (usize, usize)) -> Result<Open, BoxError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let (mut file, passing) =
            tempfile::Builder::new().prefix(".stressmap-").tempfile_in(folder)?.into_parts();
        ndarray_npy::write_zeroed_npy::<f32, _>(&file, (self.rows, height, width))?;
        let bytes = (self.rows * height * width * size_of::<f32>()) as u64;
        let header = file.metadata()?.len() - bytes;
        file.seek(SeekFrom::Start(header))?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        Ok(Open { passing, out: BufWriter::new(file), size: (height, width), written: 0 })
    }

    /// Gives the file its name, once every row is there.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let failed = format!("cannot write {}", self.path.display());
        let Some(open) = self.open.filter(|open| open.written == self.rows) else { return Ok(()) };
        open.out.into_inner().map_err(|e| Failure::run(context(failed.clone())(e.into_error())))?;
        open.passing.persist(&self.path).map_err(|e| Failure::run(context(failed)(e.error)))
    }
}
