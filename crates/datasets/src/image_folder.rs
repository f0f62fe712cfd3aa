use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use crate::classes;
use crate::decode::DecodeOptions;
use crate::listing::{Listing, class_name, is_image, name, note_passed_over};
use crate::note::{Note, Notes};
use crate::split::{self, Choice};
use crate::table::{self, Table};
use crate::{Error, OpenOptions};

const EXPECTED: &str = "a folder of images per class, or images listed with their classes in metadata.csv";

/// A folder of image files.
///
/// The classes are found in one of these ways, the first that applies:
///
/// - **A table**, as Hugging Face's `imagefolder` reads it: `metadata.csv` or `metadata.jsonl` has a row per
///   image, with its path in `file_name` and its class in `label`. Classes that are all whole numbers are
///   class numbers; other classes are sorted by name.
/// - **A folder per class**, as torchvision's `ImageFolder` reads it: the classes are the folder's
///   subfolders by name, in alphabetical order (by bytes: `B` before `a`), also those without images. The
///   images of a class are the files below its folder, at any depth, in the order of their paths. Names are
///   brought into Unicode's composed form (NFC).
/// - **Images beside one CSV file** with a row per image and columns of usual names, such as `image` and
///   `label`.
///
/// Folders that are called `train`, `validation` and `test` (or `val`, `dev`, `eval`, …) are splits. All
/// splits have the same classes. One is read: see [`OpenOptions::split`]. A folder `data`, as in a clone
/// from Hugging Face's hub, may stand above them.
///
/// Images are files that end in bmp, dib, gif, jfif, jpe, jpeg, jpg, pbm, pgm, png, pnm, ppm, tif, tiff or
/// webp, in any case. Names that begin with a dot, and what archives and file managers leave behind
/// (`__MACOSX`, `@eaDir`, `Thumbs.db`, …), are ignored; [`Note::PassedOver`] names all other files that are
/// not part of the dataset. Links are followed, but not if they lead back up.
///
/// A camera's note of how it was held (EXIF orientation) is followed for images listed in a table, as
/// Hugging Face's `datasets` does, and is not for folders of classes, as torchvision does not.
///
/// A datum's id is its path below the folder, with `/` between the parts.
///
/// # Examples
///
/// ```
/// use datasets::ImageFolder;
/// use protocols::Dataset;
///
/// # let folder = tempfile::tempdir()?;
/// # let photos = folder.path();
/// # let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// # bmp.resize(58, 0);
/// # for path in ["River/2016/b.bmp", "Forest/a.bmp"] {
/// #     std::fs::create_dir_all(photos.join(path).parent().unwrap_or(photos))?;
/// #     std::fs::write(photos.join(path), &bmp)?;
/// # }
/// // Forest/a.bmp and River/2016/b.bmp
/// let dataset = ImageFolder::open(photos)?;
/// assert_eq!(dataset.metadata().labels, ["Forest", "River"]);
///
/// let datum = dataset.get(1)?;
/// assert_eq!((datum.metadata.id.as_str(), datum.target), ("River/2016/b.bmp", 1));
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    metadata: DatasetMetadata,
    root: PathBuf,
    images: Vec<Entry>,
    decode: DecodeOptions,
    notes: Notes,
}

/// An image file.
#[derive(Clone, Debug)]
struct Entry {
    /// Relative to the root.
    path: PathBuf,
    /// None where a table has none, or none that is a class.
    target: Option<usize>,
    /// The table and the row that list it.
    row: Option<(PathBuf, usize, String)>,
}

impl ImageFolder {
    /// Opens a folder with the default options.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with).
    pub fn open(root: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(root, &OpenOptions::new())
    }

