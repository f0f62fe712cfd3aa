//! Encodes images and maps as PNG.

use ndarray::{ArrayView2, ArrayView3};
use png::{BitDepth, ColorType, Compression, Encoder};

use crate::channels::with_three_channels;
use crate::{Colormap, Error};

/// Encodes an image of one or three channels as an RGB file.
pub(crate) fn rgb(image: ArrayView3<'_, u8>) -> Result<Vec<u8>, Error> {
    let (height, width, _) = image.dim();
    let (values, _) = with_three_channels(image)?.into_raw_vec_and_offset();
    encode((height, width), ColorType::Rgb, None, &values)
}

/// Encodes the colours of a map as an indexed file, whose palette holds only the colours that occur.
pub(crate) fn map(map: ArrayView2<'_, f32>, colors: Colormap) -> Result<Vec<u8>, Error> {
    let entries: Vec<usize> = map.iter().map(|&value| colors.index(value)).collect();
    let mut used = [false; 256];
    entries.iter().for_each(|&entry| used[entry] = true);
    // In the colormap's order neighbouring pixels have neighbouring indices, which compress well.
    let mut palette: Vec<[u8; 3]> = Vec::new();
    let mut indices = [0; 256];
    for (entry, color) in colors.table().into_iter().enumerate().filter(|(entry, _)| used[*entry]) {
        // Some neighbouring entries have one colour.
        if palette.last() != Some(&color) {
            palette.push(color);
        }
        indices[entry] = (palette.len() - 1) as u8;
    }
    let values: Vec<u8> = entries.into_iter().map(|entry| indices[entry]).collect();
    encode(map.dim(), ColorType::Indexed, Some(palette.concat()), &values)
}

fn encode(
    (height, width): (usize, usize),
    kind: ColorType,
    palette: Option<Vec<u8>>,
    values: &[u8],
) -> Result<Vec<u8>, Error> {
    let side =
        |length: usize| u32::try_from(length).map_err(|_| Error::Size { width: u32::MAX, height: u32::MAX });
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, side(width)?, side(height)?);
    encoder.set_color(kind);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    let mut writer = encoder.write_header().map_err(Error::render)?;
    writer.write_image_data(values).map_err(Error::render)?;
    writer.finish().map_err(Error::render)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3};

    #[test]
    fn a_map_keeps_its_colours() {
        let values = Array2::from_shape_fn((5, 7), |(y, x)| (y as f32 - 2.0) / 3.0 + x as f32 / 50.0);
        for colors in [Colormap::Jet, Colormap::RedBlue] {
            let read = image::load_from_memory(&map(values.view(), colors).unwrap()).unwrap().to_rgb8();
            for ((y, x), &value) in values.indexed_iter() {
                assert_eq!(read.get_pixel(x as u32, y as u32).0, colors.color(value));
            }
        }
    }

    #[test]
    fn a_grey_image_is_written_as_rgb() {
        let image = Array3::from_shape_fn((2, 3, 1), |(y, x, _)| (10 * y + x) as u8);
        let read = image::load_from_memory(&rgb(image.view()).unwrap()).unwrap().to_rgb8();
        assert_eq!((read.dimensions(), read.get_pixel(2, 1).0), ((3, 2), [12, 12, 12]));
    }
}
