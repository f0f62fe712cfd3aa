use std::path::{Path, PathBuf};

use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use crate::Error;
use crate::decode::decode;

const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp"];

/// A folder with a directory a class, each full of pictures.
///
/// - The classes are the folder's directories by name, in alphabetical order (by bytes: `B` before `a`), also
///   those without pictures.
/// - The pictures of a class are the files below its directory, at any depth, that end in png, jpg, jpeg,
///   bmp, gif, tif, tiff or webp in any case, in the order of their paths.
/// - Passed over are names that begin with a dot, files with other endings and files that lie beside the
///   directories. Links are followed to files and from a class's name, and not to directories further down.
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

    fn picture(&self, index: usize) -> Result<&(PathBuf, usize), protocols::Error> {
        self.pictures.get(index).ok_or_else(|| self.metadata.out_of_range(index, self.pictures.len()))
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
        let (below, target) = self.picture(index)?;
        let path = self.root.join(below);
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let image = decode(&bytes, || path.display().to_string())?;
        Ok(Datum { image, target: *target, metadata: DatumMetadata::new(self.id(index)?, index) })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        Ok(self.picture(index)?.1)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        let (below, _) = self.picture(index)?;
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        Ok(parts.join("/"))
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
        assert!(dataset.get(3).unwrap_err().to_string().starts_with("index 3 lies outside dataset"));
        assert!(dataset.target(3).is_err());
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
    fn pictures_further_down_belong_to_the_class() {
        let folder = folder();
        let deep = folder.path().join("forest/2016/summer");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(folder.path().join("forest/.thumbnails")).unwrap();
        for path in ["2016/summer/a.bmp", ".thumbnails/a.bmp", ".a.bmp"] {
            let copy = folder.path().join("forest").join(path);
            std::fs::copy(folder.path().join("river/a.bmp"), copy).unwrap();
        }
        std::fs::copy(folder.path().join("river/a.bmp"), folder.path().join("loose.bmp")).unwrap();
        let dataset = ImageFolder::open(folder.path()).unwrap();
        assert_eq!(dataset.len(), 4);
        let first = dataset.get(0).unwrap();
        assert_eq!((first.metadata.id.as_str(), first.target), ("forest/2016/summer/a.bmp", 1));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_up_is_not_followed() {
        let folder = folder();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("river/loop")).unwrap();
        assert_eq!(ImageFolder::open(folder.path()).unwrap().len(), 3);
    }

    #[test]
    fn a_picture_that_is_gone_is_named() {
        let folder = folder();
        let dataset = ImageFolder::open(folder.path()).unwrap();
        std::fs::remove_file(folder.path().join("river/b.png")).unwrap();
        let error = dataset.get(2).unwrap_err();
        assert!(
            matches!(error.downcast_ref(), Some(Error::Io { path, .. }) if path.ends_with("river/b.png")),
            "{error}"
        );
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
