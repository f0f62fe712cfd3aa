use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use bytes::Bytes;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

/// The standard library asks up to twice.
const ENOUGH: u8 = 8;

/// A parquet file that says a few times that it ends, and is an error to whoever reads on.
///
/// The parquet crate passes over what a page's header holds beyond what it knows. At the end of a file it goes on
/// passing over nothing, as often as a list claims to have entries, up to 2^31 times for each.
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
        Ok(BufReader::new(UntilItsEnd { file, said: 0 }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.0.get_bytes(start, length)
    }
}

pub(crate) struct UntilItsEnd {
    file: File,
    /// How often it has said that it ends.
    said: u8,
}

impl Read for UntilItsEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            if self.said == ENOUGH {
                let problem = "a page's header goes on beyond the file";
                return Err(io::Error::new(ErrorKind::UnexpectedEof, problem));
            }
            self.said += 1;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_and_is_an_error_to_whoever_reads_on() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&path, b"tiles").unwrap();
        let mut read = ShardFile(File::open(&path).unwrap()).get_read(2).unwrap();
        let mut text = String::new();
        assert_eq!(read.read_to_string(&mut text).unwrap(), 3);
        assert_eq!(text, "les");
        let last = (0..=ENOUGH).map(|_| read.read(&mut [0])).find(Result::is_err);
        assert_eq!(last.unwrap().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
