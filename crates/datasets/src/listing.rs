use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::Error;
use crate::note::{Note, Notes, PassedOver};

/// Endings of the formats that are read.
const IMAGES: [&str; 15] = [
    "bmp", "dib", "gif", "jfif", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff",
    "webp",
];

/// Endings of images that are not read. They come first where files that were passed over are named.
const OTHER_IMAGES: [&str; 22] = [
    "arw", "avif", "cr2", "dcm", "dds", "dng", "exr", "hdr", "heic", "heif", "ico", "jp2", "jxl", "nef",
    "npy", "pam", "pcx", "psd", "qoi", "raw", "svg", "tga",
];

/// What file managers, archives and storage systems leave behind.
const LITTER: [&str; 9] = [
    "#recycle",
    "$RECYCLE.BIN",
    "@eaDir",
    "System Volume Information",
    "Thumbs.db",
    "__MACOSX",
    "__pycache__",
    "desktop.ini",
    "lost+found",
];

/// All that a folder holds, but for hidden names and litter.
pub(crate) struct Listing {
    pub(crate) root: PathBuf,
    /// Relative to the root, in the order of their paths.
    pub(crate) files: Vec<PathBuf>,
    /// Relative to the root, in the order of their paths.
    pub(crate) folders: Vec<PathBuf>,
}

impl Listing {
    /// Lists a folder and all below it. A link to a folder is followed unless it leads back up.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: root.to_path_buf(), source };
        let mut listing = Self { root: root.to_path_buf(), files: Vec::new(), folders: Vec::new() };
        let real = root.canonicalize().map_err(failed)?;
        listing.walk(Path::new(""), &mut vec![real])?;
        Ok(listing)
    }

    /// The files of these paths, relative to a root that is not given.
    #[cfg(feature = "hub")]
    pub(crate) fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let shown =
            |name: &&str| name.split('/').all(|part| !part.starts_with('.') && !LITTER.contains(&part));
        let mut files: Vec<PathBuf> = names.filter(shown).map(PathBuf::from).collect();
        files.sort();
        let above = |file: &PathBuf| file.ancestors().skip(1).map(Path::to_path_buf).collect::<Vec<_>>();
        let mut folders: Vec<PathBuf> = files.iter().flat_map(above).collect();
        folders.retain(|folder| !folder.as_os_str().is_empty());
        folders.sort();
        folders.dedup();
        Self { root: PathBuf::new(), files, folders }
    }

    /// Lists what is in `below`; `above` holds the real paths of this folder and those it was reached through.
    fn walk(&mut self, below: &Path, above: &mut Vec<PathBuf>) -> Result<(), Error> {
        let folder = self.root.join(below);
        let failed = |source| Error::Io { path: folder.clone(), source };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let text = name.to_string_lossy();
            if !text.starts_with('.') && !LITTER.contains(&&*text) {
                let kind = entry.file_type().map_err(failed)?;
                entries.push((name, kind));
            }
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in entries {
            let path = below.join(&name);
            let real = if kind.is_dir() {
                above.last().map(|above| above.join(&name))
            } else if kind.is_symlink() && folder.join(&name).is_dir() {
                let real = folder.join(&name).canonicalize().map_err(failed)?;
                if above.contains(&real) {
                    continue;
                }
                Some(real)
            } else {
                None
            };
            match real {
                Some(real) => {
                    self.folders.push(path.clone());
                    above.push(real);
                    self.walk(&path, above)?;
                    above.pop();
                }
                None => self.files.push(path),
            }
        }
        Ok(())
    }

    /// The folders directly in `below`, relative to the root.
    pub(crate) fn folders_in<'a>(&'a self, below: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.folders.iter().map(PathBuf::as_path).filter(move |folder| folder.parent() == Some(below))
    }

    /// The files directly in `below`, relative to the root.
    pub(crate) fn files_in<'a>(&'a self, below: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.files.iter().map(PathBuf::as_path).filter(move |file| file.parent() == Some(below))
    }

    /// What an error says of a folder that is no dataset: `12 .png files, 1 .csv file (labels.csv), 2 folders`.
    pub(crate) fn summary(&self) -> String {
        let mut parts: Vec<String> = by_ending(self.files.iter().map(PathBuf::as_path))
            .into_iter()
            .map(|PassedOver { ending, count, example }| {
                let ending = if ending.is_empty() { String::new() } else { format!(".{ending} ") };
                match count {
                    1 => format!("1 {ending}file ({})", example.display()),
                    _ => format!("{count} {ending}files"),
                }
            })
            .collect();
        match self.folders.len() {
            0 => {}
            1 => parts.push("1 folder".to_owned()),
            folders => parts.push(format!("{folders} folders")),
        }
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }
}

