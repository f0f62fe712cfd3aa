use crate::color::ycbcr_row;
use crate::error::Error;
use crate::fdct::forward_dct;
use crate::frame::{Component, Frame};
use crate::idct::inverse_dct;
use crate::image::Image;
use crate::plane::Plane;
use crate::upsample::Upsampler;

/// The quantisation tables of the standard's annex K, for quality 50.
const LUMA: [i32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA: [i32; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Returns what an image becomes when it is saved as JPEG and read again.
///
/// `pixels` are `height` rows of `width` red, green and blue values. They are saved as libjpeg does by default, and
/// Pillow with it: 4:2:0, the standard's quantisation tables scaled to `quality`, the accurate integer transform. The
/// entropy coding, which loses nothing, is left out.
///
/// ```
/// let grey = [128; 3 * 20 * 10];
/// let image = libjpeg_pixels::round_trip(&grey, 20, 10, 75)?;
/// assert_eq!(image.pixels(), grey);
/// assert!(libjpeg_pixels::round_trip(&grey, 20, 10, 0).is_err());
/// # Ok::<(), libjpeg_pixels::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Encode`] unless there are as many pixels as width and height say, at least one, and `quality` is from 1
/// to 100.
pub fn round_trip(pixels: &[u8], width: usize, height: usize, quality: u8) -> Result<Image, Error> {
    let refuse = |found: String, expected| Err(Error::Encode { found, expected });
    if width == 0 || height == 0 || width > 65_535 || height > 65_535 {
        return refuse(format!("{width} x {height} pixels"), "from 1 x 1 to 65535 x 65535");
    }
    if pixels.len() != 3 * width * height {
        return refuse(format!("{} values", pixels.len()), "three per pixel");
    }
    if !(1..=100).contains(&quality) {
        return refuse(format!("quality {quality}"), "from 1 to 100");
    }
    let frame = Frame::subsampled(width, height);
    let tables = [table(&LUMA, quality), table(&CHROMA, quality), table(&CHROMA, quality)];
    let channels = [luma, blue, red];
    let planes: Vec<Plane> = frame
        .components
        .iter()
        .zip(channels)
        .zip(&tables)
        .map(|((component, channel), table)| {
            let samples = Samples::new(pixels, (width, height), component.horizontal == 1, channel);
            plane(component, &samples, table)
        })
        .collect();
    let mut upsamplers: Vec<_> = frame
        .components
        .iter()
        .zip(&planes)
        .map(|(component, plane)| Upsampler::new(&frame, component, plane))
        .collect();
    let mut pixels = vec![0; 3 * width * height];
    for (y, row) in pixels.chunks_exact_mut(3 * width).enumerate() {
        if let [luma, blue, red] = &mut upsamplers[..] {
            ycbcr_row([luma.row(y), blue.row(y), red.row(y)], row);
        }
    }
    Ok(Image::new(width, height, pixels))
}

/// Scales a table as `jpeg_set_quality` does.
fn table(standard: &[i32; 64], quality: u8) -> [i32; 64] {
    let quality = i32::from(quality);
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    standard.map(|step| ((step * percent + 50) / 100).clamp(1, 255))
}

// From red, green and blue with 16 bits of fraction, as `jccolor.c` rounds.

fn luma([red, green, blue]: [i32; 3]) -> u8 {
    ((19_595 * red + 38_470 * green + 7_471 * blue + (1 << 15)) >> 16) as u8
}

fn blue([red, green, blue]: [i32; 3]) -> u8 {
    ((-11_059 * red - 21_709 * green + (blue << 15) + (128 << 16) + (1 << 15) - 1) >> 16) as u8
}

fn red([red, green, blue]: [i32; 3]) -> u8 {
    (((red << 15) - 27_439 * green - 5_329 * blue + (128 << 16) + (1 << 15) - 1) >> 16) as u8
}

/// A channel, its last row and column repeated as often as needed.
struct Samples {
    values: Vec<u8>,
    width: usize,
}

impl Samples {
    fn new(
        pixels: &[u8],
        (width, height): (usize, usize),
        halved: bool,
        channel: fn([i32; 3]) -> u8,
    ) -> Self {
        let rows = pixels.as_chunks::<3>().0.chunks_exact(width);
        let convert = |pixel: &[u8; 3]| channel(pixel.map(i32::from));
        let values: Vec<u8> = rows.flatten().map(convert).collect();
        let full = Self { values, width };
        if !halved {
            return full;
        }
        // Columns are repeated up to whole units before they are halved.
        let across = 8 * width.div_ceil(16);
        let half = |(y, x): (usize, usize)| {
            let sum = [(0, 0), (0, 1), (1, 0), (1, 1)]
                .map(|(j, i)| u16::from(full.at(2 * y + j, 2 * x + i)))
                .iter()
                .sum::<u16>();
            // Alternately rounded up and down.
            ((sum + 1 + (x % 2) as u16) >> 2) as u8
        };
        let values =
            (0..height.div_ceil(2)).flat_map(|y| (0..across).map(move |x| (y, x))).map(half).collect();
        Self { values, width: across }
    }

    fn at(&self, y: usize, x: usize) -> u8 {
        let y = y.min(self.values.len() / self.width - 1);
        self.values[y * self.width + x.min(self.width - 1)]
    }
}

/// Transforms, quantises and transforms back each block of a channel.
fn plane(component: &Component, samples: &Samples, table: &[i32; 64]) -> Plane {
    let mut plane = Plane::new(component.stored_across, component.stored_down);
    for row in 0..component.blocks_down {
        for column in 0..component.blocks_across {
            let block =
                std::array::from_fn(|i| i16::from(samples.at(8 * row + i / 8, 8 * column + i % 8)) - 128);
            let mut coefficients = forward_dct(&block);
            for (coefficient, &step) in coefficients.iter_mut().zip(table) {
                let value = i32::from(*coefficient);
                *coefficient = (value.signum() * ((value.abs() + 4 * step) / (8 * step)) * step) as i16;
            }
            plane.put(row, column, &inverse_dct(&coefficients));
        }
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_and_quality_is_taken() {
        for (width, height) in [(1, 1), (2, 3), (3, 2), (5, 4), (16, 16), (17, 33), (40, 31)] {
            let pixels: Vec<u8> = (0..3 * width * height).map(|i| (i * 7 % 251) as u8).collect();
            for quality in [1, 7, 49, 50, 100] {
                let image = round_trip(&pixels, width, height, quality).unwrap();
                assert_eq!(
                    (image.width(), image.height(), image.pixels().len()),
                    (width, height, pixels.len())
                );
            }
        }
    }

    #[test]
    fn the_best_quality_keeps_grey_images_within_two_levels() {
        let pixels: Vec<u8> = (0..32 * 24).flat_map(|i| [(i * 5 % 256) as u8; 3]).collect();
        let image = round_trip(&pixels, 32, 24, 100).unwrap();
        assert!(image.pixels().iter().zip(&pixels).all(|(ours, theirs)| ours.abs_diff(*theirs) <= 2));
    }

    #[test]
    fn what_cannot_be_saved_is_refused_by_name() {
        let error = round_trip(&[0; 11], 2, 2, 75).unwrap_err();
        assert_eq!(error.to_string(), "cannot encode 11 values, expected three per pixel");
        assert!(round_trip(&[], 0, 4, 75).is_err());
        assert!(round_trip(&[0; 3], 1, 1, 101).is_err());
    }
}
