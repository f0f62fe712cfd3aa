//! The channels of a frame, which scans fill in and which then become pixels.

use crate::color::{ColorSpace, grey_row, rgb_row, ycbcr_row};
use crate::error::{Error, Feature};
use crate::frame::{Component, Frame};
use crate::idct::inverse_dct;
use crate::image::Image;
use crate::plane::Plane;
use crate::progressive::{Coefficients, Pass, Progressive, ProgressiveChannel};
use crate::scan::{Scan, ScanComponent};
use crate::segment::Segments;
use crate::sequential::{Sequential, SequentialChannel};
use crate::tables::Tables;
use crate::upsample::Upsampler;

/// A frame and the part of it that has been decoded.
pub(crate) struct FrameBuffer {
    frame: Frame,
    /// The tables that were defined at each channel's first scan. libjpeg uses these, too.
    quantization: Vec<Option<[i16; 64]>>,
    content: Content,
}

/// What is stored of each channel.
enum Content {
    /// Samples, since each block is complete.
    Sequential(Vec<Plane>),
    /// Coefficients, since a block is spread over several scans.
    Progressive(Vec<Coefficients>),
}

impl FrameBuffer {
    /// Creates the buffer of a frame that has no scans yet.
    pub(crate) fn new(frame: Frame) -> Self {
        let size = |component: &Component| (component.stored_across, component.stored_down);
        let sizes = frame.components.iter().map(size);
        let content = if frame.progressive {
            Content::Progressive(sizes.map(|(across, down)| Coefficients::new(across, down)).collect())
        } else {
            Content::Sequential(sizes.map(|(across, down)| Plane::new(across, down)).collect())
        };
        Self { quantization: vec![None; frame.components.len()], content, frame }
    }

    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Reads the blocks that follow the header of `scan`.
    pub(crate) fn scan(
        &mut self,
        scan: &Scan,
        tables: &Tables,
        segments: &mut Segments<'_>,
        restart_interval: usize,
    ) -> Result<(), Error> {
        for &ScanComponent { index, .. } in &scan.components {
            let latched = &mut self.quantization[index];
            if latched.is_some() && !self.frame.progressive {
                return Err(segments.malformed("a second scan of a channel".into(), "one"));
            }
            if latched.is_none() {
                let table = self.frame.components[index].quantization_index;
                *latched = Some(*tables.quantization(table).ok_or_else(|| {
                    segments.malformed(
                        format!("a channel of quantisation table {table}"),
                        "a table defined before",
                    )
                })?);
            }
        }
        let frame = &self.frame;
        match &mut self.content {
            Content::Sequential(planes) => {
                let mut channels = Vec::new();
                for (component, plane) in in_scan_order(scan, planes) {
                    let table = self.quantization[component.index].as_ref();
                    let quantization =
                        table.ok_or_else(|| segments.malformed("no table".into(), "a table"))?;
                    let no_table =
                        || segments.malformed("a Huffman table not defined".into(), "one defined before");
                    let dc = tables.dc(component.dc_table).ok_or_else(no_table)?;
                    let ac = tables.ac(component.ac_table).ok_or_else(no_table)?;
                    channels.push(SequentialChannel { dc, ac, quantization, plane, prediction: 0 });
                }
                scan.decode_blocks(frame, segments, restart_interval, &mut Sequential { channels })
            }
            Content::Progressive(coefficients) => {
                let pass = progressive_pass(scan, tables, segments)?;
                let mut channels = Vec::new();
                for (component, coefficients) in in_scan_order(scan, coefficients) {
                    coefficients.note(scan.first, scan.last, scan.low_bit);
                    let dc = tables.dc(component.dc_table);
                    if dc.is_none() && matches!(pass, Pass::FirstDc) {
                        return Err(
                            segments.malformed("a Huffman table not defined".into(), "one defined before")
                        );
                    }
                    channels.push(ProgressiveChannel { coefficients, dc, prediction: 0 });
                }
                let (first, last) = (scan.first.into(), scan.last.into());
                let mut decoder =
                    Progressive { pass, first, last, low_bit: scan.low_bit, channels, end_of_band_run: 0 };
                scan.decode_blocks(frame, segments, restart_interval, &mut decoder)
            }
        }
    }

