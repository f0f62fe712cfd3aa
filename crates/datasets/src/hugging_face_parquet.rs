use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use parquet::data_type::ByteArray;
use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use crate::Error;
use crate::decode::decode;
use crate::image_folder::{ending, entries};
use crate::shard::{Block, Picture, Shard, beside};

/// Blocks of rows that are kept, over all shards.
const BLOCKS_KEPT: usize = 8;

/// Hugging Face's image-classification parquet: one file, or several shards of one dataset.
///
/// - The pictures stand in the column `image`: a struct of `bytes` and `path`, or plain bytes. Where a row
///   has no bytes, the file at its path is read, relative to the shard's folder.
/// - The classes stand in the column `label`, as whole numbers.
/// - The classes' names stand in the schema's `huggingface` metadata, at `info.features.label.names`, as a
///   list or as a map from number to name.
///
/// Footers and labels are read at opening, pictures when they are asked for, in blocks of neighbours: a
/// large file opens at once and gives a few rows at once. Several threads may read. A datum's id is the
/// picture's own path where it has one, else its file's name and row: `train-0.parquet:17`.
///
/// Pages may be plain or packed by Snappy or Zstandard, in any encoding of format versions 1 and 2.
///
/// A damaged file is an [`Error`]. Where the parquet crate panics over one, the panic is caught; its message
/// still goes where the program's panic hook sends it.
///
/// # Examples
///
/// ```
/// use datasets::HuggingFaceParquet;
/// use protocols::Dataset;
///
/// # fn write(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
/// #     use std::sync::Arc;
/// #     use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
/// #     use parquet::file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter};
/// #     let schema = "message schema { required binary image; required int64 label; }";
/// #     let schema = Arc::new(parquet::schema::parser::parse_message_type(schema)?);
/// #     let names = r#"{"info": {"features": {"label": {"names": ["Forest", "River"]}}}}"#;
/// #     let names = KeyValue::new("huggingface".to_owned(), names.to_owned());
/// #     let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![names])).build();
/// #     let file = std::fs::File::create(path)?;
/// #     let mut file = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
/// #     let mut group = file.next_row_group()?;
/// #     let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// #     bmp.resize(58, 0);
/// #     let mut column = group.next_column()?.ok_or("no column")?;
/// #     let pictures = [ByteArray::from(bmp.clone()), ByteArray::from(bmp)];
/// #     column.typed::<ByteArrayType>().write_batch(&pictures, None, None)?;
/// #     column.close()?;
/// #     let mut column = group.next_column()?.ok_or("no column")?;
/// #     column.typed::<Int64Type>().write_batch(&[1, 0], None, None)?;
/// #     column.close()?;
/// #     group.close()?;
/// #     file.close()?;
/// #     Ok(())
/// # }
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("test.parquet");
/// # write(&path).map_err(|e| e.to_string())?;
/// let dataset = HuggingFaceParquet::open(path)?;
/// assert_eq!(dataset.metadata().labels, ["Forest", "River"]);
/// assert_eq!(dataset.target(0)?, 1);
///
/// let datum = dataset.get(1)?;
/// assert_eq!(datum.metadata.id, "test.parquet:1");
/// assert_eq!(datum.image.dim(), (1, 1, 3));
/// # Ok::<(), protocols::BoxError>(())
/// ```
pub struct HuggingFaceParquet {
    metadata: DatasetMetadata,
    shards: Vec<Shard>,
    /// How many data each shard and those before it hold.
    ends: Vec<usize>,
    /// The blocks read last, each with its shard.
    blocks: Mutex<VecDeque<(usize, Block)>>,
}

impl std::fmt::Debug for HuggingFaceParquet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HuggingFaceParquet")
            .field("metadata", &self.metadata)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}

