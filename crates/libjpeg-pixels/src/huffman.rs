//! Huffman tables: Annex C and F.2.2.3 of the standard.

/// Codes of at most this many bits are found by one table lookup.
const LOOKUP_BITS: u32 = 9;

/// The codes of one table.
#[derive(Clone, Debug)]
pub(crate) struct HuffmanTable {
    /// For each prefix of 9 bits, the length of the code in the upper byte and its symbol in the lower; 0 for a
    /// longer code.
    lookup: [u16; 1 << LOOKUP_BITS],
    /// For each length above 9, one more than the largest code, left-aligned to 16 bits; 0 if there is none.
    ends: [u32; 17],
    /// For each length, the number to add to a code for the index of its symbol.
    offsets: [i32; 17],
    symbols: [u8; 256],
}

impl HuffmanTable {
    /// Builds the codes from the number of codes of each length from 1 to 16, and the symbols in the codes' order.
    ///
    /// `None` if there are more codes than their lengths allow, or if the numbers of symbols and codes differ.
    pub(crate) fn new(counts: [u8; 16], values: &[u8]) -> Option<Self> {
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        if total != values.len() || total > 256 {
            return None;
        }
        let mut table =
            Self { lookup: [0; 1 << LOOKUP_BITS], ends: [0; 17], offsets: [0; 17], symbols: [0; 256] };
        for (symbol, &value) in table.symbols.iter_mut().zip(values) {
            *symbol = value;
        }
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(&counts) {
            let first = code;
            table.offsets[length as usize] = index as i32 - first as i32;
            for &symbol in values.iter().skip(index).take(count.into()) {
                if code >= 1 << length {
                    return None;
                }
                if length <= LOOKUP_BITS {
                    let start = (code << (LOOKUP_BITS - length)) as usize;
                    let entries = table.lookup.iter_mut().skip(start).take(1 << (LOOKUP_BITS - length));
                    entries.for_each(|entry| *entry = (length as u16) << 8 | u16::from(symbol));
                }
                code += 1;
            }
            index += usize::from(count);
            if count > 0 {
                table.ends[length as usize] = code << (16 - length);
            }
            code <<= 1;
        }
        Some(table)
    }

    /// Returns the length and the symbol of the code that the 16 bits start with.
    #[inline]
    pub(crate) fn find(&self, bits: u16) -> Option<(u32, u8)> {
        let entry = self.lookup[usize::from(bits >> (16 - LOOKUP_BITS))];
        if entry != 0 {
            return Some((u32::from(entry >> 8), entry as u8));
        }
        self.find_long(bits)
    }

    #[cold]
    fn find_long(&self, bits: u16) -> Option<(u32, u8)> {
        let length = (LOOKUP_BITS + 1..=16).find(|&length| u32::from(bits) < self.ends[length as usize])?;
        let index = i32::from(bits >> (16 - length)) + self.offsets[length as usize];
        Some((length, self.symbols[usize::from(index as u8)]))
    }
}

#[cfg(test)]
mod tests {
    use super::HuffmanTable;

    fn counts(lengths: &[(usize, u8)]) -> [u8; 16] {
        let mut counts = [0; 16];
        lengths.iter().for_each(|&(length, count)| counts[length - 1] = count);
        counts
    }

    #[test]
    fn codes_count_up_within_a_length_and_double_between() {
        // 00, 01, 100, 1010: worked by hand from figure C.2.
        let table = HuffmanTable::new(counts(&[(2, 2), (3, 1), (4, 1)]), &[7, 8, 9, 10]).unwrap();
        assert_eq!(table.find(0b0011_1111 << 8), Some((2, 7)));
        assert_eq!(table.find(0b0100_0000 << 8), Some((2, 8)));
        assert_eq!(table.find(0b1001_1111 << 8), Some((3, 9)));
        assert_eq!(table.find(0b1010_0000 << 8), Some((4, 10)));
        assert_eq!(table.find(0b1011_0000 << 8), None);
    }

    #[test]
    fn long_codes_are_found() {
        // 0, then 12 bits: 1000_0000_0000 and the next, then 16 bits.
        let table = HuffmanTable::new(counts(&[(1, 1), (12, 2), (16, 1)]), &[1, 2, 3, 4]).unwrap();
        assert_eq!(table.find(0x7FFF), Some((1, 1)));
        assert_eq!(table.find(0x800F), Some((12, 2)));
        assert_eq!(table.find(0x8010), Some((12, 3)));
        assert_eq!(table.find(0x8020), Some((16, 4)));
        assert_eq!(table.find(0x8021), None);
        assert_eq!(table.find(0xFFFF), None);
    }

    #[test]
    fn more_codes_than_bits_admit_are_refused() {
        assert!(HuffmanTable::new(counts(&[(1, 3)]), &[1, 2, 3]).is_none());
        assert!(HuffmanTable::new(counts(&[(1, 2), (2, 1)]), &[1, 2, 3]).is_none());
        assert!(HuffmanTable::new(counts(&[(1, 2)]), &[1]).is_none());
        assert!(HuffmanTable::new(counts(&[(1, 2)]), &[1, 2]).is_some());
        assert!(HuffmanTable::new([0; 16], &[]).is_some());
    }
}
