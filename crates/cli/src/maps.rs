//! The files `truth.npy` and `predicted.npy`: written map by map, under passing names until all are there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use protocols::BoxError;
use study::Explained;

use crate::failure::{Failure, context};
use crate::files::let_others_read;

const NAMES: [&str; 2] = ["truth", "predicted"];

/// The length of the header, which is padded so that the number of rows can be corrected at the end.
const HEADER: u64 = 128;

/// The two files' checksums of one row.
pub(crate) type Checks = [u32; 2];

/// The true and the predicted classes' maps of a study.
pub(crate) struct Maps([MapFile; 2]);

impl Maps {
    /// Begins anew, or goes on behind as many rows as the files hold of those that are said to be there.
    pub(crate) fn open(folder: &Path, rows: &[Checks]) -> Result<Self, Failure> {
        let open = |file: usize| {
            let path = folder.join(format!("{}.npy", NAMES[file]));
            let checks: Vec<u32> = rows.iter().map(|checks| checks[file]).collect();
            let named = context(format!("cannot go on with {}", path.display()));
            MapFile::open(path, &checks).map_err(|e| Failure::run(named(e)))
        };
        let mut files = [open(0)?, open(1)?];
        let rows = files[0].rows.min(files[1].rows);
        for file in &mut files {
            file.rows = rows;
        }
        Ok(Self(files))
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.0[0].rows
    }

    /// Appends a row to each file.
    pub(crate) fn push(&mut self, explained: Explained<'_>) -> Result<Checks, BoxError> {
        let [truth, predicted] = &mut self.0;
        Ok([truth.push(explained.truth)?, predicted.push(explained.predicted)?])
    }

    /// Gives the files their names.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.0.into_iter().try_for_each(MapFile::finish)
    }
}

/// A `.npy` of float32 `[rows, height, width]`.
struct MapFile {
    path: PathBuf,
    file: Option<File>,
    size: (usize, usize),
    rows: usize,
}

impl MapFile {
    fn open(path: PathBuf, checks: &[u32]) -> Result<Self, BoxError> {
        let passing = passing(&path);
        let mut new = Self { path, file: None, size: (0, 0), rows: 0 };
        if checks.is_empty() {
            match std::fs::remove_file(&passing) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => return Ok(new),
            }
        }
        // A run that was all but done has given the file its name already.
        if !passing.exists() && new.path.exists() {
            std::fs::rename(&new.path, &passing)?;
        }
        let mut file = match OpenOptions::new().read(true).write(true).open(passing) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(new),
            Err(error) => return Err(error.into()),
        };
        let Some(size) = read_size(&mut file)? else { return Ok(new) };
        let mut row = vec![0; bytes(size)?];
        for &check in checks {
            if read_all(&mut file, &mut row)? && crc32fast::hash(&row) == check {
                new.rows += 1;
            } else {
                break;
            }
        }
        (new.file, new.size) = (Some(file), size);
        Ok(new)
    }

    /// Appends a map and returns its checksum.
    fn push(&mut self, map: ArrayView2<'_, f32>) -> Result<u32, BoxError> {
        if self.rows == 0 {
            self.size = map.dim();
        } else if self.size != map.dim() {
            let (size, found) = (self.size, map.dim());
            return Err(format!("the maps of one file have one size: {found:?} came after {size:?}").into());
        }
        let named = context(format!("cannot write {}", self.path.display()));
        let row: Vec<u8> = map.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.write(&row).map_err(named)?;
        self.rows += 1;
        Ok(crc32fast::hash(&row))
    }

    fn write(&mut self, row: &[u8]) -> Result<(), BoxError> {
        let start = self.rows as u64 * row.len() as u64 + HEADER;
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let options =
                    OpenOptions::new().read(true).write(true).create(true).truncate(true).to_owned();
                none.insert(options.open(passing(&self.path))?)
            }
        };
        if self.rows == 0 {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header(0, self.size))?;
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(file.write_all(row)?)
    }

    fn finish(self) -> Result<(), Failure> {
        let Some(mut file) = self.file.filter(|_| self.rows > 0) else { return Ok(()) };
        let mut close = || -> Result<(), BoxError> {
            let length = bytes(self.size)? as u64 * self.rows as u64;
            file.set_len(HEADER + length)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header(self.rows, self.size))?;
            let_others_read(&file)?;
            file.sync_all()?;
            Ok(std::fs::rename(passing(&self.path), &self.path)?)
        };
        close().map_err(|e| Failure::run(context(format!("cannot write {}", self.path.display()))(e)))
    }
}

/// The rows of a finished file, to be read one after the other or in leaps.
pub(crate) struct MapRows {
    path: PathBuf,
    file: File,
    pub(crate) size: (usize, usize),
}

