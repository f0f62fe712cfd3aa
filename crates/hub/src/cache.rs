//! The cache of `huggingface_hub`: `models--OWNER--NAME/{blobs,refs,snapshots,trees}`, and locks beside them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocols::Observer;
use tempfile::NamedTempFile;

use crate::client::{Stop, wait_for};
use crate::listing::{Entry, Listing, Tree};
use crate::repo::is_commit;
use crate::{Error, Repo, RepoKind};

/// How often a lock that somebody else holds is tried.
const PAUSE: Duration = Duration::from_millis(200);

/// A repository's folder in the cache.
#[derive(Clone, Debug)]
pub(crate) struct RepoFolder {
    cache: PathBuf,
    name: String,
}

impl RepoFolder {
    pub(crate) fn new(cache: &Path, kind: RepoKind, repo: &Repo) -> Self {
        Self { cache: cache.to_path_buf(), name: format!("{kind}s--{}", repo.id().replace('/', "--")) }
    }

    /// The folder of the whole cache.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    fn path(&self) -> PathBuf {
        self.cache.join(&self.name)
    }

    /// A commit's files under their own names.
    pub(crate) fn snapshot(&self, commit: &str) -> PathBuf {
        self.path().join("snapshots").join(commit)
    }

    /// The content with this checksum.
    pub(crate) fn blob(&self, checksum: &str) -> PathBuf {
        self.path().join("blobs").join(checksum)
    }

    /// The commit that a revision was when the Hub was asked last.
    pub(crate) fn commit_of(&self, revision: &str) -> Option<String> {
        let commit = fs::read_to_string(self.path().join("refs").join(revision)).ok()?;
        Some(commit.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// Keeps the commit that a revision is.
    pub(crate) fn keep_commit(&self, revision: &str, commit: &str) -> Result<(), Error> {
        if self.commit_of(revision).as_deref() == Some(commit) {
            return Ok(());
        }
        write(&self.path().join("refs").join(revision), commit.as_bytes())
    }

    fn tree(&self, commit: &str) -> PathBuf {
        self.path().join("trees").join(format!("{commit}.json"))
    }

    /// The listing of a commit, if it was kept. One that cannot be read is made anew.
    pub(crate) fn listing(&self, commit: &str) -> Option<Listing> {
        let bytes = fs::read(self.tree(commit)).ok()?;
        serde_json::from_slice::<Tree>(&bytes).ok()?.listing().ok()
    }

    /// Keeps the listing of a commit.
    pub(crate) fn keep_listing(&self, commit: &str, tree: &Tree) -> Result<(), Error> {
        let path = self.tree(commit);
        let bytes = serde_json::to_vec_pretty(tree).map_err(|e| Error::io(&path)(e.into()))?;
        write(&path, &bytes)
    }

    /// The files of a commit that are in the cache, for commits whose listing was not kept.
    pub(crate) fn cached(&self, commit: &str) -> Option<Listing> {
        fn walk(folder: &Path, above: &str, listing: &mut Listing) -> io::Result<()> {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                let below = format!("{above}{name}");
                // Links are followed; those that lead nowhere are no files.
                match fs::metadata(&path) {
                    Ok(found) if found.is_dir() => walk(&path, &format!("{below}/"), listing)?,
                    Ok(found) => {
                        listing.insert(below, Entry { size: found.len(), checksum: None });
                    }
                    Err(_) => {}
                }
            }
            Ok(())
        }
        let mut listing = Listing::new();
        walk(&self.snapshot(commit), "", &mut listing).ok()?;
        Some(listing)
    }

    /// Whether a commit's file is in the cache, with its size.
    pub(crate) fn has(&self, commit: &str, file: &str, size: u64) -> bool {
        has_size(&self.snapshot(commit).join(file), size)
    }

    /// Gives a blob its name in a commit.
    pub(crate) fn link(&self, commit: &str, file: &str, checksum: &str) -> Result<(), Error> {
        let path = self.snapshot(commit).join(file);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        // Renamed over what is there, which may be a link that leads nowhere, a damaged copy, or what another process has
        // just made: that one must not find it absent.
        #[cfg(unix)]
        {
            let target = format!("{}blobs/{checksum}", "../".repeat(2 + file.matches('/').count()));
            let link = tempfile::Builder::new()
                .make_in(folder, |at| std::os::unix::fs::symlink(&target, at))
                .map_err(Error::io(folder))?;
            link.into_temp_path().persist(&path).map_err(|e| Error::io(&path)(e.error))
        }
        #[cfg(not(unix))]
        {
            let mut copy = NamedTempFile::new_in(folder).map_err(Error::io(folder))?;
            let mut blob = File::open(self.blob(checksum)).map_err(Error::io(self.blob(checksum)))?;
            io::copy(&mut blob, &mut copy).map_err(Error::io(&path))?;
            copy.persist(&path).map_err(|e| Error::io(&path)(e.error))?;
            Ok(())
        }
    }

    /// Waits until nobody else downloads the blob; the lock is held until the file is dropped.
    pub(crate) fn lock(
        &self,
        checksum: &str,
        observer: &mut dyn Observer,
    ) -> Result<Option<File>, LockError> {
        let path = self.cache.join(".locks").join(&self.name).join(format!("{checksum}.lock"));
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |e| LockError::Failed(Error::io(path)(e))
        };
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let mut options = File::options();
        let file = options.create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) => {
                    wait_for(PAUSE, observer).map_err(|Stop| LockError::Stopped)?;
                }
                // Some network filesystems have no locks; the checksum still guards the content.
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }
}

/// Why a lock is not held.
pub(crate) enum LockError {
    Failed(Error),
    Stopped,
}

/// Whether a file is there, with this size.
pub(crate) fn has_size(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == size)
}

/// Writes a small file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let mut file = NamedTempFile::new_in(folder).map_err(Error::io(folder))?;
    file.write_all(bytes).map_err(Error::io(path))?;
    readable(file.as_file());
    file.persist(path).map_err(|e| Error::io(path)(e.error))?;
    Ok(())
}

/// Temporary files are their owner's alone; a cache may be shared.
fn readable(file: &File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Where it cannot be done, the file stays its owner's.
        let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}
