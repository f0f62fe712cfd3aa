//! Markers and the segments that follow them: Annex B of the standard.

use crate::error::Error;

/// Iterates over the markers of a file.
pub(crate) struct Segments<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Segments<'a> {
    /// Starts after the start-of-image marker, which must be the first two bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.starts_with(&[0xFF, 0xD8]) {
            return Ok(Self { bytes, position: 2 });
        }
        let byte = |i: usize| bytes.get(i).copied().unwrap_or(0);
        Err(Error::NotJpeg { start: [byte(0), byte(1)] })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Continues at `position`, after an entropy-coded segment.
    pub(crate) fn seek(&mut self, position: usize) {
        self.position = position;
    }

    /// Returns the second byte of the next marker and skips the bytes before it, as libjpeg does.
    pub(crate) fn next_marker(&mut self) -> Result<u8, Error> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let found = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF));
        let start = found.ok_or_else(|| self.truncated())?;
        self.position += start + 2;
        Ok(rest[start + 1])
    }

    /// Returns the content of the segment whose marker was read last.
    pub(crate) fn content(&mut self) -> Result<Content<'a>, Error> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let length = rest.first_chunk().map(|&bytes| usize::from(u16::from_be_bytes(bytes)));
        let length = length.ok_or_else(|| self.truncated())?;
        if length < 2 {
            return Err(self.malformed(format!("a segment of {length} bytes"), "2 or more"));
        }
        let bytes = rest.get(2..length).ok_or_else(|| self.truncated())?;
        let position = self.position;
        self.position += length;
        Ok(Content { bytes, position })
    }

    fn truncated(&self) -> Error {
        Error::Truncated { length: self.bytes.len() }
    }

    pub(crate) fn malformed(&self, found: String, expected: &'static str) -> Error {
        Error::Malformed { position: self.position, found, expected }
    }
}

/// The bytes of a segment after its length, consumed from the front.
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a [u8],
    position: usize,
}

impl<'a> Content<'a> {
    /// Takes the next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else {
            let found = format!("a segment with {} more bytes", self.bytes.len());
            return Err(self.malformed(found, "as many as its content needs"));
        };
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn word(&mut self) -> Result<u16, Error> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Checks that no bytes are left.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        Err(self.malformed(format!("{} bytes too many in a segment", self.bytes.len()), "none"))
    }

    pub(crate) fn malformed(&self, found: String, expected: &'static str) -> Error {
        Error::Malformed { position: self.position, found, expected }
    }
}

#[cfg(test)]
mod tests {
    use super::Segments;
    use crate::error::Error;

    #[test]
    fn bytes_between_segments_are_skipped() {
        let bytes = [0xFF, 0xD8, 7, 0xFF, 0, 0xFF, 0xFF, 0xFE, 0, 3, 9, 0xFF, 0xD9];
        let mut segments = Segments::new(&bytes).unwrap();
        assert_eq!(segments.next_marker(), Ok(0xFE));
        let mut content = segments.content().unwrap();
        assert_eq!((content.byte(), content.end()), (Ok(9), Ok(())));
        assert_eq!(segments.next_marker(), Ok(0xD9));
        assert_eq!(segments.next_marker(), Err(Error::Truncated { length: 13 }));
    }

    #[test]
    fn a_segment_longer_than_the_file_is_truncated() {
        let mut segments = Segments::new(&[0xFF, 0xD8, 0xFF, 0xFE, 0, 9, 1]).unwrap();
        segments.next_marker().unwrap();
        assert_eq!(segments.content().err(), Some(Error::Truncated { length: 7 }));
    }

    #[test]
    fn a_segment_shorter_than_its_length_is_malformed() {
        let mut segments = Segments::new(&[0xFF, 0xD8, 0xFF, 0xFE, 0, 1, 1]).unwrap();
        segments.next_marker().unwrap();
        assert!(matches!(segments.content(), Err(Error::Malformed { position: 4, .. })));
    }
}