    /// Lists the images; a few are decoded to see whether they are dark.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a folder cannot be listed; [`Error::Empty`] if there is no image with a class;
    /// [`Error::Split`] and [`Error::SplitChoice`] if the split that is asked for is not there, or none is
    /// and none is called `train`, `validation` or `test`; [`Error::Table`] and [`Error::Column`] for a
    /// table that cannot be read, and [`Error::NoTable`] if a column is asked for and there is no table.
    pub fn open_with(root: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Error> {
        Self::from_listing(&Listing::read(root.as_ref())?, options)
    }

    /// What was guessed, chosen or left out.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    pub(crate) fn from_listing(listing: &Listing, options: &OpenOptions) -> Result<Self, Error> {
        let base = base(listing);
        // Only tables have columns.
        let column = options.label_column.as_ref().or(options.image_column.as_ref());
        let class_folders = || match column {
            Some(_) => Ok(None),
            None => Self::from_class_folders(listing, &base, options),
        };
        let opened = if let Some(tables) = metadata_tables(listing, &base, options)? {
            Self::from_tables(listing, tables, options)?
        } else if let Some(dataset) = class_folders()? {
            dataset
        } else if let Some(tables) = other_tables(listing, &base, options)? {
            Self::from_tables(listing, tables, options)?
        } else {
            let (path, found) = (listing.root.clone(), listing.summary());
            return Err(match column {
                Some(column) => Error::NoTable { path, column: column.clone(), found },
                None => Error::Empty { path, found, expected: EXPECTED },
            });
        };
        opened.look_at_a_few();
        Ok(opened)
    }

    /// Reads a folder per class; none if there is no image in one.
    fn from_class_folders(
        listing: &Listing,
        base: &Path,
        options: &OpenOptions,
    ) -> Result<Option<Self>, Error> {
        let notes = Notes::default();
        let splits = split_folders(listing, base);
        // Where classes lie, and the split that this is.
        let mut places: Vec<(PathBuf, Option<String>)> = splits
            .iter()
            .filter(|(folder, _)| listing.folders_in(folder).next().is_some())
            .map(|(folder, split)| (folder.clone(), Some(split.clone())))
            .collect();
        if places.is_empty() {
            places.push((base.to_path_buf(), None));
        }
        let names: BTreeSet<String> = places
            .iter()
            .flat_map(|(place, _)| listing.folders_in(place))
            .map(|folder| class_name(&name(folder)))
            .collect();
        let numbers: BTreeMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
        let class_of = |file: &Path, place: &Path| {
            let mut parts = file.strip_prefix(place).ok()?.iter();
            let class = class_name(&parts.next()?.to_string_lossy());
            parts.next()?;
            is_image(file).then(|| numbers.get(class.as_str()).copied()).flatten()
        };
        if !listing.files.iter().any(|file| places.iter().any(|(place, _)| class_of(file, place).is_some())) {
            return Ok(None);
        }
        let found: Vec<_> = places.iter().map(|(_, split)| split.clone()).collect();
        let choice = split::choose(&listing.root, options.split.as_deref(), &found, &notes)?;
        let (mut images, mut passed_over) = (Vec::new(), Vec::new());
        for file in &listing.files {
            let place = places.iter().find(|(place, _)| file.starts_with(place));
            match place.and_then(|(place, split)| Some((class_of(file, place)?, split))) {
                Some((target, split)) if choice.takes(split.as_deref()) => {
                    images.push(Entry { path: file.clone(), target: Some(target), row: None });
                }
                // Another split's image.
                Some(_) => {}
                None => passed_over.push(file.as_path()),
            }
        }
        note_passed_over(&listing.root, passed_over.into_iter(), &notes);
        let labels = names.into_iter().collect();
        let decode = DecodeOptions::new().sample_range(options.sample_range);
        Self::finished(listing, &choice, labels, images, decode, notes).map(Some)
    }

