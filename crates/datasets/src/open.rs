use std::fmt;
use std::path::{Path, PathBuf};

use protocols::Dataset;

use crate::listing::{Listing, is_image, is_parquet, name};
use crate::note::{Note, Notes};
use crate::{Error, HuggingFaceParquet, ImageFolder, SampleRange, split};

/// How a dataset is opened.
///
/// ```
/// use datasets::OpenOptions;
///
/// # let folder = tempfile::tempdir()?;
/// # let photos = folder.path();
/// # for class in ["train/Forest", "test/Forest", "test/River"] {
/// #     std::fs::create_dir_all(photos.join(class))?;
/// #     std::fs::write(photos.join(class).join("a.bmp"), b"decoded when it is asked for")?;
/// # }
/// // train/Forest/a.bmp, test/Forest/a.bmp and test/River/a.bmp
/// let opened = OpenOptions::new().split("train").open(photos)?;
/// assert_eq!((opened.dataset.len(), opened.dataset.metadata().labels.len()), (1, 2));
/// assert!(opened.notes.take().is_empty());
///
/// let opened = OpenOptions::new().open(photos)?;
/// assert_eq!(opened.dataset.len(), 2);
/// assert!(opened.notes.take()[0].to_string().ends_with("reading the split `test`; there are also `train`"));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenOptions {
    pub(crate) split: Option<String>,
    pub(crate) image_column: Option<String>,
    pub(crate) label_column: Option<String>,
    pub(crate) class_names: Option<Vec<String>>,
    pub(crate) sample_range: Option<SampleRange>,
    pub(crate) skip_unreadable: bool,
}

impl OpenOptions {
    /// The defaults that each setter states.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The split that is read: `train`, `validation`, `test` (or another name for one of these, such as
    /// `val`), the name of another split, or `all` for a mixture.
    ///
    /// By default `test`, or else `validation`, or else `train`.
    #[must_use]
    pub fn split(self, split: impl Into<String>) -> Self {
        Self { split: Some(split.into()), ..self }
    }

    /// The column that holds the images of a parquet file, or the files of a table. Without a parquet file
    /// or a table with this column, opening fails.
    ///
    /// By default the only one that can hold images, or else the one that is called `image` or `img`.
    #[must_use]
    pub fn image_column(self, column: impl Into<String>) -> Self {
        Self { image_column: Some(column.into()), ..self }
    }

    /// The column that holds the classes: a Hugging Face `ClassLabel`, whole numbers, booleans or names.
    /// Without a parquet file or a table with this column, opening fails.
    ///
    /// By default the only `ClassLabel`, or else one that is called `label`, `labels`, `class`, `fine_label`
    /// or the like, or else the only column that can hold classes.
    #[must_use]
    pub fn label_column(self, column: impl Into<String>) -> Self {
        Self { label_column: Some(column.into()), ..self }
    }

    /// The classes' names by number, for files that give numbers without names.
    ///
    /// By default such classes are called by their numbers, and [`Note::UnnamedClasses`](crate::Note) says so.
    #[must_use]
    pub fn class_names(self, names: Vec<String>) -> Self {
        Self { class_names: Some(names), ..self }
    }

    /// The range that becomes 0 to 255 in images of more than 8 bits; images of 8 bits stay as they are.
    ///
    /// By default 16-bit samples keep their upper 8 bits, and images of floats are refused.
    #[must_use]
    pub fn sample_range(self, range: SampleRange) -> Self {
        Self { sample_range: Some(range), ..self }
    }

    /// Whether parquet files that are damaged or cannot be read are skipped, with a
    /// [`Note::Skipped`](crate::Note) each. By default they are errors.
    #[must_use]
    pub fn skip_unreadable(self, skip: bool) -> Self {
        Self { skip_unreadable: skip, ..self }
    }

