//! The bits of an entropy-coded segment.

use crate::huffman::HuffmanTable;

/// Reads bits, most significant first, up to the next marker, and zeros beyond it.
///
/// Errors are remembered instead of returned, so that the hot loops stay short: call [`Self::fault`] once per block.
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The next bits, left-aligned.
    buffer: u64,
    /// Number of bits in the buffer.
    available: u32,
    /// Number of zero bits that were added after the end of the segment.
    padding: u32,
    invalid_code: bool,
}

/// Why the bits read so far are invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// More bits were read than the segment has.
    Overrun,
    /// The bits are not a code of the Huffman table.
    InvalidCode,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, buffer: 0, available: 0, padding: 0, invalid_code: false }
    }

    /// The offset of a byte at or before the next marker, with only discarded bits in between.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    #[inline]
    pub(crate) fn fault(&self) -> Option<Fault> {
        // Added bits come last, so one was consumed as soon as fewer bits are left than were added.
        if self.available < self.padding {
            Some(Fault::Overrun)
        } else if self.invalid_code {
            Some(Fault::InvalidCode)
        } else {
            None
        }
    }

    /// Returns the symbol of the next Huffman code.
    #[inline]
    pub(crate) fn symbol(&mut self, table: &HuffmanTable) -> u8 {
        self.reserve();
        let (length, symbol) = table.find((self.buffer >> 48) as u16).unwrap_or_else(|| {
            self.invalid_code = true;
            (16, 0)
        });
        self.consume(length);
        symbol
    }

    /// Returns the next `count` bits, at most 16, as an unsigned number.
    #[inline]
    pub(crate) fn bits(&mut self, count: u32) -> i32 {
        self.reserve();
        self.reserved_bits(count)
    }

    /// Returns the signed number of `size` bits, at most 15, that follows a code: F.2.2.1, EXTEND.
    ///
    /// Call it after [`Self::symbol`], which has already fetched the bits.
    #[inline]
    pub(crate) fn extended(&mut self, size: u32) -> i32 {
        let value = self.reserved_bits(size);
        let threshold = (1 << size) >> 1;
        if value < threshold { value - (1 << size) + 1 } else { value }
    }

    #[inline]
    fn reserved_bits(&mut self, count: u32) -> i32 {
        debug_assert!(count <= 16 && count <= self.available);
        // Two shifts, since a shift by 64 would overflow.
        let value = (self.buffer >> 1 >> (63 - count)) as i32;
        self.consume(count);
        value
    }

    #[inline]
    fn consume(&mut self, count: u32) {
        self.buffer <<= count;
        self.available -= count;
    }

    /// Fetches bytes until there are 32 bits: a code and the number that follows it.
    #[inline]
    fn reserve(&mut self) {
        if self.available < 32 {
            self.refill();
        }
    }

    #[inline]
    fn refill(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        if let Some(chunk) = self.bytes.get(self.position..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_be_bytes(*chunk);
            // The usual test for a zero byte, of the complement: no 0xFF, so neither stuffing nor a marker.
            if (!word).wrapping_sub(ONES) & word & HIGHS == 0 {
                self.buffer |= word >> self.available;
                let whole = (63 - self.available) / 8;
                self.position += whole as usize;
                self.available += 8 * whole;
                return;
            }
        }
        self.refill_bytewise();
    }

    #[cold]
    fn refill_bytewise(&mut self) {
        while self.available <= 56 {
            let byte = match self.bytes.get(self.position) {
                Some(&0xFF) => {
                    let next = self.bytes.iter().skip(self.position).position(|&byte| byte != 0xFF);
                    match next.map(|fill| self.position + fill) {
                        // A stuffed zero, which fill bytes may precede.
                        Some(zero) if self.bytes.get(zero) == Some(&0) => {
                            self.position = zero + 1;
                            Some(0xFF)
                        }
                        _ => None,
                    }
                }
                Some(&byte) => {
                    self.position += 1;
                    Some(byte)
                }
                None => None,
            };
            match byte {
                Some(byte) => self.buffer |= u64::from(byte) << (56 - self.available),
                None => self.padding = self.padding.saturating_add(8),
            }
            self.available += 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BitReader, Fault};

    #[test]
    fn bits_come_most_significant_first() {
        let mut reader = BitReader::new(&[0b1010_0101, 0x0F], 0);
        assert_eq!(
            [reader.bits(1), reader.bits(3), reader.bits(8), reader.bits(0), reader.bits(4)],
            [1, 2, 0x50, 0, 15]
        );
        assert_eq!(reader.fault(), None);
    }

    #[test]
    fn a_stuffed_zero_is_left_out() {
        let mut reader = BitReader::new(&[0xFF, 0x00, 0x12, 0xFF, 0xFF, 0x00, 0x34], 0);
        assert_eq!([reader.bits(16), reader.bits(16)], [0xFF12, 0xFF34]);
    }

    #[test]
    fn reading_beyond_a_marker_is_a_fault() {
        let bytes = [0xAB, 0xFF, 0xD9, 1, 2, 3, 4, 5, 6, 7];
        let mut reader = BitReader::new(&bytes, 0);
        assert_eq!((reader.bits(8), reader.fault()), (0xAB, None));
        assert_eq!((reader.bits(1), reader.fault()), (0, Some(Fault::Overrun)));
        assert_eq!(reader.position(), 1);
        (0..100).for_each(|_| assert_eq!(reader.bits(16), 0));
        assert_eq!(reader.fault(), Some(Fault::Overrun));
    }

    #[test]
    fn long_runs_equal_byte_by_byte_reading() {
        let bytes: Vec<u8> = (0..200).map(|i: u32| (i * 37 % 251) as u8).collect();
        let mut reader = BitReader::new(&bytes, 0);
        for (i, pair) in bytes.chunks(2).enumerate() {
            let value =
                (reader.bits(i as u32 % 13) << (16 - i as u32 % 13)) | reader.bits(16 - i as u32 % 13);
            assert_eq!(value, i32::from(pair[0]) << 8 | i32::from(pair[1]));
        }
        assert_eq!(reader.fault(), None);
    }

    #[test]
    fn extended_numbers_are_symmetric() {
        // Size 3: 000 is -7, 011 is -4, 100 is 4, 111 is 7.
        let mut reader = BitReader::new(&[0b0000_1110, 0b0111_0000], 0);
        reader.bits(0);
        assert_eq!([(); 4].map(|()| reader.extended(3)), [-7, -4, 4, 7]);
        assert_eq!(reader.extended(0), 0);
    }
}
