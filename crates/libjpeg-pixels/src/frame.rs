//! The frame: the size of the image and how its channels are sampled (B.2.2 and A.1 of the standard).

use crate::error::{Error, Feature};
use crate::limits::Limits;
use crate::segment::{Content, Segments};

/// The size, the coding process and the channels of an image.
pub(crate) struct Frame {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) progressive: bool,
    /// One or three.
    pub(crate) components: Vec<Component>,
    pub(crate) max_horizontal: usize,
    pub(crate) max_vertical: usize,
}

/// How a channel is sampled and stored.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) id: u8,
    /// The sampling factors, 1 to 4.
    pub(crate) horizontal: usize,
    pub(crate) vertical: usize,
    pub(crate) quantization_index: u8,
    /// The size of the image in this channel, rounded up.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// The blocks that hold these samples. A scan of this channel alone codes exactly these.
    pub(crate) blocks_across: usize,
    pub(crate) blocks_down: usize,
    /// The blocks of whole units of all channels. All of these are stored.
    pub(crate) stored_across: usize,
    pub(crate) stored_down: usize,
}

impl Frame {
    /// Reads the segment after the marker `SOF0`, `SOF1` or `SOF2`.
    pub(crate) fn read(
        segments: &Segments<'_>,
        mut content: Content<'_>,
        progressive: bool,
        limits: Limits,
    ) -> Result<Self, Error> {
        let bits = content.byte()?;
        if bits != 8 {
            return Err(Error::Unsupported { feature: Feature::Precision { bits } });
        }
        let (height, width) = (usize::from(content.word()?), usize::from(content.word()?));
        if width == 0 || height == 0 {
            return Err(content.malformed(format!("an image of {width} x {height} pixels"), "at least 1 x 1"));
        }
        let count = content.byte()?;
        if !matches!(count, 1 | 3) {
            return Err(Error::Unsupported { feature: Feature::Channels { count } });
        }
        if width.checked_mul(height).is_none_or(|pixels| pixels > limits.max_pixels) {
            return Err(Error::TooManyPixels { width, height, max_pixels: limits.max_pixels });
        }
        let mut frame =
            Self { width, height, progressive, components: Vec::new(), max_horizontal: 1, max_vertical: 1 };
        for _ in 0..count {
            frame.components.push(read_component(&mut content)?);
        }
        content.end()?;
        frame.lay_out();
        // Each block takes at least one bit of a first scan, so the file is too short for these.
        let blocks: usize =
            frame.components.iter().map(|component| component.blocks_across * component.blocks_down).sum();
        if blocks / 8 > segments.bytes().len() {
            return Err(Error::Truncated { length: segments.bytes().len() });
        }
        let ratio = |component: &Component| {
            frame.max_horizontal.is_multiple_of(component.horizontal)
                && frame.max_vertical.is_multiple_of(component.vertical)
        };
        if !frame.components.iter().all(ratio) {
            return Err(Error::Unsupported { feature: Feature::FractionalSampling });
        }
        Ok(frame)
    }

    /// The frame of libjpeg's default encoding: luminance, and chrominance of half the width and height.
    pub(crate) fn subsampled(width: usize, height: usize) -> Self {
        let component = |id, factor| component(id, (factor, factor), u8::from(id > 1));
        let components = vec![component(1, 2), component(2, 1), component(3, 1)];
        let mut frame =
            Self { width, height, progressive: false, components, max_horizontal: 1, max_vertical: 1 };
        frame.lay_out();
        frame
    }

    /// Returns the number of units of all channels, across and down.
    pub(crate) fn units(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.max_horizontal), self.height.div_ceil(8 * self.max_vertical))
    }

    fn lay_out(&mut self) {
        self.max_horizontal = self.components.iter().map(|component| component.horizontal).max().unwrap_or(1);
        self.max_vertical = self.components.iter().map(|component| component.vertical).max().unwrap_or(1);
        let (across, down) = self.units();
        for component in &mut self.components {
            component.width = (self.width * component.horizontal).div_ceil(self.max_horizontal);
            component.height = (self.height * component.vertical).div_ceil(self.max_vertical);
            component.blocks_across = component.width.div_ceil(8);
            component.blocks_down = component.height.div_ceil(8);
            component.stored_across = across * component.horizontal;
            component.stored_down = down * component.vertical;
        }
    }
}