    /// Opens a dataset by what its path is.
    ///
    /// A parquet file, or a folder with parquet files in it, in `data/` or in folders per split, is a
    /// [`HuggingFaceParquet`]; any other folder is an [`ImageFolder`]. Where such a folder holds images too,
    /// such as those of its README, [`Note::ParquetAndImages`](crate::Note) says so.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if nothing is there, [`Error::Kind`] if it is none of these, [`Error::SeveralDatasets`]
    /// for a folder of folders of parquet files, and what [`HuggingFaceParquet::open_with`] and
    /// [`ImageFolder::open_with`] report.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<OpenedDataset, Error> {
        let path = path.as_ref();
        let found =
            std::fs::metadata(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        if found.is_file() {
            if !is_parquet(path) {
                return Err(Error::Kind { path: path.to_path_buf() });
            }
            return Ok(HuggingFaceParquet::open_with(path, self)?.into());
        }
        let listing = Listing::read(path)?;
        let images = listing.files.iter().filter(|file| is_image(file)).count();
        let parquet = match parquet_files(&listing) {
            // Parquet in several folders of images is not what the folder is about.
            Err(Error::SeveralDatasets { .. }) if images > 0 => None,
            found => found?,
        };
        let Some(files) = parquet else { return Ok(ImageFolder::from_listing(&listing, self)?.into()) };
        if images > 0 && !are_a_dataset(&listing, &files) {
            match ImageFolder::from_listing(&listing, self) {
                // Images that have no classes do not make a dataset either.
                Err(Error::Empty { .. }) => {}
                opened => return Ok(opened?.into()),
            }
        }
        let shards = files.len();
        let opened = HuggingFaceParquet::from_found(&name(path), path, files, self)?;
        if images > 0 {
            opened.notes().push(Note::ParquetAndImages { path: path.to_path_buf(), shards, images });
        }
        Ok(opened.into())
    }
}

/// Opens a dataset by what its path is, with the default options: see [`OpenOptions::open`].
///
/// # Errors
///
/// As [`OpenOptions::open`].
///
/// # Examples
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let photos = folder.path();
/// # std::fs::create_dir(photos.join("Forest"))?;
/// # std::fs::write(photos.join("Forest/a.bmp"), b"decoded when it is asked for")?;
/// let dataset = datasets::open(photos)?.dataset;
/// assert_eq!((dataset.len(), dataset.metadata().labels[0].as_str()), (1, "Forest"));
///
/// assert!(matches!(datasets::open("no/such/path"), Err(datasets::Error::Io { .. })));
/// # Ok::<(), protocols::BoxError>(())
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<OpenedDataset, Error> {
    OpenOptions::new().open(path)
}

/// A dataset, and what was guessed, chosen or left out as it was opened.
#[non_exhaustive]
pub struct OpenedDataset {
    /// The dataset.
    pub dataset: Box<dyn Dataset>,
    /// What to tell the user. Reading the dataset may add notes.
    pub notes: Notes,
}

impl fmt::Debug for OpenedDataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedDataset")
            .field("metadata", self.dataset.metadata())
            .field("len", &self.dataset.len())
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

impl From<ImageFolder> for OpenedDataset {
    fn from(dataset: ImageFolder) -> Self {
        let notes = dataset.notes().clone();
        Self { dataset: Box::new(dataset), notes }
    }
}

impl From<HuggingFaceParquet> for OpenedDataset {
    fn from(dataset: HuggingFaceParquet) -> Self {
        let notes = dataset.notes().clone();
        Self { dataset: Box::new(dataset), notes }
    }
}

/// A parquet file, and the split that its name or its folder tells.
pub(crate) type Found = (PathBuf, Option<String>);

/// The parquet files of a folder, each with the split that its name or its folder tells; none if there are
/// none.
pub(crate) fn parquet_files(listing: &Listing) -> Result<Option<Vec<Found>>, Error> {
    let is_shard = |file: &&Path| is_parquet(file) && name(file) != "metadata.parquet";
    let shards: Vec<&Path> = listing.files.iter().map(PathBuf::as_path).filter(is_shard).collect();
    if shards.is_empty() {
        return Ok(None);
    }
    find_shards(listing, Path::new(""), &shards).map(Some)
}

/// Whether parquet files are what a folder is about, whatever images it holds beside them: they lie in the
/// folder itself or in its `data`, or all tell their splits.
fn are_a_dataset(listing: &Listing, files: &[Found]) -> bool {
    let below = [listing.root.clone(), listing.root.join("data")];
    let placed = |(file, split): &Found| {
        split.is_some() || below.iter().any(|folder| file.parent() == Some(folder.as_path()))
    };
    files.iter().all(placed)
}