    /// Reads what tables list.
    fn from_tables(listing: &Listing, tables: Vec<SplitTable>, options: &OpenOptions) -> Result<Self, Error> {
        let notes = Notes::default();
        let folders = split_folders(listing, &base(listing));
        let mut rows = Vec::new();
        for SplitTable { table, split } in &tables {
            let below = table.path.strip_prefix(&listing.root).ok().and_then(Path::parent);
            for (number, (file, label)) in table.rows.iter().enumerate() {
                let file = below.unwrap_or(Path::new("")).join(file);
                // `./a.png` is `a.png`.
                let parts = file.components().filter(|part| *part != Component::CurDir);
                let file: PathBuf = parts.collect();
                // A table above the splits' folders lists files in them.
                let of_folder = || folders.iter().find(|(folder, _)| file.starts_with(folder));
                let split = split.clone().or_else(|| of_folder().map(|(_, split)| split.clone()));
                rows.push((file, label.as_deref(), split, table, number));
            }
        }
        let found: Vec<_> = rows.iter().map(|(_, _, split, ..)| split.clone()).collect();
        let Some(SplitTable { table: first, .. }) = tables.first().filter(|_| !rows.is_empty()) else {
            let tables: Vec<_> = tables.iter().map(|table| table.table.path.display().to_string()).collect();
            let found = format!("{}; {} lists none", listing.summary(), tables.join(", "));
            return Err(Error::Empty { path: listing.root.clone(), found, expected: EXPECTED });
        };
        let labels = table::labels(rows.iter().map(|(_, label, ..)| *label));
        let files = vec![(first.path.as_path(), labels)];
        let names = options.class_names.as_deref();
        let (numbers, labels) = classes::number(files, &first.label_column, names, &notes)?;
        let choice = split::choose(&listing.root, options.split.as_deref(), &found, &notes)?;
        if (first.file_column.as_str(), first.label_column.as_str()) != ("file_name", "label") {
            notes.push(Note::Columns {
                path: first.path.clone(),
                image: first.file_column.clone(),
                label: first.label_column.clone(),
            });
        }
        let listed: BTreeSet<&Path> = rows.iter().map(|(file, ..)| file.as_path()).collect();
        let used: BTreeSet<&Path> = tables.iter().map(|table| table.table.path.as_path()).collect();
        let unlisted = listing.files.iter().map(PathBuf::as_path);
        let unlisted =
            unlisted.filter(|file| !listed.contains(file) && !used.contains(&*listing.root.join(file)));
        note_passed_over(&listing.root, unlisted, &notes);
        let mut left_out = rows.iter().filter(|(_, _, split, ..)| split.is_none() && !choice.takes(None));
        if let Some((file, _, _, table, _)) = left_out.next() {
            let (path, example) = (table.path.clone(), file.clone());
            notes.push(Note::NoSplit { path, rows: 1 + left_out.count(), example });
        }
        let images = rows
            .iter()
            .zip(numbers.iter().flatten())
            .filter(|((_, _, split, ..), _)| choice.takes(split.as_deref()))
            .map(|((file, label, _, table, row), number)| Entry {
                path: file.clone(),
                target: number.and_then(|number| usize::try_from(number).ok()).filter(|&n| n < labels.len()),
                row: Some((table.path.clone(), *row, label.unwrap_or("none").to_owned())),
            })
            .collect();
        let decode = DecodeOptions::new().sample_range(options.sample_range).upright(true);
        Self::finished(listing, &choice, labels, images, decode, notes)
    }

    fn finished(
        listing: &Listing,
        choice: &Choice,
        labels: Vec<String>,
        images: Vec<Entry>,
        decode: DecodeOptions,
        notes: Notes,
    ) -> Result<Self, Error> {
        if images.is_empty() {
            let found = format!("no image in the chosen split, among {}", listing.summary());
            return Err(Error::Empty { path: listing.root.clone(), found, expected: EXPECTED });
        }
        let metadata = DatasetMetadata::new(choice.id(&name(&listing.root)), labels);
        Ok(Self { metadata, root: listing.root.clone(), images, decode, notes })
    }

    /// Decodes a few images, so that darkness is noted at once; what fails fails again when it is asked for.
    fn look_at_a_few(&self) {
        for index in crate::open::spread(self.images.len()) {
            if let Some(entry) = self.images.get(index)
                && let Ok(bytes) = std::fs::read(self.root.join(&entry.path))
                && crate::decode::may_be_deep(&bytes)
            {
                let _ = self.image(entry, &bytes);
            }
        }
    }

    fn image(&self, entry: &Entry, bytes: &[u8]) -> Result<ndarray::Array3<u8>, Error> {
        let what = || self.root.join(&entry.path).display().to_string();
        let decoded = self.decode.decode(bytes, what)?;
        decoded.note.into_iter().for_each(|note| self.notes.push(note));
        Ok(decoded.image)
    }

    fn entry(&self, index: usize) -> Result<&Entry, protocols::Error> {
        self.images.get(index).ok_or_else(|| self.metadata.out_of_range(index, self.images.len()))
    }

    fn target_of(&self, entry: &Entry) -> Result<usize, Error> {
        entry.target.ok_or_else(|| {
            let (path, row, label) = entry.row.clone().unwrap_or_default();
            Error::Label { path, row, label, last: self.metadata.labels.len().saturating_sub(1) }
        })
    }
}

impl Dataset for ImageFolder {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.images.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let entry = self.entry(index)?;
        let target = self.target_of(entry)?;
        let path = self.root.join(&entry.path);
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path, source })?;
        let image = self.image(entry, &bytes)?;
        Ok(Datum { image, target, metadata: DatumMetadata::new(self.id(index)?, index) })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.target_of(self.entry(index)?)?)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        let parts: Vec<_> = self.entry(index)?.path.iter().map(|part| part.to_string_lossy()).collect();
        Ok(parts.join("/"))
    }
}

