//! The tables that a file defines for its scans: B.2.4 of the standard.

use crate::error::Error;
use crate::huffman::HuffmanTable;
use crate::segment::Content;

/// The order in which coefficients are coded, from low to high frequencies: figure A.6, row by row.
///
/// The last 16 entries catch runs that leave the block, as in libjpeg.
pub(crate) const ZIGZAG: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// The quantisation and Huffman tables, as defined so far.
#[derive(Default)]
pub(crate) struct Tables {
    quantization: [Option<[i16; 64]>; 4],
    dc: [Option<Box<HuffmanTable>>; 4],
    ac: [Option<Box<HuffmanTable>>; 4],
}

impl Tables {
    /// Reads a DQT segment.
    pub(crate) fn define_quantization(&mut self, mut content: Content<'_>) -> Result<(), Error> {
        while !content.bytes.is_empty() {
            let head = content.byte()?;
            let mut table = [0; 64];
            for &at in &ZIGZAG[..64] {
                let step = if head >> 4 == 0 { content.byte()?.into() } else { content.word()? };
                // The lower 16 bits of a product are the same, signed or not.
                table[usize::from(at)] = step as i16;
            }
            let Some(slot) = self.quantization.get_mut(usize::from(head & 15)) else {
                return Err(content.malformed(format!("quantisation table {}", head & 15), "0 to 3"));
            };
            *slot = Some(table);
        }
        Ok(())
    }

    /// Reads a DHT segment.
    pub(crate) fn define_huffman(&mut self, mut content: Content<'_>) -> Result<(), Error> {
        while !content.bytes.is_empty() {
            let head = content.byte()?;
            let mut counts = [0; 16];
            counts.copy_from_slice(content.take(16)?);
            let symbols = content.take(counts.iter().map(|&count| usize::from(count)).sum())?;
            let is_dc = head & 0x10 == 0;
            if let Some(size) = symbols.iter().find(|&&size| is_dc && size > 15) {
                return Err(content.malformed(format!("a difference of {size} bits"), "0 to 15"));
            }
            let Some(table) = HuffmanTable::new(counts, symbols) else {
                return Err(
                    content.malformed(format!("{counts:?} Huffman codes"), "as many as their lengths admit")
                );
            };
            let slots = if is_dc { &mut self.dc } else { &mut self.ac };
            let Some(slot) = slots.get_mut(usize::from(head & !0x10)) else {
                return Err(content.malformed(format!("Huffman table {}", head & !0x10), "0 to 3"));
            };
            *slot = Some(Box::new(table));
        }
        Ok(())
    }

    /// Fills in missing Huffman tables with those of the standard, which the frames of Motion JPEG omit.
    pub(crate) fn use_standard_huffman(&mut self) {
        for (slots, standard) in [(&mut self.dc, &STANDARD_DC), (&mut self.ac, &STANDARD_AC)] {
            for (slot, &(counts, symbols)) in slots.iter_mut().zip(standard) {
                if slot.is_none() {
                    *slot = HuffmanTable::new(counts, symbols).map(Box::new);
                }
            }
        }
    }

    pub(crate) fn quantization(&self, index: u8) -> Option<&[i16; 64]> {
        self.quantization.get(usize::from(index))?.as_ref()
    }

    pub(crate) fn dc(&self, index: u8) -> Option<&HuffmanTable> {
        self.dc.get(usize::from(index))?.as_deref()
    }

    pub(crate) fn ac(&self, index: u8) -> Option<&HuffmanTable> {
        self.ac.get(usize::from(index))?.as_deref()
    }
}

type Definition = ([u8; 16], &'static [u8]);

/// Tables K.3 and K.4: first coefficients of luminance and chrominance.
const STANDARD_DC: [Definition; 2] = [
    ([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
];

/// Tables K.5 and K.6: further coefficients of luminance and chrominance.
const STANDARD_AC: [Definition; 2] = [
    (
        [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
        &[
            0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
            0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
            0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
            0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
            0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
            0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
            0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
            0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
            0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
            0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
            0xf9, 0xfa,
        ],
    ),
    (
        [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
        &[
            0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
            0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
            0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
            0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
            0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
            0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
            0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
            0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
            0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
            0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
            0xf9, 0xfa,
        ],
    ),
];