impl MapRows {
    /// The two files of a folder.
    pub(crate) fn open(folder: &Path) -> Result<[Self; 2], Failure> {
        let open = |name: &str| {
            let path = folder.join(format!("{name}.npy"));
            let read = || -> Result<Self, BoxError> {
                let mut file = File::open(&path)?;
                let size = read_size(&mut file)?.ok_or("not a file of maps")?;
                Ok(Self { path: path.clone(), file, size })
            };
            read().map_err(|e| Failure::run(context(format!("cannot read {}", path.display()))(e)))
        };
        Ok([open(NAMES[0])?, open(NAMES[1])?])
    }

    /// The values of a row that has this checksum.
    pub(crate) fn row(&mut self, row: usize, check: u32) -> Result<Vec<f32>, Failure> {
        let named = context(format!("cannot read row {row} of {}", self.path.display()));
        let mut read = || -> Result<Vec<f32>, BoxError> {
            let mut values = vec![0; bytes(self.size)?];
            self.file.seek(SeekFrom::Start(HEADER + row as u64 * values.len() as u64))?;
            if !read_all(&mut self.file, &mut values)? || crc32fast::hash(&values) != check {
                return Err("it is not what the journal says".into());
            }
            let (values, _) = values.as_chunks();
            Ok(values.iter().map(|&value| f32::from_le_bytes(value)).collect())
        };
        read().map_err(|e| Failure::run(named(e)))
    }
}

/// The name that a file has until it is whole.
fn passing(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

fn header(rows: usize, (height, width): (usize, usize)) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {height}, {width}), }}");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&(HEADER as u16 - 10).to_le_bytes());
    header.extend_from_slice(text.as_bytes());
    // Three numbers of twenty digits would fit.
    header.resize(HEADER as usize - 1, b' ');
    header.push(b'\n');
    header
}

/// The size of the maps by a file's header; none unless it is one of [`header`]'s.
fn read_size(file: &mut File) -> std::io::Result<Option<(usize, usize)>> {
    let mut bytes = [0; HEADER as usize];
    if !read_all(file, &mut bytes)? {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes);
    let shape = text.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
    let numbers: Option<Vec<usize>> =
        shape.and_then(|(shape, _)| shape.split(", ").map(|number| number.parse().ok()).collect());
    Ok(match numbers.as_deref() {
        Some(&[rows, height, width]) if header(rows, (height, width)) == bytes => Some((height, width)),
        _ => None,
    })
}

/// The length of a map of this size in bytes.
fn bytes((height, width): (usize, usize)) -> Result<usize, BoxError> {
    let values = height.checked_mul(width).and_then(|values| values.checked_mul(size_of::<f32>()));
    values.ok_or_else(|| format!("maps of {height}x{width}").into())
}

/// Fills the buffer, or says that the file ends before.
fn read_all(file: &mut File, buffer: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3};

    use super::*;

    fn map(value: f32) -> Array2<f32> {
        Array2::from_elem((3, 5), value)
    }

    fn push(maps: &mut Maps, value: f32) -> Checks {
        let (truth, predicted) = (map(value), map(-value));
        let image = Array3::zeros((3, 5, 3));
        let explained = Explained { image: image.view(), truth: truth.view(), predicted: predicted.view() };
        maps.push(explained).unwrap()
    }

    #[test]
    fn files_go_on_behind_the_last_row_that_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut maps = Maps::open(folder.path(), &[]).unwrap();
        let mut checks: Vec<_> = (0..4).map(|value| push(&mut maps, value as f32)).collect();
        drop(maps);
        assert!(!folder.path().join("truth.npy").exists());
        // The third row of one file is damaged, as a machine that stops may leave it.
        let passing = folder.path().join(".predicted.npy.part");
        let mut bytes = std::fs::read(&passing).unwrap();
        bytes[128 + 2 * 60 + 7] ^= 1;
        std::fs::write(&passing, bytes).unwrap();

        let mut maps = Maps::open(folder.path(), &checks).unwrap();
        assert_eq!(maps.rows(), 2);
        checks.truncate(2);
        checks.push(push(&mut maps, 7.0));
        maps.finish().unwrap();
        // All but done: the files have their names, and the run goes on once more.
        let maps = Maps::open(folder.path(), &checks).unwrap();
        assert_eq!(maps.rows(), 3);
        maps.finish().unwrap();

        for (name, sign) in [("truth", 1.0), ("predicted", -1.0)] {
            let read: Array3<f32> = ndarray_npy::read_npy(folder.path().join(format!("{name}.npy"))).unwrap();
            let expected = ndarray::stack![ndarray::Axis(0), map(0.0), map(sign), map(7.0 * sign)];
            assert_eq!(read, expected);
        }
        let [mut truth, _] = MapRows::open(folder.path()).unwrap();
        assert_eq!(truth.row(2, checks[2][0]).unwrap(), [7.0; 15]);
        assert!(truth.row(2, checks[2][1]).is_err());
    }

    #[test]
    fn maps_of_two_sizes_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = MapFile::open(folder.path().join("truth.npy"), &[]).unwrap();
        file.push(map(1.0).view()).unwrap();
        let error = file.push(Array2::zeros((5, 3)).view()).unwrap_err();
        assert!(error.to_string().contains("(5, 3) came after (3, 5)"), "{error}");
    }
}
