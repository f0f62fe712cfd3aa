use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use ndarray::{Array3, s};

use super::Cell;
use crate::Error;
use crate::channels::with_three_channels;

/// White pixels between images.
const GAP: usize = 4;
const QUALITY: u8 = 80;

/// The images of several cells side by side, one cell per column, as a JPEG file; and its width and height.
pub(crate) fn jpeg(cells: &[Cell]) -> Result<(Vec<u8>, [usize; 2]), Error> {
    let strip = strip(cells)?;
    let (height, width, _) = strip.dim();
    let side = |side: usize| u32::try_from(side).map_err(Error::render);
    let mut file = Vec::new();
    let (values, _) = strip.into_raw_vec_and_offset();
    JpegEncoder::new_with_quality(&mut file, QUALITY)
        .write_image(&values, side(width)?, side(height)?, ExtendedColorType::Rgb8)
        .map_err(Error::render)?;
    Ok((file, [width, height]))
}

fn strip(cells: &[Cell]) -> Result<Array3<u8>, Error> {
    let lines = cells.iter().map(|cell| cell.images.len()).max().unwrap_or(0);
    let longest = |sides: &mut dyn Iterator<Item = usize>| sides.max().unwrap_or(0);
    let widths: Vec<usize> =
        cells.iter().map(|cell| longest(&mut cell.images.iter().map(|image| image.dim().1))).collect();
    let heights: Vec<usize> = (0..lines)
        .map(|line| longest(&mut cells.iter().filter_map(|cell| Some(cell.images.get(line)?.dim().0))))
        .collect();
    let extent = |sides: &[usize]| sides.iter().map(|side| side + GAP).sum::<usize>().saturating_sub(GAP);
    let mut strip = Array3::from_elem((extent(&heights), extent(&widths), 3), u8::MAX);
    let mut left = 0;
    for (cell, &column) in cells.iter().zip(&widths) {
        let mut top = 0;
        for (image, &row) in cell.images.iter().zip(&heights) {
            let image = with_three_channels(image.view())?;
            let (height, width, _) = image.dim();
            let (y, x) = (top + (row - height) / 2, left + (column - width) / 2);
            strip.slice_mut(s![y..y + height, x..x + width, ..]).assign(&image);
            top += row + GAP;
        }
        left += column + GAP;
    }
    Ok(strip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_images_are_centred_on_white() {
        let cell =
            |side: usize| Cell { caption: String::new(), images: vec![Array3::zeros((side, side, 1)); 2] };
        let strip = strip(&[cell(5), cell(3)]).unwrap();
        assert_eq!(strip.dim(), (14, 12, 3));
        let row: Vec<u8> = strip.slice(s![1, .., 0]).to_vec();
        assert_eq!(row, [0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0]);
        assert_eq!(strip[[0, 10, 0]], 255);
    }
}