    /// Returns the pixels, after the last scan.
    pub(crate) fn image(self, color_space: ColorSpace, segments: &Segments<'_>) -> Result<Image, Error> {
        let Some(quantization) = self.quantization.into_iter().collect::<Option<Vec<_>>>() else {
            return Err(
                segments.malformed("the end of the image".into(), "a scan of every channel before it")
            );
        };
        let planes = match self.content {
            Content::Sequential(planes) => planes,
            Content::Progressive(coefficients) => {
                if !coefficients.iter().all(Coefficients::is_finished) {
                    return Err(Error::Unsupported { feature: Feature::UnfinishedProgression });
                }
                let channels = coefficients.into_iter().zip(&quantization).zip(&self.frame.components);
                channels.map(|((blocks, table), component)| plane(&blocks, table, component)).collect()
            }
        };
        let (width, height) = (self.frame.width, self.frame.height);
        let mut pixels = vec![0; 3 * width * height];
        let channels = self.frame.components.iter().zip(&planes);
        let mut upsamplers: Vec<_> =
            channels.map(|(component, plane)| Upsampler::new(&self.frame, component, plane)).collect();
        for (y, row) in pixels.chunks_exact_mut(3 * width).enumerate() {
            match &mut upsamplers[..] {
                [grey] => grey_row(grey.row(y), row),
                [first, second, third] => {
                    let channels = [first.row(y), second.row(y), third.row(y)];
                    match color_space {
                        ColorSpace::Rgb => rgb_row(channels, row),
                        ColorSpace::YCbCr => ycbcr_row(channels, row),
                    }
                }
                // The frame has one channel or three.
                _ => {}
            }
        }
        Ok(Image::new(width, height, pixels))
    }
}

/// Pairs the channels of a scan with their stored contents.
fn in_scan_order<'a, T>(
    scan: &'a Scan,
    stored: &'a mut [T],
) -> impl Iterator<Item = (&'a ScanComponent, &'a mut T)> {
    let mut slots: Vec<Option<&mut T>> = stored.iter_mut().map(Some).collect();
    scan.components
        .iter()
        .filter_map(move |component| Some((component, slots.get_mut(component.index)?.take()?)))
}

/// Checks which coefficients and bits a progressive scan codes, as `start_pass_phuff_decoder` does.
fn progressive_pass<'a>(scan: &Scan, tables: &'a Tables, segments: &Segments<'_>) -> Result<Pass<'a>, Error> {
    let &Scan { ref components, first, last, high_bit, low_bit } = scan;
    let band = if first == 0 { last == 0 } else { first <= last && last < 64 && components.len() == 1 };
    if !band {
        let found = format!("coefficients {first} to {last} of {} channels", components.len());
        return Err(segments.malformed(found, "the first of all channels, or further ones of one"));
    }
    if (high_bit != 0 && low_bit + 1 != high_bit) || low_bit > 13 {
        let found = format!("bits {high_bit} down to {low_bit}");
        return Err(segments.malformed(found, "one less in each refinement, and at most 13"));
    }
    let ac = || {
        let table = components.first().and_then(|component| tables.ac(component.ac_table));
        table.ok_or_else(|| segments.malformed("a Huffman table not defined".into(), "one defined before"))
    };
    Ok(match (first, high_bit) {
        (0, 0) => Pass::FirstDc,
        (0, _) => Pass::RefineDc,
        (_, 0) => Pass::FirstAc(ac()?),
        _ => Pass::RefineAc(ac()?),
    })
}

/// Transforms all blocks of a channel.
fn plane(coefficients: &Coefficients, table: &[i16; 64], component: &Component) -> Plane {
    let mut plane = Plane::new(component.stored_across, component.stored_down);
    for (row, blocks) in coefficients.rows().enumerate() {
        for (column, block) in blocks.iter().enumerate() {
            let mut scaled = *block;
            scaled.iter_mut().zip(table).for_each(|(value, &step)| *value = value.wrapping_mul(step));
            plane.put(row, column, &inverse_dct(&scaled));
        }
    }
    plane
}
