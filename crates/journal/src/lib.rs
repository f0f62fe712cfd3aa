//! An append-only file of checked records, which survives being cut off anywhere.
//!
//! A long computation appends each result as it is there. Whenever it ends, however suddenly, [`Journal::open`]
//! returns every record whose writing was finished; half a record at the end, as a killed process or a full
//! disk leaves it, is dropped. Damage anywhere else is an error, never a wrong record.
//!
//! ```
//! use journal::Journal;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("run.journal");
//! let mut journal = Journal::create(&path, &"settings of the run")?;
//! journal.append(&1.5)?;
//! journal.append(&2.5)?;
//! drop(journal);
//!
//! // The process dies while it writes a third record.
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
//! A line a record: eight hexadecimal digits of the CRC-32 of its text, a space, its text as JSON, a newline.
//! The first line is the header, which says what the records belong to. The file is locked while it is open,
//! so that two processes never write to one journal.
//!
//! # What survives what
//!
//! A record that [`append`](Journal::append) has returned from survives the end of the process, also by
//! SIGKILL. For the end of the machine, records are synchronised with the disk once a second and when
//! [`sync`](Journal::sync) is called. NaN and infinities have no JSON: a record's type has to say how they
//! are written.

#![warn(clippy::indexing_slicing)]

mod error;
mod file;
mod line;

pub use error::Error;
pub use file::Journal;
