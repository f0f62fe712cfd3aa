use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use protocols::BoxError;

use crate::Error;
use crate::classes::Labels;
use crate::decode::LFS_POINTER;
use crate::shard_file::ShardFile;
use crate::shard_schema::{Columns, Features, Leaf};

/// Rows are read in blocks of at most this many rows and about this many bytes: neighbouring images share
/// pages, and reading one alone would unpack a page each time.
const BLOCK_ROWS: usize = 64;
const BLOCK_BYTES: usize = 8 << 20;

/// A byte of file may stand for at most this many rows. Repeated labels pack well, yet a few bytes must not
/// ask for any amount of memory.
const ROWS_PER_BYTE: u64 = 64;

pub(crate) type Reader = SerializedFileReader<ShardFile>;

/// One parquet file: its labels are read at opening, its images when they are asked for.
pub(crate) struct Shard {
    pub(crate) path: PathBuf,
    pub(crate) columns: Columns,
    /// Each row group's rows within the file.
    groups: Vec<Range<usize>>,
    labels: Vec<Option<i64>>,
    /// Rows per block.
    block_rows: usize,
    /// Behind a lock, since reading moves the position of the file, which its clones share.
    reader: Mutex<Reader>,
}

/// The image columns of neighbouring rows.
pub(crate) struct Block {
    first: usize,
    rows: Vec<ImageCell>,
}

impl Block {
    /// A row of the file, if the block holds it.
    pub(crate) fn row(&self, row: usize) -> Option<ImageCell> {
        self.rows.get(row.checked_sub(self.first)?).cloned()
    }
}

/// A row's image: its encoded bytes, or the path of its file.
#[derive(Clone)]
pub(crate) struct ImageCell {
    pub(crate) bytes: Option<ByteArray>,
    pub(crate) path: Option<ByteArray>,
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard").field("path", &self.path).field("rows", &self.len()).finish_non_exhaustive()
    }
}

impl Shard {
    /// Reads a file's footer and labels. The labels are returned; [`set_labels`](Self::set_labels) gives them
    /// back once all shards are known.
    pub(crate) fn open(
        path: PathBuf,
        image: Option<&str>,
        label: Option<&str>,
    ) -> Result<(Self, Labels), Error> {
        let failed = |source| Error::Io { path: path.clone(), source };
        let mut file = File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut start = Vec::new();
        file.by_ref().take(LFS_POINTER.len() as u64).read_to_end(&mut start).map_err(failed)?;
        if start == LFS_POINTER {
            return Err(Error::LfsPointer { what: path.display().to_string() });
        }
        let damaged = |source| Error::Parquet { path: path.clone(), source };
        let reader = guarded(|| SerializedFileReader::new(ShardFile(file))).map_err(damaged)?;
        let metadata = reader.metadata();
        let features = Features::read(metadata, &path)?;
        let columns = Columns::find(metadata, &features, image, label, &path)?;
        let names = features.class_names(&columns.label_name, &path)?;
        let groups = rows_of_groups(metadata, length).map_err(damaged)?;
        let labels = guarded(|| read_labels(&reader, &groups, columns.label, names)).map_err(damaged)?;
        let rows = groups.last().map_or(0, |rows| rows.end);
        if labels.len() != rows {
            let problem = format!("its row groups claim {rows} rows and hold {} labels", labels.len());
            return Err(damaged(problem.into()));
        }
        let block_rows = block_rows(metadata, &columns, rows);
        Ok((
            Self { path, columns, groups, labels: Vec::new(), block_rows, reader: Mutex::new(reader) },
            labels,
        ))
    }

    /// The rows' classes, by number.
    pub(crate) fn set_labels(&mut self, labels: Vec<Option<i64>>) {
        self.labels = labels;
    }

    pub(crate) fn len(&self) -> usize {
        self.groups.last().map_or(0, |rows| rows.end)
    }

    /// A row's label, which is one of `classes`.
    pub(crate) fn target(&self, row: usize, classes: usize) -> Result<usize, Error> {
        let label = self.labels.get(row).copied().flatten();
        label.and_then(|label| usize::try_from(label).ok()).filter(|&target| target < classes).ok_or_else(
            || {
                let label = label.map_or("null".to_owned(), |label| label.to_string());
                Error::Label { path: self.path.clone(), row, label, last: classes.saturating_sub(1) }
            },
        )
    }

    /// The reader, for this thread alone.
    pub(crate) fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the block that holds a row, and returns the image of the row, too.
    pub(crate) fn read_block(&self, reader: &Reader, row: usize) -> Result<(Block, ImageCell), Error> {
        let group = self.groups.partition_point(|rows| rows.end <= row);
        let damaged = |first, last, source| Error::Rows { path: self.path.clone(), first, last, source };
        let Some(&Range { start, end }) = self.groups.get(group) else {
            return Err(damaged(row, row, "there is no such row".into()));
        };
        let first = start + (row - start) / self.block_rows * self.block_rows;
        let count = self.block_rows.min(end - first);
        let damaged = |source| damaged(first, first + count - 1, source);
        let read = |leaf: Option<Leaf>| -> ParquetResult<Vec<Option<ByteArray>>> {
            let Some(Leaf { index, level }) = leaf else { return Ok(vec![None; count]) };
            let column = reader.get_row_group(group)?.get_column_reader(index)?;
            let ColumnReader::ByteArrayColumnReader(_) = &column else { return Ok(vec![None; count]) };
            let mut column = get_typed_column_reader::<ByteArrayType>(column);
            column.skip_records(first - start)?;
            values(column, count, level)
        };
        let bytes = guarded(|| read(self.columns.bytes)).map_err(damaged)?;
        let paths = guarded(|| read(self.columns.path)).map_err(damaged)?;
        if bytes.len() != count || paths.len() != count {
            return Err(damaged("the row group ends early".into()));
        }
        let rows = bytes.into_iter().zip(paths).map(|(bytes, path)| ImageCell { bytes, path }).collect();
        let block = Block { first, rows };
        let image = block.row(row).ok_or_else(|| damaged("there is no such row".into()))?;
        Ok((block, image))
    }
}