/// The folder that classes, splits and tables lie in: `data` where it is all that there is.
fn base(listing: &Listing) -> PathBuf {
    let root = Path::new("");
    let mut folders = listing.folders_in(root);
    match (folders.next(), folders.next()) {
        (Some(only), None)
            if name(only) == "data"
                && !listing.files_in(root).any(|file| is_image(file) || Table::is_metadata(file)) =>
        {
            only.to_path_buf()
        }
        _ => root.to_path_buf(),
    }
}

/// The folders in `base` that are splits: all of them are called so, or at least two are, and one of them
/// holds folders or a table.
fn split_folders(listing: &Listing, base: &Path) -> Vec<(PathBuf, String)> {
    let mut splits = Vec::new();
    let mut others = 0;
    for folder in listing.folders_in(base) {
        match split::of_word(&name(folder)) {
            Some(split) => splits.push((folder.to_path_buf(), split.to_owned())),
            None => others += 1,
        }
    }
    let distinct: BTreeSet<&str> = splits.iter().map(|(_, split)| split.as_str()).collect();
    let holds_classes = |folder: &Path| {
        listing.folders_in(folder).next().is_some() || listing.files_in(folder).any(Table::is_metadata)
    };
    let above = listing.files_in(base).any(Table::is_metadata);
    let are_splits = (others == 0 || distinct.len() > 1)
        && (above || splits.iter().any(|(folder, _)| holds_classes(folder)));
    if are_splits { splits } else { Vec::new() }
}

/// A table, and the split that its place or its name tells.
struct SplitTable {
    table: Table,
    split: Option<String>,
}

/// Hugging Face's own tables in `base` or in the splits' folders, if they tell classes.
fn metadata_tables(
    listing: &Listing,
    base: &Path,
    options: &OpenOptions,
) -> Result<Option<Vec<SplitTable>>, Error> {
    let splits = split_folders(listing, base);
    let places = std::iter::once((base.to_path_buf(), None))
        .chain(splits.into_iter().map(|(folder, split)| (folder, Some(split))));
    let mut tables = Vec::new();
    for (place, split) in places {
        for file in listing.files_in(&place).filter(|file| Table::is_metadata(file)) {
            match read_table(listing, file, options) {
                Ok(table) => tables.push(SplitTable { table, split: split.clone() }),
                // Captions or boxes; the classes may be folders, unless a column is asked for.
                Err(Error::Column { .. })
                    if options.image_column.is_none()
                        && options.label_column.is_none()
                        && listing.folders_in(&place).next().is_some() => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(Some(tables).filter(|tables| !tables.is_empty()))
}

/// The CSV file beside images that lie in no folders, or several that are called as splits are.
fn other_tables(
    listing: &Listing,
    base: &Path,
    options: &OpenOptions,
) -> Result<Option<Vec<SplitTable>>, Error> {
    let is_csv =
        |file: &&Path| crate::listing::ending(file).is_some_and(|ending| ending == "csv" || ending == "tsv");
    let files: Vec<&Path> = listing.files_in(base).filter(is_csv).collect();
    let split = |file: &Path| split::of_stem(&file.file_stem().unwrap_or_default().to_string_lossy());
    if files.is_empty() || !listing.files.iter().any(|file| is_image(file)) {
        return Ok(None);
    }
    if files.len() > 1 && !files.iter().all(|file| split(file).is_some()) {
        let tables: Vec<String> = files.iter().map(|file| name(file)).collect();
        return Err(Error::Tables { path: listing.root.clone(), tables: crate::note::quoted(&tables) });
    }
    let several = files.len() > 1;
    let tables: Result<Vec<_>, Error> = files
        .into_iter()
        .map(|file| {
            let table = read_table(listing, file, options)?;
            Ok(SplitTable { table, split: split(file).filter(|_| several) })
        })
        .collect();
    tables.map(Some)
}

fn read_table(listing: &Listing, file: &Path, options: &OpenOptions) -> Result<Table, Error> {
    let (image, label) = (options.image_column.as_deref(), options.label_column.as_deref());
    Table::read(listing.root.join(file), image, label)
}

#[cfg(test)]
mod tests;
