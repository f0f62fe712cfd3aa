//! One blob: downloaded, resumed, verified, and whole or absent.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use protocols::Observer;
use ureq::Body;
use ureq::http::Response;

use crate::cache::{LockError, RepoFolder, has_size};
use crate::checksum::{Checksum, Summing};
use crate::client::{ATTEMPTS, Client, Failure, Stop, wait_for};
use crate::{Error, Repo, RepoKind};

/// Bytes that are read from the network at once.
const CHUNK: usize = 64 << 10;

/// A file that is to be downloaded.
pub(crate) struct Download<'a> {
    pub(crate) client: &'a Client,
    pub(crate) kind: RepoKind,
    pub(crate) repo: &'a Repo,
    pub(crate) folder: &'a RepoFolder,
    pub(crate) commit: &'a str,
    /// Its path in the repository.
    pub(crate) file: &'a str,
    pub(crate) size: u64,
    pub(crate) checksum: &'a Checksum,
}

/// Why a blob is not there.
pub(crate) enum Interruption {
    Failed(Error),
    Stopped,
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Stop> for Interruption {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

/// What has arrived of a file.
struct Part {
    file: File,
    received: u64,
    sum: Summing,
    /// The bytes that the observer was told of: a download that starts anew does not count twice.
    told: u64,
}

/// The size of what an earlier download of a blob left.
pub(crate) fn part_size(blob: &Path) -> u64 {
    fs::metadata(blob.with_extension("incomplete")).map_or(0, |found| found.len())
}

impl Download<'_> {
    /// Downloads the blob, unless it is there. The observer is told of bytes beyond those of [`part_size`].
    pub(crate) fn run(&self, observer: &mut dyn Observer) -> Result<(), Interruption> {
        let blob = self.folder.blob(self.checksum.value());
        let parent = blob.parent().unwrap_or(&blob);
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
        let _lock = self.folder.lock(self.checksum.value(), observer).map_err(|error| match error {
            LockError::Failed(error) => Interruption::Failed(error),
            LockError::Stopped => Interruption::Stopped,
        })?;
        // Another process may have been faster.
        if has_size(&blob, self.size) {
            return Ok(());
        }
        let path = blob.with_extension("incomplete");
        let mut part = self.part(&path)?;
        self.receive(&mut part, &path, observer)?;
        let Part { file, sum, .. } = part;
        let found = sum.finish();
        if found != self.checksum.value() {
            drop(file);
            fs::remove_file(&path).map_err(Error::io(&path))?;
            let (file, expected) = (self.name(), self.checksum.value().to_owned());
            return Err(Error::Checksum { file, found, expected }.into());
        }
        file.sync_all().map_err(Error::io(&path))?;
        fs::rename(&path, &blob).map_err(Error::io(&blob))?;
        Ok(())
    }

    /// Opens what an earlier download left.
    fn part(&self, path: &Path) -> Result<Part, Error> {
        let mut options = File::options();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(Error::io(path))?;
        let mut sum = self.checksum.start(self.size);
        let mut received = 0;
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk).map_err(Error::io(path))? {
                0 => break,
                count => {
                    received += count as u64;
                    sum.update(chunk.get(..count).unwrap_or_default());
                }
            }
        }
        let mut part = Part { file, received, sum, told: received };
        if received > self.size {
            self.restart(&mut part).map_err(Error::io(path))?;
        }
        Ok(part)
    }

    /// Forgets what has arrived.
    fn restart(&self, part: &mut Part) -> io::Result<()> {
        part.file.set_len(0)?;
        part.file.seek(SeekFrom::Start(0))?;
        (part.received, part.sum) = (0, self.checksum.start(self.size));
        Ok(())
    }

    /// Requests what is missing, again where a connection breaks, as long as something arrives.
    fn receive(&self, part: &mut Part, path: &Path, observer: &mut dyn Observer) -> Result<(), Interruption> {
        let url = self.client.file_url(self.kind, self.repo, self.commit, self.file);
        let (mut in_vain, mut answered) = (0, false);
        while part.received < self.size {
            let before = part.received;
            let response = self.client.get(&url, before, self.kind, self.repo, observer);
            answered |= response.is_ok();
            let problem = match response {
                Ok(response) => match starts_at(&response) {
                    Some(start) if start == before => self.read(response, part, path, observer)?,
                    // The server knows no ranges, or what we have is not a part of the file.
                    Some(0) => {
                        self.restart(part).map_err(Error::io(path))?;
                        self.read(response, part, path, observer)?
                    }
                    _ => {
                        self.restart(part).map_err(Error::io(path))?;
                        format!("the answer to a request for bytes from {before} on has others")
                    }
                },
                // Once more, and no longer where nobody has answered at all.
                Err(Failure::Network(problem)) if !answered && in_vain > 0 => {
                    return Err(self.client.no_network(problem, self.folder.cache()).into());
                }
                Err(Failure::Network(problem)) => problem,
                Err(Failure::Refused(error)) => return Err(error.into()),
                Err(Failure::Stopped) => return Err(Interruption::Stopped),
            };
            if part.received > before {
                in_vain = 0;
                continue;
            }
            in_vain += 1;
            if in_vain >= ATTEMPTS {
                let (file, received, size) = (self.name(), part.received, self.size);
                return Err(Error::Broken { file, received, size, problem }.into());
            }
            // The first time a new connection is all that it takes.
            wait_for(Duration::from_secs((1 << in_vain) - 2), observer)?;
        }
        Ok(())
    }

    /// Reads an answer until it ends or breaks off, and says how.
    fn read(
        &self,
        response: Response<Body>,
        part: &mut Part,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<String, Interruption> {
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        while part.received < self.size {
            let count = match body.read(&mut chunk) {
                Ok(0) => return Ok("the connection was closed".to_owned()),
                Ok(count) => count,
                Err(error) => return Ok(error.to_string()),
            };
            // What is beyond the size that the listing says would not fit the checksum either.
            let left = usize::try_from(self.size - part.received).unwrap_or(usize::MAX);
            let bytes = chunk.get(..count.min(left)).unwrap_or_default();
            part.file.write_all(bytes).map_err(Error::io(path))?;
            part.sum.update(bytes);
            part.received += bytes.len() as u64;
            let new = part.received.saturating_sub(part.told);
            part.told += new;
            if observer.advanced(usize::try_from(new).unwrap_or(usize::MAX)).is_break() {
                return Err(Interruption::Stopped);
            }
        }
        Ok(String::new())
    }

    /// The file as errors name it.
    fn name(&self) -> String {
        format!("{}/{}", self.repo.id(), self.file)
    }
}

/// The position of an answer's first byte in the file.
fn starts_at(response: &Response<Body>) -> Option<u64> {
    match response.status().as_u16() {
        200 => Some(0),
        206 => {
            let range = response.headers().get("content-range")?.to_str().ok()?;
            range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
        }
        _ => None,
    }
}
