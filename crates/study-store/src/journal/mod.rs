//! An append-only file of checked records that survives being cut off anywhere.
//!
//! A long computation appends each result as soon as it is computed. However suddenly it ends, [`Journal::open`]
//! returns every record that was written completely. An incomplete record at the end, as a killed process or a full
//! disk leaves it, is dropped. Damage anywhere else is an error, never a wrong record.
//!
//! ```
//! use study_store::journal::Journal;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("run.journal");
//! let mut journal = Journal::create(&path, &"settings of the run")?;
//! journal.append(&1.5)?;
//! journal.append(&2.5)?;
//! drop(journal);
//!
//! // The process is killed while it writes a third record.
//! # use std::io::Write;
//! std::fs::OpenOptions::new().append(true).open(&path)?.write_all(b"5f3c9a01 3.")?;
//!
//! let (mut journal, header, records) = Journal::open::<String, f64>(&path)?;
//! assert_eq!((header.as_str(), &records[..]), ("settings of the run", &[1.5, 2.5][..]));
//! journal.append(&3.5)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! One line per record: the CRC-32 of its text as eight hexadecimal digits, a space, the text as JSON, a newline. The
//! first line is the header, which says what the records belong to. The file is locked while it is open, so that two
//! processes never write to the same journal.
//!
//! # Durability
//!
//! Once [`append`](Journal::append) has returned, a record survives the end of the process, even by SIGKILL. Against
//! power failures, records are flushed to the disk once per second and by [`sync`](Journal::sync). JSON has no NaN
//! and no infinities: a record's type must say how it writes them.

mod error;
mod file;
mod line;

pub use error::Error;
pub use file::Journal;
