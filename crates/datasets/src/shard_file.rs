use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use bytes::Bytes;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

/// Reads at the end of the file that are answered. The standard library makes up to two.
const READS_AT_END: u8 = 8;

/// A parquet file that fails when it is read too often past its end.
///
/// The parquet crate skips unknown fields of a page's header. At the end of the file it keeps skipping nothing,
/// once for each entry that a list claims to have, up to 2^31 times for each list.
pub(crate) struct ShardFile(pub(crate) File);

impl Length for ShardFile {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for ShardFile {
    type T = BufReader<UntilItsEnd>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let mut file = self.0.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(BufReader::new(UntilItsEnd { file, reads_at_end: 0 }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.0.get_bytes(start, length)
    }
}

pub(crate) struct UntilItsEnd {
    file: File,
    /// Number of reads at the end.
    reads_at_end: u8,
}

impl Read for UntilItsEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            if self.reads_at_end == READS_AT_END {
                let problem = "a page's header extends beyond the file";
                return Err(io::Error::new(ErrorKind::UnexpectedEof, problem));
            }
            self.reads_at_end += 1;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_on_past_the_end_fails() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&path, b"tiles").unwrap();
        let mut read = ShardFile(File::open(&path).unwrap()).get_read(2).unwrap();
        let mut text = String::new();
        assert_eq!(read.read_to_string(&mut text).unwrap(), 3);
        assert_eq!(text, "les");
        let last = (0..=READS_AT_END).map(|_| read.read(&mut [0])).find(Result::is_err);
        assert_eq!(last.unwrap().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