/// Notes files that are not part of a dataset, if there are any.
pub(crate) fn note_passed_over<'a>(root: &Path, files: impl Iterator<Item = &'a Path>, notes: &Notes) {
    let files = by_ending(files);
    if !files.is_empty() {
        notes.push(Note::PassedOver { path: root.to_path_buf(), files });
    }
}

/// Counts files by ending: first images that are not read, then the most frequent.
fn by_ending<'a>(files: impl Iterator<Item = &'a Path>) -> Vec<PassedOver> {
    let mut found: Vec<PassedOver> = Vec::new();
    for file in files {
        let ending = ending(file).unwrap_or_default();
        match found.iter_mut().find(|found| found.ending == ending) {
            Some(found) => found.count += 1,
            None => found.push(PassedOver { ending, count: 1, example: file.to_path_buf() }),
        }
    }
    found.sort_by_key(|found| {
        (!OTHER_IMAGES.contains(&found.ending.as_str()), std::cmp::Reverse(found.count), found.ending.clone())
    });
    found
}

/// Whether a file's ending is that of a format that is read.
pub(crate) fn is_image(path: &Path) -> bool {
    ending(path).is_some_and(|ending| IMAGES.contains(&ending.as_str()))
}

pub(crate) fn is_parquet(path: &Path) -> bool {
    ending(path).as_deref() == Some("parquet")
}

/// A file's ending in lower case.
pub(crate) fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

/// A path's last part.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A folder's name as a class name: in Unicode's composed form, since macOS takes names apart.
pub(crate) fn class_name(folder: &str) -> String {
    folder.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        folder
    }

    #[test]
    fn hidden_names_and_litter_are_not_listed() {
        let folder = tree(&[
            "b/a.png",
            "a.png",
            ".git/c.png",
            "__MACOSX/b/._a.png",
            "b/@eaDir/a.png/t.jpg",
            "Thumbs.db",
        ]);
        let listing = Listing::read(folder.path()).unwrap();
        assert_eq!(listing.files, ["a.png", "b/a.png"].map(PathBuf::from));
        assert_eq!(listing.folders, ["b"].map(PathBuf::from));
    }

    #[test]
    #[cfg(feature = "hub")]
    fn a_list_of_names_is_listed_as_a_folder_of_them() {
        let names = ["b/a.png", "a.png", ".git/c.png", "__MACOSX/b/._a.png", "b/c/d.png", ".gitattributes"];
        let (listed, folder) = (Listing::of_names(names.into_iter()), tree(&names));
        let read = Listing::read(folder.path()).unwrap();
        assert_eq!((listed.files, listed.folders), (read.files, read.folders));
    }

    #[test]
    fn files_are_counted_by_ending_images_first() {
        let files = ["a/1.txt", "a/2.txt", "a/3.AVIF", "README"].map(Path::new);
        let found = by_ending(files.into_iter());
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["a/3.AVIF", "2 .txt (first a/1.txt)", "README"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_unless_they_lead_back_up() {
        let (folder, other) = (tree(&["a/1.png"]), tree(&["2.png", "deep/3.png"]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink(other.path(), other.path().join("deep/up")).unwrap();
        let listing = Listing::read(folder.path()).unwrap();
        assert_eq!(listing.files, ["a/1.png", "b/2.png", "b/deep/3.png"].map(PathBuf::from));
    }

    #[test]
    fn decomposed_names_are_composed() {
        assert_eq!(class_name("Cafe\u{301}"), "Caf\u{e9}");
    }
}