fn read_component(content: &mut Content<'_>) -> Result<Component, Error> {
    let (id, sampling, quantization_index) = (content.byte()?, content.byte()?, content.byte()?);
    let (horizontal, vertical) = (usize::from(sampling >> 4), usize::from(sampling & 15));
    if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) {
        return Err(content.malformed(format!("sampling factors {horizontal} x {vertical}"), "1 to 4"));
    }
    Ok(component(id, (horizontal, vertical), quantization_index))
}

/// A channel whose size is not known yet.
fn component(id: u8, (horizontal, vertical): (usize, usize), quantization_index: u8) -> Component {
    let (width, height, blocks_across, blocks_down, stored_across, stored_down) = (0, 0, 0, 0, 0, 0);
    Component {
        id,
        horizontal,
        vertical,
        quantization_index,
        width,
        height,
        blocks_across,
        blocks_down,
        stored_across,
        stored_down,
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use crate::error::{Error, Feature};
    use crate::limits::Limits;
    use crate::segment::Segments;

    /// Reads a frame of the given size with the given sampling factors, in a file long enough for it.
    fn frame(width: u16, height: u16, sampling: &[u8]) -> Result<Frame, Error> {
        let mut bytes = vec![0xFF, 0xD8, 0, 8 + 3 * sampling.len() as u8, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.push(sampling.len() as u8);
        sampling.iter().for_each(|&sampling| bytes.extend([1, sampling, 0]));
        bytes.resize(10_000, 0);
        let mut segments = Segments::new(&bytes)?;
        let content = segments.content()?;
        Frame::read(&segments, content, false, Limits::default())
    }

    #[test]
    fn sizes_round_up_to_samples_blocks_and_units() {
        // 4:2:0, 35 x 17: 3 x 2 units of 16 x 16.
        let frame = frame(35, 17, &[0x22, 0x11, 0x11]).unwrap();
        assert_eq!(frame.units(), (3, 2));
        let [luma, chroma, _] = &frame.components[..] else { panic!() };
        assert_eq!((luma.width, luma.height, luma.blocks_across, luma.blocks_down), (35, 17, 5, 3));
        assert_eq!((luma.stored_across, luma.stored_down), (6, 4));
        assert_eq!((chroma.width, chroma.height, chroma.blocks_across, chroma.blocks_down), (18, 9, 3, 2));
        assert_eq!((chroma.stored_across, chroma.stored_down), (3, 2));
    }

    #[test]
    fn what_libjpeg_refuses_is_refused() {
        assert!(matches!(frame(0, 5, &[0x11]), Err(Error::Malformed { .. })));
        assert!(matches!(frame(5, 5, &[0x51]), Err(Error::Malformed { .. })));
        assert!(matches!(frame(5, 5, &[0x10]), Err(Error::Malformed { .. })));
        let feature = Feature::FractionalSampling;
        assert_eq!(frame(5, 5, &[0x31, 0x21, 0x11]).err(), Some(Error::Unsupported { feature }));
        let feature = Feature::Channels { count: 4 };
        assert_eq!(frame(5, 5, &[0x11; 4]).err(), Some(Error::Unsupported { feature }));
    }

    #[test]
    fn a_size_that_the_file_cannot_hold_is_refused_before_memory_is_claimed() {
        assert_eq!(frame(16_000, 16_000, &[0x11]).err(), Some(Error::Truncated { length: 10_000 }));
        assert!(matches!(frame(65_535, 65_535, &[0x11]), Err(Error::TooManyPixels { width: 65_535, .. })));
    }
}
