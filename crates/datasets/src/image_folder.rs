use std::path::{Path, PathBuf};

use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use crate::Error;
use crate::decode::decode;

const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp"];

/// A folder with a directory a class, each full of pictures.
///
/// Classes are the directories' names in alphabetical order, pictures the files ending in png, jpg, jpeg,
/// bmp, gif, tif, tiff or webp below them, at any depth, sorted by path; whatever begins with a dot is
/// passed over, and so is any other file. A datum's id is its path below the folder.
///
/// ```no_run
/// use datasets::ImageFolder;
/// use protocols::Dataset;
///
/// let photos = ImageFolder::open("photos")?;
/// println!("{} pictures of {:?}", photos.len(), photos.metadata().labels);
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    metadata: DatasetMetadata,
    root: PathBuf,
    /// Each picture's path below the root, and its class.
    pictures: Vec<(PathBuf, usize)>,
}

impl ImageFolder {
    /// Lists the pictures; none is opened.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a folder cannot be listed, [`Error::Empty`] if there is no picture.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let root = root.into();
        let classes: Vec<PathBuf> = entries(&root)?.into_iter().filter(|path| path.is_dir()).collect();
        let mut labels = Vec::new();
        let mut pictures = Vec::new();
        for folder in classes {
            let mut found = Vec::new();
            collect(&folder, &mut found)?;
            let below = |path: &PathBuf| path.strip_prefix(&root).unwrap_or(path).to_path_buf();
            pictures.extend(found.iter().map(|path| (below(path), labels.len())));
            labels.push(name(&folder));
        }
        if pictures.is_empty() {
            return Err(Error::Empty { path: root, expected: "a directory a class with pictures in it" });
        }
        let metadata = DatasetMetadata::new(name(&root), labels);
        Ok(Self { metadata, root, pictures })
    }
}

impl Dataset for ImageFolder {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.pictures.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let (below, target) = &self.pictures[index];
        let path = self.root.join(below);
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let image = decode(&bytes, || path.display().to_string())?;
        let metadata = DatumMetadata::new(below.to_string_lossy(), index);
        Ok(Datum { image, target: *target, metadata })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.pictures[index].1)
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What a folder holds that does not begin with a dot, sorted.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Io { path: folder.to_path_buf(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn collect(folder: &Path, pictures: &mut Vec<PathBuf>) -> Result<(), Error> {
    for path in entries(folder)? {
        // A link to a directory is not followed, since it may lead back up.
        if path.is_dir() && !path.is_symlink() {
            collect(&path, pictures)?;
        } else if ending(&path).is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            pictures.push(path);
        }
    }
    Ok(())
}

/// A file's ending in lower case.
pub(crate) fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Rgb, RgbImage, RgbaImage};

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for class in ["river", "forest", ".hidden", "empty"] {
            std::fs::create_dir(folder.path().join(class)).unwrap();
        }
        RgbImage::from_pixel(7, 5, Rgb([1, 2, 3])).save(folder.path().join("river/b.png")).unwrap();
        GrayImage::from_pixel(3, 2, image::Luma([9])).save(folder.path().join("river/a.bmp")).unwrap();
        RgbaImage::from_pixel(2, 2, image::Rgba([4, 5, 6, 0]))
            .save(folder.path().join("forest/c.PNG"))
            .unwrap();
        std::fs::write(folder.path().join("forest/notes.txt"), "no picture").unwrap();
        folder
    }

    #[test]
    fn classes_and_pictures_come_in_alphabetical_order() {
        let folder = folder();
        let dataset = ImageFolder::open(folder.path()).unwrap();
        assert_eq!(dataset.metadata().labels, ["empty", "forest", "river"]);
        let data: Vec<_> = (0..dataset.len()).map(|i| dataset.get(i).unwrap()).collect();
        let ids: Vec<_> = data.iter().map(|datum| datum.metadata.id.as_str()).collect();
        assert_eq!(ids, ["forest/c.PNG", "river/a.bmp", "river/b.png"]);
        assert_eq!(data.iter().map(|datum| datum.target).collect::<Vec<_>>(), [1, 2, 2]);
        assert_eq!(data[2].metadata.index, 2);
    }

    #[test]
    fn every_picture_becomes_rgb() {
        let folder = folder();
        let dataset = ImageFolder::open(folder.path()).unwrap();
        let pixel = |i| {
            let image = dataset.get(i).unwrap().image;
            (image.dim(), image[[0, 0, 0]], image[[0, 0, 2]])
        };
        assert_eq!(pixel(0), ((2, 2, 3), 4, 6));
        assert_eq!(pixel(1), ((2, 3, 3), 9, 9));
        assert_eq!(pixel(2), ((5, 7, 3), 1, 3));
    }

    #[test]
    fn a_broken_picture_is_named() {
        let folder = folder();
        std::fs::write(folder.path().join("river/z.png"), b"\x89PNG\r\n\x1a\nbroken").unwrap();
        let dataset = ImageFolder::open(folder.path()).unwrap();
        let error = dataset.get(3).unwrap_err();
        assert!(error.to_string().contains("z.png"), "{error}");
        assert!(matches!(error.downcast_ref(), Some(Error::Decode { .. })));
    }

    #[test]
    fn a_picture_that_claims_to_be_enormous_is_refused() {
        let folder = folder();
        let mut bytes = std::fs::read(folder.path().join("river/a.bmp")).unwrap();
        bytes[18..26].copy_from_slice(&[0xA0, 0x86, 0x01, 0, 0xA0, 0x86, 0x01, 0]); // 100,000 x 100,000
        std::fs::write(folder.path().join("river/a.bmp"), bytes).unwrap();
        assert!(ImageFolder::open(folder.path()).unwrap().get(1).is_err());
    }

    #[test]
    fn a_folder_without_pictures_is_no_dataset() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(ImageFolder::open(folder.path()), Err(Error::Empty { .. })));
        assert!(matches!(ImageFolder::open(folder.path().join("missing")), Err(Error::Io { .. })));
    }
}
