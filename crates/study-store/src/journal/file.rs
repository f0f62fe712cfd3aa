use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, line};

/// How often records are flushed to the disk.
const SYNC: Duration = Duration::from_secs(1);

/// An open journal; no other process can write to it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where each line ends, the header's first.
    ends: Vec<u64>,
    synced: Instant,
}

impl Journal {
    /// Creates a journal, replacing a file at the path, with a header that says what its records belong to.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if another process has the file open as a journal, [`Error::Io`] if it cannot be
    /// written, [`Error::Json`] if the header has no JSON form.
    pub fn create(path: impl AsRef<Path>, header: &impl Serialize) -> Result<Self, Error> {
        let path = path.as_ref();
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).to_owned();
        let mut journal = Self::locked(path, &options)?;
        journal.cut(0)?;
        journal.append(header)?;
        journal.sync()?;
        Ok(journal)
    }

    /// Opens a journal to append to, and returns it with its header and its records.
    ///
    /// An incomplete line at the end is cut off.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if another process has it open, [`Error::Io`] if it cannot be read and written,
    /// [`Error::NoHeader`] without a complete first line, [`Error::Damaged`] for a damaged line before a complete
    /// one, [`Error::Record`] for a line of another type.
    pub fn open<H: DeserializeOwned, R: DeserializeOwned>(
        path: impl AsRef<Path>,
    ) -> Result<(Self, H, Vec<R>), Error> {
        let path = path.as_ref();
        let mut journal = Self::locked(path, &OpenOptions::new().read(true).write(true).to_owned())?;
        let mut bytes = Vec::new();
        journal.file.read_to_end(&mut bytes).map_err(|source| journal.failed("read it", source))?;
        let (header, records) = journal.parse(&bytes)?;
        journal.cut(journal.ends.len())?;
        Ok((journal, header, records))
    }

    /// Reads the header and the records of a journal that another process may be writing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), except for [`Error::InUse`].
    ///
    /// # Examples
    ///
    /// ```
    /// use study_store::journal::Journal;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("run.journal");
    /// let mut journal = Journal::create(&path, &"squares")?;
    /// journal.append(&4)?;
    /// assert_eq!(Journal::read::<String, i32>(&path)?, ("squares".to_owned(), vec![4]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read<H: DeserializeOwned, R: DeserializeOwned>(
        path: impl AsRef<Path>,
    ) -> Result<(H, Vec<R>), Error> {
        let path = path.as_ref().to_path_buf();
        let opened = File::open(&path).and_then(|file| Ok((std::fs::read(&path)?, file)));
        let (bytes, file) =
            opened.map_err(|source| Error::Io { path: path.clone(), what: "read it", source })?;
        Self { path, file, ends: Vec::new(), synced: Instant::now() }.parse(&bytes)
    }

    /// Appends a record. After an error, nothing of it is in the file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot be written, as on a full disk; [`Error::Json`] if it has no JSON form.
    pub fn append(&mut self, record: &impl Serialize) -> Result<(), Error> {
        let text =
            serde_json::to_vec(record).map_err(|source| Error::Json { path: self.path.clone(), source })?;
        let line = line::write(&text);
        if let Err(source) = self.file.write_all(&line) {
            // Cuts off what was written of the line. If that fails too, the next `open` does it.
            let _ = self.cut(self.ends.len());
            return Err(self.failed("append to it", source));
        }
        self.ends.push(self.end(self.ends.len()) + line.len() as u64);
        if self.synced.elapsed() >= SYNC { self.sync() } else { Ok(()) }
    }

    /// Flushes every record to the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the system reports that something was not written.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(|source| self.failed("write it to the disk", source))?;
        self.synced = Instant::now();
        Ok(())
    }

    /// The number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all records but the first `len`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be cut.
    pub fn truncate(&mut self, len: usize) -> Result<(), Error> {
        self.cut(len.saturating_add(1).min(self.ends.len()))
    }

    fn locked(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: path.to_path_buf(), what: "open it", source };
        let file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path: path.to_path_buf() }),
            // The file system has no locks; its users must take care themselves.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        Ok(Self { path: path.to_path_buf(), file, ends: Vec::new(), synced: Instant::now() })
    }

    /// Reads the lines up to the first incomplete one, which must be the last.
    fn parse<H: DeserializeOwned, R: DeserializeOwned>(
        &mut self,
        bytes: &[u8],
    ) -> Result<(H, Vec<R>), Error> {
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').map(|line| {
            let text = line.strip_suffix(b"\n").and_then(line::read);
            (line.len() as u64, text)
        });
        let mut texts = Vec::new();
        for (len, text) in lines.by_ref() {
            let Some(text) = text else { break };
            texts.push(text);
            self.ends.push(self.end(self.ends.len()) + len);
        }
        let line = texts.len() + 1;
        if lines.any(|(_, text)| text.is_some()) {
            return Err(Error::Damaged { path: self.path.clone(), line });
        }
        let of = |line, source| Error::Record { path: self.path.clone(), line, source };
        let (header, records) =
            texts.split_first().ok_or_else(|| Error::NoHeader { path: self.path.clone() })?;
        let header = serde_json::from_slice(header).map_err(|e| of(1, e))?;
        let records =
            records.iter().zip(2..).map(|(text, line)| serde_json::from_slice(text).map_err(|e| of(line, e)));
        Ok((header, records.collect::<Result<_, _>>()?))
    }

    /// The end of the first `lines` lines.
    fn end(&self, lines: usize) -> u64 {
        lines.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0)
    }

    /// Cuts the file after the first `lines` lines, and continues there.
    fn cut(&mut self, lines: usize) -> Result<(), Error> {
        let end = self.end(lines);
        let cut = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end)));
        cut.map_err(|source| self.failed("cut it", source))?;
        self.ends.truncate(lines);
        Ok(())
    }

    fn failed(&self, what: &'static str, source: std::io::Error) -> Error {
        Error::Io { path: self.path.clone(), what, source }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(records: &[String]) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut journal = Journal::create(&path, &7).unwrap();
        records.iter().for_each(|record| journal.append(record).unwrap());
        drop(journal);
        let bytes = std::fs::read(&path).unwrap();
        (folder, path, bytes)
    }

    fn newlines(bytes: &[u8]) -> usize {
        bytes.split(|&byte| byte == b'\n').count() - 1
    }

    fn reopened(path: &Path) -> Result<(Journal, i32, Vec<String>), Error> {
        Journal::open(path)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_journal_cut_anywhere_gives_a_prefix_and_can_be_continued(
            records in prop::collection::vec("\\PC{0,9}", 0..6), at in any::<prop::sample::Index>(),
        ) {
            let (_folder, path, bytes) = written(&records);
            let cut = at.index(bytes.len() + 1);
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let lines = newlines(&bytes[..cut]);
            if lines == 0 {
                let headless = matches!(reopened(&path), Err(Error::NoHeader { .. }));
                prop_assert!(headless);
                return Ok(());
            }
            let (mut journal, header, found) = reopened(&path).unwrap();
            prop_assert_eq!((header, &found[..]), (7, &records[..lines - 1]));
            for record in &records[lines - 1..] {
                journal.append(record).unwrap();
            }
            drop(journal);
            prop_assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }

        #[test]
        fn damage_is_dropped_at_the_end_and_an_error_before(
            records in prop::collection::vec("[a-z]{0,9}", 1..6), at in any::<prop::sample::Index>(),
        ) {
            let (_folder, path, mut bytes) = written(&records);
            let at = at.index(bytes.len());
            bytes[at] ^= 0x11;
            std::fs::write(&path, &bytes).unwrap();
            let line = newlines(&bytes[..at]);
            match reopened(&path) {
                // A newline that is gone takes the line behind it along.
                Ok((_, _, found)) => {
                    prop_assert_eq!(&found[..], &records[..line - 1]);
                    prop_assert!(line + 1 >= records.len());
                }
                Err(Error::NoHeader { .. }) => prop_assert!(line == 0 && records.len() == 1),
                Err(Error::Damaged { line: named, .. }) => prop_assert_eq!(named, line + 1),
                Err(error) => prop_assert!(false, "{:?}", error),
            }
        }
    }

    #[test]
    fn one_process_at_a_time_writes() {
        let (_folder, path, _) = written(&[]);
        let (held, ..) = reopened(&path).unwrap();
        assert!(matches!(reopened(&path), Err(Error::InUse { .. })));
        assert!(matches!(Journal::create(&path, &8), Err(Error::InUse { .. })));
        assert_eq!(Journal::read::<i32, String>(&path).unwrap(), (7, vec![]));
        drop(held);
        assert!(reopened(&path).is_ok());
    }

    #[test]
    fn records_may_be_taken_back() {
        let (_folder, path, _) = written(&["a".into(), "b".into(), "c".into()]);
        let (mut journal, ..) = reopened(&path).unwrap();
        journal.truncate(9).unwrap();
        assert_eq!(journal.len(), 3);
        journal.truncate(1).unwrap();
        journal.append(&"d").unwrap();
        drop(journal);
        assert_eq!(reopened(&path).unwrap().2, ["a", "d"]);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Journal::create(folder.path(), &1), Err(Error::Io { .. })));
        assert!(matches!(reopened(&folder.path().join("none")), Err(Error::Io { .. })));
        let (_folder, path, _) = written(&["a".into()]);
        let other = Journal::open::<i32, i32>(&path).unwrap_err();
        assert!(matches!(other, Error::Record { line: 2, .. }));
        // A map of lists has no JSON form.
        let mut journal = reopened(&path).unwrap().0;
        let strange = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(matches!(journal.append(&strange), Err(Error::Json { .. })));
        assert_eq!(journal.len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        // Every write to this device fails as on a full disk.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut journal =
            Journal { path: "/dev/full".into(), file: full, ends: vec![], synced: Instant::now() };
        let error = journal.append(&1).unwrap_err();
        let Error::Io { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        assert!(journal.is_empty());
    }
}
