//! A scan: which channels it codes, and the pass over their blocks (B.2.3, A.2 and F.2.1 of the standard).

use crate::bit_reader::{BitReader, Fault};
use crate::error::Error;
use crate::frame::Frame;
use crate::segment::{Content, Segments};

/// The header of a scan.
pub(crate) struct Scan {
    pub(crate) components: Vec<ScanComponent>,
    /// The first and the last coefficient coded, in zigzag order.
    pub(crate) first: u8,
    pub(crate) last: u8,
    /// The lowest bit coded by the scan that this one refines, or 0.
    pub(crate) high_bit: u8,
    /// The lowest bit coded.
    pub(crate) low_bit: u8,
}

/// A channel of a scan.
pub(crate) struct ScanComponent {
    /// Its index in the frame.
    pub(crate) index: usize,
    pub(crate) dc_table: u8,
    pub(crate) ac_table: u8,
}

/// Decodes the bits of one block by one of the coding processes.
pub(crate) trait BlockDecoder {
    /// Resets the state that is carried from block to block.
    fn restart(&mut self);

    /// Reads the block at `row` and `column` of the scan's channel `component`.
    fn block(&mut self, bits: &mut BitReader<'_>, component: usize, row: usize, column: usize);
}

impl Scan {
    /// Reads an SOS segment.
    pub(crate) fn read(frame: &Frame, mut content: Content<'_>) -> Result<Self, Error> {
        let count = content.byte()?;
        if !(1..=3).contains(&count) {
            return Err(content.malformed(format!("a scan of {count} channels"), "1 to 3"));
        }
        let mut components: Vec<ScanComponent> = Vec::new();
        for _ in 0..count {
            let (id, tables) = (content.byte()?, content.byte()?);
            // Several channels may have the same name; each is meant once.
            let unused = |index: usize| components.iter().all(|component| component.index != index);
            let index = (0..frame.components.len()).find(|&i| frame.components[i].id == id && unused(i));
            let Some(index) = index else {
                return Err(
                    content.malformed(format!("a scan of channel {id}"), "a channel of the frame, once")
                );
            };
            components.push(ScanComponent { index, dc_table: tables >> 4, ac_table: tables & 15 });
        }
        let (first, last, bits) = (content.byte()?, content.byte()?, content.byte()?);
        content.end()?;
        let size = |component: &ScanComponent| {
            let component = &frame.components[component.index];
            component.horizontal * component.vertical
        };
        let blocks: usize = components.iter().map(size).sum();
        if components.len() > 1 && blocks > 10 {
            return Err(content.malformed(format!("units of {blocks} blocks"), "at most 10"));
        }
        Ok(Self { components, first, last, high_bit: bits >> 4, low_bit: bits & 15 })
    }

    /// Reads the blocks that follow the header, and leaves `segments` after them.
    pub(crate) fn decode_blocks(
        &self,
        frame: &Frame,
        segments: &mut Segments<'_>,
        restart_interval: usize,
        decoder: &mut impl BlockDecoder,
    ) -> Result<(), Error> {
        let mut bits = BitReader::new(segments.bytes(), segments.position());
        let interval = if restart_interval == 0 { usize::MAX } else { restart_interval };
        let (mut to_go, mut restarts) = (interval, 0_u8);
        let alone = match &self.components[..] {
            [component] => Some(&frame.components[component.index]),
            _ => None,
        };
        let (across, down) =
            alone.map_or_else(|| frame.units(), |component| (component.blocks_across, component.blocks_down));
        for unit_row in 0..down {
            for unit_column in 0..across {
                if to_go == 0 {
                    segments.seek(bits.position());
                    let marker = segments.next_marker()?;
                    if marker != 0xD0 + restarts {
                        return Err(segments
                            .malformed(format!("the marker ff {marker:02x}"), "the next restart marker"));
                    }
                    (to_go, restarts) = (interval, (restarts + 1) % 8);
                    bits = BitReader::new(segments.bytes(), segments.position());
                    decoder.restart();
                }
                to_go -= 1;
                if alone.is_some() {
                    decoder.block(&mut bits, 0, unit_row, unit_column);
                } else {
                    self.decode_unit(frame, &mut bits, (unit_row, unit_column), decoder);
                }
                if let Some(fault) = bits.fault() {
                    return Err(faulty(&bits, fault, segments));
                }
            }
        }
        segments.seek(bits.position());
        Ok(())
    }

    /// Reads a unit of all channels: as many blocks of each as its sampling factors say.
    #[inline]
    fn decode_unit(
        &self,
        frame: &Frame,
        bits: &mut BitReader<'_>,
        (unit_row, unit_column): (usize, usize),
        decoder: &mut impl BlockDecoder,
    ) {
        for (i, component) in self.components.iter().enumerate() {
            let component = &frame.components[component.index];
            for row in 0..component.vertical {
                for column in 0..component.horizontal {
                    let (row, column) =
                        (unit_row * component.vertical + row, unit_column * component.horizontal + column);
                    decoder.block(bits, i, row, column);
                }
            }
        }
    }
}

fn faulty(bits: &BitReader<'_>, fault: Fault, segments: &Segments<'_>) -> Error {
    let (position, length) = (bits.position(), segments.bytes().len());
    let is_over = segments.bytes().iter().skip(position).all(|&byte| byte == 0xFF);
    match fault {
        Fault::Overrun if is_over => Error::Truncated { length },
        Fault::Overrun => Error::Malformed {
            position,
            found: "a marker within the coded blocks".into(),
            expected: "as many blocks as the image has",
        },
        Fault::InvalidCode => {
            Error::Malformed { position, found: "bits that are no Huffman code".into(), expected: "a code" }
        }
    }
}
