use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::file::reader::{FileReader, SerializedFileReader};
use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use crate::Error;
use crate::decode::decode;
use crate::image_folder::{ending, entries};
use crate::shard_schema::{Columns, Leaf, class_names};

/// Rows are read in blocks of this many, and this many blocks are kept: pictures side by side in a file
/// share pages, and reading one alone would unpack a page each time.
const BLOCK: usize = 64;
const BLOCKS_KEPT: usize = 4;

/// Hugging Face's image-classification parquet: one file, or the shards of a folder.
///
/// The pictures stand in the column `image`, a struct of `bytes` and `path` or plain bytes; the classes in
/// the column `label`, as numbers; the classes' names in the schema's `huggingface` metadata. Rows are read
/// when they are asked for, so that a large file opens at once. A datum's id is its file's name and row,
/// `train-0.parquet:17`, or the picture's own path where there is one.
///
/// ```no_run
/// use datasets::HuggingFaceParquet;
/// use protocols::Dataset;
///
/// let dataset = HuggingFaceParquet::open("eurosat/test.parquet")?;
/// println!("{} pictures of {:?}", dataset.len(), dataset.metadata().labels);
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Debug)]
pub struct HuggingFaceParquet {
    metadata: DatasetMetadata,
    shards: Vec<Shard>,
    len: usize,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    columns: Columns,
    /// The dataset's position of the first row.
    first: usize,
    /// Each row group's first row within the file, and the number of rows behind the last.
    groups: Vec<usize>,
    labels: Vec<Option<i64>>,
    /// Reading moves the file's position, which clones of it share.
    pictures: Mutex<Pictures>,
}

struct Pictures {
    reader: SerializedFileReader<File>,
    blocks: VecDeque<Block>,
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

/// The picture columns of up to [`BLOCK`] rows.
struct Block {
    first: usize,
    rows: Vec<(Option<ByteArray>, Option<ByteArray>)>,
}

impl HuggingFaceParquet {
    /// Opens a parquet file, or a folder's parquet files in the order of their names, with the columns
    /// `image` and `label`.
    ///
    /// # Errors
    ///
    /// As [`open_columns`](Self::open_columns).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_columns(path, "image", "label")
    }

    /// The same, with columns of other names.
    ///
    /// Reads the footers and the labels, and no picture.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Parquet`] for what is no parquet file, [`Error::Column`] for a missing
    /// column, [`Error::Labels`] without the classes' names, [`Error::ShardLabels`] if shards disagree,
    /// [`Error::Empty`] if there are no rows.
    pub fn open_columns(path: impl AsRef<Path>, image: &str, label: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let files = if path.is_dir() {
            entries(path)?.into_iter().filter(|file| ending(file).as_deref() == Some("parquet")).collect()
        } else {
            vec![path.to_path_buf()]
        };
        let mut shards: Vec<Shard> = Vec::new();
        let mut labels: Option<Vec<String>> = None;
        let mut len = 0;
        for file in files {
            let (shard, names) = Shard::open(file, image, label, len)?;
            match &labels {
                Some(expected) if *expected != names => {
                    return Err(Error::ShardLabels {
                        path: shard.path,
                        found: names,
                        expected: expected.clone(),
                    });
                }
                _ => labels = Some(names),
            }
            len += shard.labels.len();
            shards.push(shard);
        }
        let Some(labels) = labels.filter(|_| len > 0) else {
            return Err(Error::Empty { path: path.to_path_buf(), expected: "parquet files with rows" });
        };
        let id = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self { metadata: DatasetMetadata::new(id, labels), shards, len })
    }

    /// The shard that holds a datum, and its row within it.
    fn locate(&self, index: usize) -> (&Shard, usize) {
        assert!(index < self.len, "datum {index} of {}", self.len);
        let shard = &self.shards[self.shards.partition_point(|shard| shard.first <= index) - 1];
        (shard, index - shard.first)
    }
}

impl Dataset for HuggingFaceParquet {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let (shard, row) = self.locate(index);
        let target = shard.target(row, self.metadata.labels.len())?;
        let what = || format!("{}: row {row}", shard.path.display());
        let (bytes, path) = shard.picture(row)?;
        let path = path.and_then(|path| String::from_utf8(path.data().to_vec()).ok());
        let image = match (&bytes, &path) {
            (Some(bytes), _) if !bytes.is_empty() => decode(bytes.data(), what)?,
            (_, Some(path)) => {
                // Where the bytes were not stored, the path is taken from the shard's folder.
                let file = shard.path.parent().unwrap_or(Path::new(".")).join(path);
                let bytes = std::fs::read(&file).map_err(|source| Error::Io { path: file, source })?;
                decode(&bytes, what)?
            }
            _ => {
                let column = shard.columns.image_name.clone();
                return Err(Error::NoPicture { path: shard.path.clone(), row, column }.into());
            }
        };
        let file = shard.path.file_name().unwrap_or_default().to_string_lossy();
        let metadata = DatumMetadata::new(path.unwrap_or_else(|| format!("{file}:{row}")), index);
        Ok(Datum { image, target, metadata })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        let (shard, row) = self.locate(index);
        Ok(shard.target(row, self.metadata.labels.len())?)
    }
}

