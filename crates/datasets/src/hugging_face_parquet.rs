use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use parquet::data_type::ByteArray;
use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata, with_causes};

use crate::decode::DecodeOptions;
use crate::listing::{Listing, note_passed_over};
use crate::note::{Note, Notes};
use crate::open::parquet_files;
use crate::shard::{Block, ImageCell, Shard, beside};
use crate::{Error, OpenOptions, classes, split};

/// Number of blocks of rows that are kept, over all shards.
const BLOCKS_KEPT: usize = 8;

const EXPECTED: &str = "parquet files with rows";

/// Hugging Face's image-classification parquet: one file, or the shards of one split.
///
/// - **Images** are in a column of structs of `bytes` and `path`, of plain bytes, or of paths. Where a row
///   has no bytes, the file at its path is read, relative to the shard's folder.
/// - **Classes** are in a column of whole numbers, booleans or names. The names of numbered classes are in
///   the schema's `huggingface` metadata, at `info.features.<column>.names`, as a list or as a map from
///   number to name. Numbers without names are called by their numbers, or by
///   [`OpenOptions::class_names`]; classes that are names are sorted.
/// - **Columns** are found by the `huggingface` metadata, their types and usual names, or named by
///   [`OpenOptions::image_column`] and [`OpenOptions::label_column`].
/// - **Splits** are told by the names of files (`train-00000-of-00002.parquet`, `my_test.parquet`) or of
///   their folders. One is read: see [`OpenOptions::split`].
///
/// Images are turned upright by their EXIF orientation, as Hugging Face's `datasets` does.
///
/// Footers and labels are read at opening, images when they are asked for, in blocks of neighbours (a few
/// are decoded at opening, to see whether they are dark). Several threads may read. A datum's id is the
/// image's own path where it has one, else its file's name and row: `train-0.parquet:17`.
///
/// Pages may be uncompressed or packed by Brotli, Gzip, LZ4, Snappy or Zstandard, in any encoding of format
/// versions 1 and 2.
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
/// #     let images = [ByteArray::from(bmp.clone()), ByteArray::from(bmp)];
/// #     column.typed::<ByteArrayType>().write_batch(&images, None, None)?;
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
    /// Number of data in each shard and those before it.
    ends: Vec<usize>,
    /// The blocks read last, each with its shard.
    blocks: Mutex<VecDeque<(usize, Block)>>,
    decode: DecodeOptions,
    notes: Notes,
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
    /// Opens a parquet file, or the parquet files of a folder, with the default options.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, &OpenOptions::new())
    }

    /// Opens a parquet file, or those parquet files of a folder that belong to one split, in the order of
    /// their names.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] for what cannot be read and [`Error::Parquet`] for what is no parquet file;
    /// [`Error::Column`] and [`Error::ColumnChoice`] if there is no column of images or of classes, or
    /// several; [`Error::Labels`] and [`Error::ShardLabels`] if the classes' names cannot be used or differ
    /// between shards; [`Error::Split`] and [`Error::SplitChoice`] if the split is not there or must be
    /// named; [`Error::SeveralDatasets`] for a folder of folders; [`Error::Empty`] if there are no rows.
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        if path.is_dir() {
            let listing = Listing::read(path)?;
            let files = parquet_files(&listing)?.ok_or_else(|| Error::Empty {
                path: path.to_path_buf(),
                found: listing.summary(),
                expected: EXPECTED,
            })?;
            return Self::from_found(&crate::listing::name(path), path, files, options);
        }
        let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        Self::from_found(&stem, path, vec![(path.to_path_buf(), split::of_stem(&stem))], options)
    }

    /// Opens the shards of a dataset called `id`, in the order given, whatever splits their names tell.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with); [`Error::Empty`] for an empty list too.
    ///
    /// # Examples
    ///
    /// ```
    /// use datasets::{Error, HuggingFaceParquet, OpenOptions};
    ///
    /// let shards = ["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"];
    /// let error = HuggingFaceParquet::open_shards("EuroSAT", &shards, &OpenOptions::new()).unwrap_err();
    /// assert!(matches!(error, Error::Io { path, .. } if path.ends_with("test-00000-of-00002.parquet")));
    /// ```
    pub fn open_shards<P: AsRef<Path>>(id: &str, shards: &[P], options: &OpenOptions) -> Result<Self, Error> {
        let shards = shards.iter().map(|path| path.as_ref().to_path_buf()).collect();
        Self::from_files(id, Path::new(id), shards, options, Notes::default())
    }

    /// What was guessed, chosen or left out.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Opens the files of the split that is asked for, among files with their splits.
    pub(crate) fn from_found(
        id: &str,
        path: &Path,
        files: Vec<(PathBuf, Option<String>)>,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let notes = Notes::default();
        let found: Vec<_> = files.iter().map(|(_, split)| split.clone()).collect();
        let choice = split::choose(path, options.split.as_deref(), &found, &notes)?;
        let (chosen, others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(_, split)| choice.takes(split.as_deref()));
        let unnamed = others.iter().filter(|(_, split)| split.is_none());
        let below = |file: &'_ PathBuf| file.strip_prefix(path).unwrap_or(file).to_path_buf();
        let unnamed: Vec<PathBuf> = unnamed.map(|(file, _)| below(file)).collect();
        note_passed_over(path, unnamed.iter().map(PathBuf::as_path), &notes);
        let chosen = chosen.into_iter().map(|(file, _)| file).collect();
        Self::from_files(&choice.id(id), path, chosen, options, notes)
    }

    fn from_files(
        id: &str,
        place: &Path,
        files: Vec<PathBuf>,
        options: &OpenOptions,
        notes: Notes,
    ) -> Result<Self, Error> {
        let mut shards: Vec<Shard> = Vec::with_capacity(files.len());
        let mut labels = Vec::with_capacity(files.len());
        let mut skipped = Vec::new();
        for file in files {
            // All shards have the columns that were found in the first.
            let columns = shards.first().map(|shard| &shard.columns);
            let image =
                columns.map(|columns| columns.image_name.as_str()).or(options.image_column.as_deref());
            let label =
                columns.map(|columns| columns.label_name.as_str()).or(options.label_column.as_deref());
            match Shard::open(file.clone(), image, label) {
                Err(error @ (Error::Parquet { .. } | Error::Io { .. } | Error::LfsPointer { .. }))
                    if options.skip_unreadable =>
                {
                    skipped.push((file, error));
                }
                opened => {
                    let (shard, found) = opened?;
                    shards.push(shard);
                    labels.push(found);
                }
            }
        }
        let lens = shards.iter().map(Shard::len);
        let ends: Vec<usize> = lens
            .scan(0, |end, len| {
                *end += len;
                Some(*end)
            })
            .collect();
        if ends.last().copied().unwrap_or(0) == 0 {
            // With nothing left, what was skipped is why.
            return Err(skipped.into_iter().next().map_or_else(
                || {
                    let found = if shards.is_empty() { "none" } else { "no rows" }.to_owned();
                    Error::Empty { path: place.to_path_buf(), found, expected: EXPECTED }
                },
                |(_, error)| error,
            ));
        }
        for (path, error) in skipped {
            notes.push(Note::Skipped { path, reason: with_causes(&error) });
        }
        if let Some(Shard { path, columns, .. }) = shards.first()
            && (columns.image_name.as_str(), columns.label_name.as_str()) != ("image", "label")
        {
            let (image, label) = (columns.image_name.clone(), columns.label_name.clone());
            notes.push(Note::Columns { path: path.clone(), image, label });
        }
        let column = shards.first().map(|shard| shard.columns.label_name.clone()).unwrap_or_default();
        let files = shards.iter().map(|shard| shard.path.as_path()).zip(labels).collect();
        let (numbers, labels) = classes::number(files, &column, options.class_names.as_deref(), &notes)?;
        for (shard, numbers) in shards.iter_mut().zip(numbers) {
            shard.set_labels(numbers);
        }
        let metadata = DatasetMetadata::new(id, labels);
        let decode = DecodeOptions::new().upright(true).sample_range(options.sample_range);
        let dataset = Self { metadata, shards, ends, blocks: Mutex::default(), decode, notes };
        dataset.look_at_a_few();
        Ok(dataset)
    }

    /// Decodes a few images, so that darkness is noted at once; what fails fails again when it is asked for.
    fn look_at_a_few(&self) {
        for index in crate::open::spread(self.len()) {
            if let Ok((number, shard, row)) = self.locate(index)
                && let Ok(ImageCell { bytes: Some(bytes), .. }) = self.cell(number, shard, row)
                && crate::decode::may_be_deep(bytes.data())
            {
                let _ = self.get(index);
            }
        }
    }

    /// The shard that holds a datum, with its number, and the row within it.
    fn locate(&self, index: usize) -> Result<(usize, &Shard, usize), protocols::Error> {
        let number = self.ends.partition_point(|&end| end <= index);
        let first = number.checked_sub(1).and_then(|before| self.ends.get(before));
        let shard = self.shards.get(number).ok_or_else(|| self.metadata.out_of_range(index, self.len()))?;
        Ok((number, shard, index - first.unwrap_or(&0)))
    }

    fn cell(&self, number: usize, shard: &Shard, row: usize) -> Result<ImageCell, Error> {
        let known = || {
            let blocks = self.blocks();
            let mut blocks = blocks.iter().filter(|(owner, _)| *owner == number);
            blocks.find_map(|(_, block)| block.row(row))
        };
        if let Some(cell) = known() {
            return Ok(cell);
        }
        let reader = shard.reader();
        // Another thread may have read this block in the meantime.
        if let Some(cell) = known() {
            return Ok(cell);
        }
        let (block, cell) = shard.read_block(&reader, row)?;
        let mut blocks = self.blocks();
        blocks.push_back((number, block));
        if blocks.len() > BLOCKS_KEPT {
            blocks.pop_front();
        }
        Ok(cell)
    }

    fn blocks(&self) -> MutexGuard<'_, VecDeque<(usize, Block)>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let ImageCell { bytes, path } = self.cell(number, shard, row)?;
        let path = file_name(path);
        let what = || format!("{}: row {row}", shard.path.display());
        let decoded = match (&bytes, &path) {
            (Some(bytes), _) if !bytes.is_empty() => self.decode.decode(bytes.data(), what)?,
            (_, Some(path)) => {
                let file = beside(&shard.path, path);
                let read = std::fs::read(&file);
                let bytes = read.map_err(|source| Error::RowFile {
                    path: shard.path.clone(),
                    row,
                    file: file.clone(),
                    source,
                })?;
                self.decode.decode(&bytes, || format!("{} ({})", what(), file.display()))?
            }
            _ => {
                let column = shard.columns.image_name.clone();
                return Err(Error::NoImage { path: shard.path.clone(), row, column }.into());
            }
        };
        decoded.note.into_iter().for_each(|note| self.notes.push(note));
        let metadata = DatumMetadata::new(row_name(shard, row, path), index);
        Ok(Datum { image: decoded.image, target, metadata })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        let (_, shard, row) = self.locate(index)?;
        Ok(shard.target(row, self.metadata.labels.len())?)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        let (number, shard, row) = self.locate(index)?;
        let path = self.cell(number, shard, row)?.path;
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