/// Runs the parquet reader and turns its panics into errors: it asserts some properties of a page that a damaged
/// file does not have, such as lengths within the page and the presence of a dictionary.
fn guarded<T>(read: impl FnOnce() -> ParquetResult<T>) -> Result<T, BoxError> {
    // The reader that is borrowed keeps no state between two calls.
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => Ok(result?),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(format!("the parquet reader gave up: {said}").into())
        }
    }
}

/// Each row group's rows within the file.
fn rows_of_groups(metadata: &ParquetMetaData, length: u64) -> Result<Vec<Range<usize>>, BoxError> {
    let most = length.saturating_mul(ROWS_PER_BYTE);
    let mut groups = Vec::new();
    let (mut first, mut sum) = (0, 0_u64);
    for group in metadata.row_groups() {
        let rows = u64::try_from(group.num_rows())
            .map_err(|_| format!("a row group has {} rows, expected at least 0", group.num_rows()))?;
        sum = sum.saturating_add(rows);
        if sum > most {
            return Err(
                format!("it claims {sum} rows or more, expected at most {most} in {length} bytes").into()
            );
        }
        let end = usize::try_from(sum)?;
        groups.push(first..end);
        first = end;
    }
    Ok(groups)
}

/// Rows per block, by the mean size of an image.
fn block_rows(metadata: &ParquetMetaData, columns: &Columns, rows: usize) -> usize {
    let Some(Leaf { index, .. }) = columns.bytes else { return BLOCK_ROWS };
    let sizes = metadata.row_groups().iter().map(|group| group.column(index).uncompressed_size());
    let total: usize = sizes.fold(0, |sum, size| sum.saturating_add(usize::try_from(size).unwrap_or(0)));
    let mean = (total / rows.max(1)).max(1);
    (BLOCK_BYTES / mean).clamp(1, BLOCK_ROWS)
}

/// The next `count` values of a column; null is `None`.
fn values<T: DataType>(
    mut column: ColumnReaderImpl<T>,
    count: usize,
    level: i16,
) -> ParquetResult<Vec<Option<T::T>>> {
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    let mut records = 0;
    while records < count {
        let (read, _, _) = column.read_records(count - records, Some(&mut levels), None, &mut present)?;
        if read == 0 {
            break;
        }
        records += read;
    }
    if level == 0 {
        return Ok(present.into_iter().map(Some).collect());
    }
    let mut present = present.into_iter();
    Ok(levels.into_iter().map(|found| if found == level { present.next() } else { None }).collect())
}

/// All of the label column.
fn read_labels(
    reader: &Reader,
    groups: &[Range<usize>],
    Leaf { index, level }: Leaf,
    names: Option<Vec<String>>,
) -> ParquetResult<Labels> {
    let (mut numbers, mut texts) = (Vec::new(), Vec::new());
    let mut truths = false;
    for (group, rows) in groups.iter().map(ExactSizeIterator::len).enumerate() {
        match reader.get_row_group(group)?.get_column_reader(index)? {
            ColumnReader::BoolColumnReader(column) => {
                truths = true;
                numbers.extend(values(column, rows, level)?.into_iter().map(|value| value.map(i64::from)));
            }
            ColumnReader::Int32ColumnReader(column) => {
                numbers.extend(values(column, rows, level)?.into_iter().map(|value| value.map(i64::from)));
            }
            ColumnReader::Int64ColumnReader(column) => numbers.extend(values(column, rows, level)?),
            ColumnReader::ByteArrayColumnReader(column) => {
                for value in values(column, rows, level)? {
                    let text = value.map(|value| String::from_utf8(value.data().to_vec())).transpose();
                    texts.push(text.map_err(|_| ParquetError::General("a label is not UTF-8".into()))?);
                }
            }
            _ => return Err(ParquetError::General("the label column holds no classes".into())),
        }
    }
    Ok(if !texts.is_empty() {
        Labels::from_names(texts.into_iter())
    } else if truths && names.is_none() {
        // As Python writes them, which is how `class_encode_column` calls such classes.
        Labels::Numbers(numbers, Some(vec!["False".to_owned(), "True".to_owned()]))
    } else {
        Labels::Numbers(numbers, names)
    })
}

/// Resolves the path in a row, relative to the folder of its shard.
pub(crate) fn beside(shard: &Path, path: &str) -> PathBuf {
    shard.parent().unwrap_or(Path::new("")).join(path)
}
