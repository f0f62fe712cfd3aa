//! The progressive process: Annex G of the standard, as libjpeg's `jdphuff.c` reads it.

use crate::bit_reader::BitReader;
use crate::huffman::HuffmanTable;
use crate::idct::Block;
use crate::scan::BlockDecoder;
use crate::tables::ZIGZAG;

/// The coefficients of a channel, accumulated over the scans.
pub(crate) struct Coefficients {
    blocks: Vec<Block>,
    across: usize,
    /// For each coefficient, in zigzag order, the lowest bit known, or `None` if none is.
    known: [Option<u8>; 64],
}

impl Coefficients {
    /// All zero, for `across` x `down` blocks.
    pub(crate) fn new(across: usize, down: usize) -> Self {
        Self { blocks: vec![[0; 64]; across * down], across, known: [None; 64] }
    }

    /// The blocks, row by row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Block]> {
        self.blocks.chunks(self.across)
    }

    /// Records that a scan codes the coefficients from `first` to `last` down to the bit `low_bit`.
    pub(crate) fn note(&mut self, first: u8, last: u8, low_bit: u8) {
        let known = self.known.iter_mut().skip(first.into()).take(usize::from(last - first) + 1);
        known.for_each(|known| *known = Some(low_bit));
    }

    /// Whether libjpeg uses the blocks as they are: it estimates coefficients 1 to 9 unless all of them are exact.
    pub(crate) fn is_finished(&self) -> bool {
        self.known[0].is_some() && self.known[1..10].iter().all(|&known| known == Some(0))
    }
}

/// The four kinds of scan, with the table that each needs.
#[derive(Clone, Copy)]
pub(crate) enum Pass<'a> {
    FirstDc,
    RefineDc,
    FirstAc(&'a HuffmanTable),
    RefineAc(&'a HuffmanTable),
}

/// Decodes the part of each block that a scan codes.
pub(crate) struct Progressive<'a> {
    pub(crate) pass: Pass<'a>,
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) low_bit: u8,
    /// The scan's channels, with the tables of their first coefficients if the pass needs them.
    pub(crate) channels: Vec<ProgressiveChannel<'a>>,
    /// Number of blocks to come that have no further coefficients.
    pub(crate) end_of_band_run: u32,
}

pub(crate) struct ProgressiveChannel<'a> {
    pub(crate) coefficients: &'a mut Coefficients,
    pub(crate) dc: Option<&'a HuffmanTable>,
    pub(crate) prediction: i32,
}

impl BlockDecoder for Progressive<'_> {
    fn restart(&mut self) {
        self.end_of_band_run = 0;
        self.channels.iter_mut().for_each(|channel| channel.prediction = 0);
    }

    #[inline]
    fn block(&mut self, bits: &mut BitReader<'_>, component: usize, row: usize, column: usize) {
        let channel = &mut self.channels[component];
        let coefficients = &mut *channel.coefficients;
        let block = &mut coefficients.blocks[row * coefficients.across + column];
        match self.pass {
            Pass::FirstDc => {
                let size = channel.dc.map_or(0, |table| bits.symbol(table));
                channel.prediction = channel.prediction.wrapping_add(bits.extended(size.into()));
                block[0] = (channel.prediction << self.low_bit) as i16;
            }
            Pass::RefineDc => {
                if bits.bits(1) == 1 {
                    block[0] |= 1 << self.low_bit;
                }
            }
            Pass::FirstAc(table) => self.first_ac(bits, table, row, column),
            Pass::RefineAc(table) => self.refine_ac(bits, table, row, column),
        }
    }
}

impl Progressive<'_> {
    /// The block of the only channel, since scans of AC coefficients have one channel.
    fn block_at(&mut self, row: usize, column: usize) -> &mut Block {
        let coefficients = &mut *self.channels[0].coefficients;
        &mut coefficients.blocks[row * coefficients.across + column]
    }

    /// G.1.2.2: the upper bits of a band.
    fn first_ac(&mut self, bits: &mut BitReader<'_>, table: &HuffmanTable, row: usize, column: usize) {
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            return;
        }
        let (last, low_bit, mut k) = (self.last, self.low_bit, self.first);
        let block = self.block_at(row, column);
        while k <= last {
            let symbol = bits.symbol(table);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size > 0 {
                k += run;
                block[usize::from(ZIGZAG[k] & 63)] = (bits.extended(size) << low_bit) as i16;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                self.end_of_band_run = (1 << run) + bits.bits(run as u32) as u32 - 1;
                break;
            }
        }
    }

    /// G.1.2.3: one more bit of the coefficients that are not zero, and those that become so by this bit.
    fn refine_ac(&mut self, bits: &mut BitReader<'_>, table: &HuffmanTable, row: usize, column: usize) {
        let (last, bit, mut k) = (self.last, 1_i16 << self.low_bit, self.first);
        let mut end_of_band_run = self.end_of_band_run;
        let block = self.block_at(row, column);
        while end_of_band_run == 0 && k <= last {
            let symbol = bits.symbol(table);
            let (mut run, size) = (symbol >> 4, symbol & 15);
            let mut value = 0;
            if size > 0 {
                value = if bits.bits(1) == 1 { bit } else { -bit };
            } else if run != 15 {
                end_of_band_run = (1 << run) + bits.bits(run.into()) as u32;
                break;
            }
            // The run counts zero coefficients; the others are refined on the way.
            while k <= last {
                let coefficient = &mut block[usize::from(ZIGZAG[k] & 63)];
                if *coefficient != 0 {
                    refine(coefficient, bits, bit);
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if value != 0 {
                block[usize::from(ZIGZAG[k] & 63)] = value;
            }
            k += 1;
        }
        if end_of_band_run > 0 {
            for &at in ZIGZAG[..=last].iter().skip(k) {
                let coefficient = &mut block[usize::from(at & 63)];
                if *coefficient != 0 {
                    refine(coefficient, bits, bit);
                }
            }
            end_of_band_run -= 1;
        }
        self.end_of_band_run = end_of_band_run;
    }
}

#[inline]
fn refine(coefficient: &mut i16, bits: &mut BitReader<'_>, bit: i16) {
    if bits.bits(1) == 1 && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient >= 0 { bit } else { -bit });
    }
}
