//! A `.npy` file of maps, written row by row under a temporary name.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use protocols::BoxError;

use crate::file::{let_others_read, write_atomically};

/// The length of the header, which is padded so that the number of rows can be corrected at the end.
const HEADER: u64 = 128;

/// A map's height and width.
pub(crate) type Size = (usize, usize);

/// A file of float32 `[rows, height, width]` that is being written.
pub(crate) struct MapFile {
    temporary: PathBuf,
    size: Size,
    file: File,
    rows: usize,
}

impl MapFile {
    /// Creates a file, or resumes one with as many of the rows with these checksums as it holds.
    pub(crate) fn open(temporary: PathBuf, size: Size, checks: &[u32]) -> Result<Self, BoxError> {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).to_owned();
        let file = options.open(&temporary)?;
        let mut map_file = Self { temporary, size, file, rows: 0 };
        if read_size(&mut map_file.file)? == Some(size) {
            let mut row = vec![0; bytes(size)?];
            let intact = |row: &mut Vec<u8>, file: &mut File, check: u32| -> std::io::Result<bool> {
                Ok(read_all(file, row)? && crc32fast::hash(row) == check)
            };
            for &check in checks {
                if !intact(&mut row, &mut map_file.file, check)? {
                    break;
                }
                map_file.rows += 1;
            }
        } else {
            map_file.file.set_len(0)?;
            map_file.file.seek(SeekFrom::Start(0))?;
            map_file.file.write_all(&header(0, size))?;
        }
        Ok(map_file)
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Forgets all rows but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
    }

    /// Appends a map of the file's size, and returns its checksum.
    pub(crate) fn push(&mut self, map: ArrayView2<'_, f32>) -> Result<u32, BoxError> {
        if map.dim() != self.size {
            return Err(format!("a map is {:?}, expected {:?}", map.dim(), self.size).into());
        }
        let row: Vec<u8> = map.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.file.seek(SeekFrom::Start(HEADER + self.rows as u64 * row.len() as u64))?;
        self.file.write_all(&row)?;
        self.rows += 1;
        Ok(crc32fast::hash(&row))
    }

    /// Completes the file and gives it its name, with its rows in this order: the first one's position first.
    pub(crate) fn finish(mut self, path: &Path, order: &[usize]) -> Result<(), BoxError> {
        let length = bytes(self.size)? as u64 * self.rows as u64;
        self.file.set_len(HEADER + length)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(self.rows, self.size))?;
        if order.iter().copied().eq(0..self.rows) {
            let_others_read(&self.file)?;
            self.file.sync_all()?;
            return Ok(std::fs::rename(&self.temporary, path)?);
        }
        drop(self.file);
        copy_rows(&self.temporary, path, order)?;
        Ok(std::fs::remove_file(&self.temporary)?)
    }
}

/// Copies rows of a file of maps to another file, in this order. Rows that the file lacks end the copy.
pub(crate) fn copy_rows(from: &Path, to: &Path, order: &[usize]) -> Result<(), BoxError> {
    let mut file = File::open(from)?;
    let size = read_size(&mut file)?.ok_or("not a file of maps")?;
    let mut row = vec![0; bytes(size)?];
    let copied = write_atomically(to, |out| -> Result<(), BoxError> {
        out.write_all(&header(order.len(), size))?;
        for &at in order {
            file.seek(SeekFrom::Start(HEADER + at as u64 * row.len() as u64))?;
            if !read_all(&mut file, &mut row)? {
                break;
            }
            out.write_all(&row)?;
        }
        Ok(())
    });
    Ok(copied?)
}

/// The rows of a complete file, in any order.
pub(crate) struct MapRows {
    file: File,
    size: Size,
}

impl MapRows {
    pub(crate) fn open(path: &Path) -> Result<Self, BoxError> {
        let mut file = File::open(path)?;
        let size = read_size(&mut file)?.ok_or("not a file of maps")?;
        Ok(Self { file, size })
    }

    /// The values of a row that has this checksum.
    pub(crate) fn row(&mut self, row: usize, check: u32) -> Result<Vec<f32>, BoxError> {
        let mut values = vec![0; bytes(self.size)?];
        self.file.seek(SeekFrom::Start(HEADER + row as u64 * values.len() as u64))?;
        if !read_all(&mut self.file, &mut values)? || crc32fast::hash(&values) != check {
            return Err(format!("row {row} does not have the checksum of the journal").into());
        }
        let (values, _) = values.as_chunks();
        Ok(values.iter().map(|&value| f32::from_le_bytes(value)).collect())
    }
}

fn header(rows: usize, (height, width): Size) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {height}, {width}), }}");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&(HEADER as u16 - 10).to_le_bytes());
    header.extend_from_slice(text.as_bytes());
    // Three numbers of twenty digits would fit.
    header.resize(HEADER as usize - 1, b' ');
    header.push(b'\n');
    header
}

/// The size of the maps by a file's header; none unless [`header`] wrote it.
fn read_size(file: &mut File) -> std::io::Result<Option<Size>> {
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

/// The bytes of a map of this size.
fn bytes((height, width): Size) -> Result<usize, BoxError> {
    let values = height.checked_mul(width).and_then(|values| values.checked_mul(size_of::<f32>()));
    values.ok_or_else(|| format!("maps of {height}x{width} are too large").into())
}

/// Fills the buffer; false if the file ends before.
fn read_all(file: &mut File, buffer: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