impl HuggingFaceParquet {
    /// Opens a parquet file, or all parquet files of a folder in the order of their names, with the columns
    /// `image` and `label`.
    ///
    /// A folder that holds several splits (`train-…`, `test-…`) is opened as one dataset; take
    /// [`open_shards`](Self::open_shards) for one of them.
    ///
    /// # Errors
    ///
    /// As [`open_columns`](Self::open_columns).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_columns(path, "image", "label")
    }

    /// The same, with columns of other names.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] for what cannot be read, [`Error::Parquet`] for what is no parquet file,
    /// [`Error::Column`] for a missing column, [`Error::Labels`] without the classes' names,
    /// [`Error::ShardLabels`] if shards disagree on them, [`Error::Empty`] if there are no rows.
    pub fn open_columns(path: impl AsRef<Path>, image: &str, label: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let (name, shards) = shards_at(path)?;
        Self::from_files(&name, path, shards, image, label, None)
    }

    /// Opens what can be opened, as [`open`](Self::open) does, and returns why the shards that are damaged or
    /// cannot be read are left out.
    ///
    /// # Errors
    ///
    /// As [`open_columns`](Self::open_columns) for everything else, and if no shard is left.
    pub fn open_readable(path: impl AsRef<Path>) -> Result<(Self, Vec<Error>), Error> {
        let path = path.as_ref();
        let (name, shards) = shards_at(path)?;
        let mut left_out = Vec::new();
        let opened = Self::from_files(&name, path, shards, "image", "label", Some(&mut left_out));
        match opened {
            Err(Error::Empty { .. }) if !left_out.is_empty() => Err(left_out.remove(0)),
            opened => Ok((opened?, left_out)),
        }
    }

    /// Opens the shards of a dataset called `id`, in the order given.
    ///
    /// # Errors
    ///
    /// As [`open_columns`](Self::open_columns); [`Error::Empty`] for an empty list too.
    ///
    /// # Examples
    ///
    /// ```
    /// use datasets::{Error, HuggingFaceParquet};
    ///
    /// let shards = ["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"];
    /// let error = HuggingFaceParquet::open_shards("EuroSAT", &shards, "image", "label").unwrap_err();
    /// assert!(matches!(error, Error::Io { path, .. } if path.ends_with("test-00000-of-00002.parquet")));
    /// ```
    pub fn open_shards<P: AsRef<Path>>(
        id: &str,
        shards: &[P],
        image: &str,
        label: &str,
    ) -> Result<Self, Error> {
        let shards = shards.iter().map(|path| path.as_ref().to_path_buf()).collect();
        Self::from_files(id, Path::new(id), shards, image, label, None)
    }

    fn from_files(
        id: &str,
        place: &Path,
        files: Vec<PathBuf>,
        image: &str,
        label: &str,
        mut left_out: Option<&mut Vec<Error>>,
    ) -> Result<Self, Error> {
        let mut shards = Vec::with_capacity(files.len());
        let mut labels: Option<Vec<String>> = None;
        let mut ends = Vec::new();
        let mut len = 0;
        for file in files {
            let (shard, found) = match (Shard::open(file, image, label), &mut left_out) {
                (Err(error @ (Error::Parquet { .. } | Error::Io { .. })), Some(left_out)) => {
                    left_out.push(error);
                    continue;
                }
                (opened, _) => opened?,
            };
            match &labels {
                Some(expected) if *expected != found => {
                    let expected = expected.clone();
                    return Err(Error::ShardLabels { path: shard.path, found, expected });
                }
                _ => labels = Some(found),
            }
            len += shard.len();
            ends.push(len);
            shards.push(shard);
        }
        let Some(labels) = labels.filter(|_| len > 0) else {
            return Err(Error::Empty { path: place.to_path_buf(), expected: "parquet files with rows" });
        };
        let metadata = DatasetMetadata::new(id, labels);
        Ok(Self { metadata, shards, ends, blocks: Mutex::new(VecDeque::new()) })
    }

    /// The shard that holds a datum, with its number, and the datum's row within it.
    fn locate(&self, index: usize) -> Result<(usize, &Shard, usize), protocols::Error> {
        let number = self.ends.partition_point(|&end| end <= index);
        let first = number.checked_sub(1).and_then(|before| self.ends.get(before));
        let shard = self.shards.get(number).ok_or_else(|| self.metadata.out_of_range(index, self.len()))?;
        Ok((number, shard, index - first.unwrap_or(&0)))
    }

    fn picture(&self, number: usize, shard: &Shard, row: usize) -> Result<Picture, Error> {
        let known = || {
            let blocks = self.blocks();
            let mut blocks = blocks.iter().filter(|(owner, _)| *owner == number);
            blocks.find_map(|(_, block)| block.row(row))
        };
        if let Some(picture) = known() {
            return Ok(picture);
        }
        let reader = shard.reader();
        // Whoever held the reader meanwhile may have read this block.
        if let Some(picture) = known() {
            return Ok(picture);
        }
        let (block, picture) = shard.read_block(&reader, row)?;
        let mut blocks = self.blocks();
        blocks.push_back((number, block));
        if blocks.len() > BLOCKS_KEPT {
            blocks.pop_front();
        }
        Ok(picture)
    }

    fn blocks(&self) -> MutexGuard<'_, VecDeque<(usize, Block)>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the dataset at a path, and its parquet files.
fn shards_at(path: &Path) -> Result<(String, Vec<PathBuf>), Error> {
    let (name, shards) = if path.is_dir() {
        let is_parquet = |file: &PathBuf| ending(file).as_deref() == Some("parquet");
        (path.file_name(), entries(path)?.into_iter().filter(is_parquet).collect())
    } else {
        (path.file_stem(), vec![path.to_path_buf()])
    };
    Ok((name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned(), shards))
}

impl Dataset for HuggingFaceParquet {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let (number, shard, row) = self.locate(index)?;
        let target = shard.target(row, self.metadata.labels.len())?;
        let Picture { bytes, path } = self.picture(number, shard, row)?;
        let path = file_name(path);
        let what = || format!("{}: row {row}", shard.path.display());
        let image = match (&bytes, &path) {
            (Some(bytes), _) if !bytes.is_empty() => decode(bytes.data(), what)?,
            (_, Some(path)) => {
                let file = beside(&shard.path, path);
                let read = std::fs::read(&file);
                let bytes = read.map_err(|source| Error::RowFile {
                    path: shard.path.clone(),
                    row,
                    file: file.clone(),
                    source,
                })?;
                decode(&bytes, || format!("{} ({})", what(), file.display()))?
            }
            _ => {
                let column = shard.columns.image_name.clone();
                return Err(Error::NoPicture { path: shard.path.clone(), row, column }.into());
            }
        };
        Ok(Datum { image, target, metadata: DatumMetadata::new(row_name(shard, row, path), index) })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        let (_, shard, row) = self.locate(index)?;
        Ok(shard.target(row, self.metadata.labels.len())?)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        let (number, shard, row) = self.locate(index)?;
        let path = self.picture(number, shard, row)?.path;
        Ok(row_name(shard, row, file_name(path)))
    }
}

/// The file name that a row gives its image, unless it is empty.
fn file_name(path: Option<ByteArray>) -> Option<String> {
    let path = path.and_then(|path| String::from_utf8(path.data().to_vec()).ok());
    path.filter(|path| !path.is_empty())
}

/// An image's name: its file name, or else the shard and the row.
fn row_name(shard: &Shard, row: usize, path: Option<String>) -> String {
    let shard = shard.path.file_name().unwrap_or_default().to_string_lossy();
    path.unwrap_or_else(|| format!("{shard}:{row}"))
}
