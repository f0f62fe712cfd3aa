//! The sequential processes, baseline and extended: F.2.2 of the standard.

use crate::bit_reader::BitReader;
use crate::huffman::HuffmanTable;
use crate::idct::inverse_dct;
use crate::plane::Plane;
use crate::scan::BlockDecoder;
use crate::tables::ZIGZAG;

/// Decodes complete blocks and transforms each at once.
pub(crate) struct Sequential<'a> {
    /// The channels of the scan, in its order.
    pub(crate) channels: Vec<SequentialChannel<'a>>,
}

pub(crate) struct SequentialChannel<'a> {
    pub(crate) dc: &'a HuffmanTable,
    pub(crate) ac: &'a HuffmanTable,
    pub(crate) quantization: &'a [i16; 64],
    pub(crate) plane: &'a mut Plane,
    /// The first coefficient of the previous block.
    pub(crate) prediction: i32,
}

impl BlockDecoder for Sequential<'_> {
    fn restart(&mut self) {
        self.channels.iter_mut().for_each(|channel| channel.prediction = 0);
    }

    #[inline]
    fn block(&mut self, bits: &mut BitReader<'_>, component: usize, row: usize, column: usize) {
        let channel = &mut self.channels[component];
        let mut block = [0_i16; 64];
        let size = bits.symbol(channel.dc);
        channel.prediction = channel.prediction.wrapping_add(bits.extended(size.into()));
        block[0] = (channel.prediction as i16).wrapping_mul(channel.quantization[0]);
        let mut k = 1;
        while k < 64 {
            let symbol = bits.symbol(channel.ac);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run != 15 {
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            // At most 63 + 15, and every entry of the table is less than 64.
            let at = usize::from(ZIGZAG[k] & 63);
            block[at] = (bits.extended(size) as i16).wrapping_mul(channel.quantization[at]);
            k += 1;
        }
        channel.plane.put(row, column, &inverse_dct(&block));
    }
}
