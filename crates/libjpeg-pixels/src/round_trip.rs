use multiversion::multiversion;

use crate::color::ycbcr_row;
use crate::error::Error;
use crate::fdct::forward_dct;
use crate::frame::{Component, Frame};
use crate::idct::inverse_dct;
use crate::image::Image;
use crate::plane::Plane;
use crate::quantizer::Quantizer;
use crate::samples::{Samples, subsampled};
use crate::upsample::Upsampler;

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
    let quantizers = [Quantizer::luma(quality), Quantizer::chroma(quality), Quantizer::chroma(quality)];
    let components = frame.components.iter();
    let mut planes: Vec<Plane> =
        components.map(|component| Plane::new(component.stored_across, component.stored_down)).collect();
    // A row of units at a time.
    for (unit, rows) in pixels.chunks(16 * 3 * width).enumerate() {
        let samples = subsampled(rows, width, rows.len() / (3 * width));
        let components = frame.components.iter().zip(planes.iter_mut());
        for ((component, plane), (samples, quantizer)) in components.zip(samples.iter().zip(&quantizers)) {
            transform(unit, component, samples, quantizer, plane);
        }
    }
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

/// Transforms, quantises and transforms back the blocks of a channel in a row of units.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn transform(
    unit: usize,
    component: &Component,
    samples: &Samples,
    quantizer: &Quantizer,
    plane: &mut Plane,
) {
    for row in 0..component.vertical {
        let mut rows = [&[][..]; 8];
        for (i, line) in rows.iter_mut().enumerate() {
            *line = samples.row(8 * row + i).as_chunks::<8>().0;
        }
        for column in 0..component.blocks_across {
            let mut block = [0; 64];
            for (to, from) in block.as_chunks_mut::<8>().0.iter_mut().zip(rows) {
                for (to, &from) in to.iter_mut().zip(&from[column]) {
                    *to = i16::from(from) - 128;
                }
            }
            let coefficients = quantizer.round(&forward_dct(&block));
            plane.put(unit * component.vertical + row, column, &inverse_dct(&coefficients));
        }
    }
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