impl Shard {
    fn open(path: PathBuf, image: &str, label: &str, first: usize) -> Result<(Self, Vec<String>), Error> {
        let file = File::open(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let damaged =
            |e: parquet::errors::ParquetError| Error::Parquet { path: path.clone(), source: e.into() };
        let reader = SerializedFileReader::new(file).map_err(damaged)?;
        let metadata = reader.metadata();
        let columns = Columns::find(metadata, image, label, &path)?;
        let names = class_names(metadata, label, &path)?;
        let mut groups = vec![0];
        let mut labels = Vec::new();
        for group in 0..metadata.num_row_groups() {
            let rows = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
            groups.push(groups.last().unwrap_or(&0) + rows);
            let column = reader
                .get_row_group(group)
                .and_then(|g| g.get_column_reader(columns.label.index))
                .map_err(damaged)?;
            labels.extend(integers(column, rows, columns.label.level).map_err(damaged)?);
        }
        if labels.len() != *groups.last().unwrap_or(&0) {
            let source =
                format!("its row groups claim {:?} rows and hold {} labels", groups.last(), labels.len());
            return Err(Error::Parquet { path, source: source.into() });
        }
        let pictures = Mutex::new(Pictures { reader, blocks: VecDeque::new() });
        Ok((Self { path, columns, first, groups, labels, pictures }, names))
    }

    fn target(&self, row: usize, classes: usize) -> Result<usize, Error> {
        let label = self.labels[row];
        label.and_then(|label| usize::try_from(label).ok()).filter(|&target| target < classes).ok_or_else(
            || {
                let label = label.map_or("null".to_owned(), |label| label.to_string());
                Error::Label { path: self.path.clone(), row, label, last: classes - 1 }
            },
        )
    }

    /// A row's bytes and path.
    fn picture(&self, row: usize) -> Result<(Option<ByteArray>, Option<ByteArray>), Error> {
        let damaged =
            |e: parquet::errors::ParquetError| Error::Parquet { path: self.path.clone(), source: e.into() };
        // A thread that panicked while it held the lock left at worst a missing block.
        let mut pictures = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let group = self.groups.partition_point(|&first| first <= row) - 1;
        let within = row - self.groups[group];
        let first = self.groups[group] + within / BLOCK * BLOCK;
        if let Some(block) = pictures.blocks.iter().find(|block| block.first == first) {
            return Ok(block.rows[row - first].clone());
        }
        let count = BLOCK.min(self.groups[group + 1] - first);
        let reader = pictures.reader.get_row_group(group).map_err(damaged)?;
        let skip = first - self.groups[group];
        let read = |Leaf { index, level }: Leaf| -> Result<Vec<Option<ByteArray>>, Error> {
            let column = reader.get_column_reader(index).map_err(damaged)?;
            let ColumnReader::ByteArrayColumnReader(_) = &column else { return Ok(vec![None; count]) };
            let mut column = get_typed_column_reader::<ByteArrayType>(column);
            column.skip_records(skip).map_err(damaged)?;
            values(column, count, level).map_err(damaged)
        };
        let bytes = self.columns.bytes.map_or_else(|| Ok(vec![None; count]), read)?;
        let paths = self.columns.path.map_or_else(|| Ok(vec![None; count]), read)?;
        if bytes.len() != count || paths.len() != count {
            let source = format!("rows {first} to {} end early", first + count);
            return Err(Error::Parquet { path: self.path.clone(), source: source.into() });
        }
        drop(reader);
        let rows: Vec<_> = bytes.into_iter().zip(paths).collect();
        let found = rows[row - first].clone();
        pictures.blocks.push_back(Block { first, rows });
        if pictures.blocks.len() > BLOCKS_KEPT {
            pictures.blocks.pop_front();
        }
        Ok(found)
    }
}

/// The next `count` values of a column; what is not defined is none.
fn values<T: DataType>(
    mut column: ColumnReaderImpl<T>,
    count: usize,
    level: i16,
) -> parquet::errors::Result<Vec<Option<T::T>>> {
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

/// All of a column of whole numbers.
fn integers(column: ColumnReader, count: usize, level: i16) -> parquet::errors::Result<Vec<Option<i64>>> {
    match column {
        ColumnReader::Int32ColumnReader(column) => {
            Ok(values(column, count, level)?.into_iter().map(|value| value.map(i64::from)).collect())
        }
        ColumnReader::Int64ColumnReader(column) => values(column, count, level),
        _ => Err(parquet::errors::ParquetError::General("the label column holds no whole numbers".into())),
    }
}