fn find_shards(listing: &Listing, folder: &Path, shards: &[&Path]) -> Result<Vec<Found>, Error> {
    let by_name = |file: &&Path| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        (listing.root.join(file), split::of_stem(&stem))
    };
    let here: Vec<_> = shards.iter().filter(|file| file.parent() == Some(folder)).map(by_name).collect();
    if !here.is_empty() {
        return Ok(here);
    }
    let holds_some = |below: &&Path| shards.iter().any(|file| file.starts_with(below));
    let folders: Vec<&Path> = listing.folders_in(folder).filter(holds_some).collect();
    // As in Hugging Face's converted datasets: default/train/0000.parquet.
    let splits: Vec<_> = folders.iter().map(|folder| (*folder, split::of_word(&name(folder)))).collect();
    if splits.iter().all(|(_, split)| split.is_some()) {
        let in_split = |(folder, split): &(&Path, Option<&str>)| {
            let files: Vec<_> = shards.iter().filter(|file| file.starts_with(folder)).collect();
            let split = split.map(str::to_owned);
            files.into_iter().map(|file| (listing.root.join(file), split.clone())).collect::<Vec<_>>()
        };
        return Ok(splits.iter().flat_map(in_split).collect());
    }
    let data = folders.iter().find(|folder| name(folder) == "data");
    if let Some(only) = data.or(folders.first().filter(|_| folders.len() == 1)) {
        return find_shards(listing, only, shards);
    }
    let datasets: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    Err(Error::SeveralDatasets { path: listing.root.join(folder), datasets: crate::note::quoted(&datasets) })
}

/// A few positions, from the first to the last of `len`.
pub(crate) fn spread(len: usize) -> impl Iterator<Item = usize> {
    let mut positions =
        [0, len / 3, 2 * len / 3, len.saturating_sub(1)].map(|position| position.min(len)).to_vec();
    positions.dedup();
    positions.into_iter().filter(move |&position| position < len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.zip");
        std::fs::write(&path, b"PK").unwrap();
        assert!(matches!(open(&path), Err(Error::Kind { path: found }) if found == path));
    }

    #[test]
    fn a_file_that_only_calls_itself_parquet_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.PARQUET");
        std::fs::write(&path, b"no parquet at all").unwrap();
        for asked in [&path, &folder.path().to_path_buf()] {
            assert!(matches!(open(asked), Err(Error::Parquet { path: found, .. }) if found == path));
        }
    }

    /// A folder with these files: parquet files that hold rows, images, and empty files.
    fn folder(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let content: &[u8] = match Path::new(path).extension().and_then(|ending| ending.to_str()) {
                Some("parquet") => include_bytes!("../tests/files/parquet/beans.parquet"),
                Some("pgm") => b"P5 2 1 255\nab",
                _ => b"",
            };
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn parquet_that_makes_a_dataset_wins_over_images_beside_it() {
        for paths in [
            ["data/test-00000-of-00001.parquet", "assets/preview.pgm", "README.md"],
            ["data/0000.parquet", "a/1.pgm", "b/2.pgm"],
            ["default/test/0000.parquet", "a/1.pgm", "b/2.pgm"],
            ["test.parquet", "a/1.pgm", "b/2.pgm"],
            // Neither tells anything, but images in no folder have no class.
            ["shards/0000.parquet", "preview.pgm", "README.md"],
        ] {
            let opened = open(folder(&paths).path()).unwrap();
            assert_eq!(opened.dataset.metadata().labels.len(), 3, "{paths:?}");
            let notes = opened.notes.take();
            assert!(matches!(notes.last(), Some(Note::ParquetAndImages { shards: 1, .. })), "{notes:?}");
        }
    }

    #[test]
    fn parquet_among_classes_of_images_is_named_as_passed_over() {
        for parquet in [&["embeddings/all.parquet"][..], &["a/1.parquet", "b/2.parquet"]] {
            let opened = open(folder(&[&["a/1.pgm", "b/2.pgm"], parquet].concat()).path()).unwrap();
            assert_eq!((opened.dataset.len(), opened.dataset.id(0).unwrap()), (2, "a/1.pgm".to_owned()));
            let note = opened.notes.take()[0].to_string();
            assert!(note.contains("passed over") && note.contains(parquet[0]), "{note}");
        }
    }

    #[test]
    fn an_empty_folder_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(Error::Empty { .. })));
    }

    #[test]
    fn a_few_positions_are_spread_over_all() {
        assert_eq!(spread(0).count(), 0);
        assert_eq!(spread(1).collect::<Vec<_>>(), [0]);
        assert_eq!(spread(2).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(spread(100).collect::<Vec<_>>(), [0, 33, 66, 99]);
    }
}
