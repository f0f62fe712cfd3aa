//! Pictures as PNG files' bytes.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{ArrayView2, ArrayView3};
use png::{BitDepth, ColorType, Compression, Encoder};

use crate::overlay::with_three_channels;
use crate::{Colormap, Error};

/// A picture of one or three channels as an RGB file.
pub(crate) fn rgb(image: ArrayView3<'_, u8>) -> Result<Vec<u8>, Error> {
    let (height, width, _) = image.dim();
    let (values, _) = with_three_channels(image)?.into_raw_vec_and_offset();
    encode((height, width), ColorType::Rgb, None, &values)
}

/// A map's colours as an indexed file, with as many colours as it has.
pub(crate) fn map(map: ArrayView2<'_, f32>, colors: Colormap) -> Result<Vec<u8>, Error> {
    let colored: Vec<[u8; 3]> = map.iter().map(|&value| colors.color(value)).collect();
    let used: BTreeSet<[u8; 3]> = colored.iter().copied().collect();
    // In the colormap's order neighbouring pixels have neighbouring numbers, which compresses well.
    let mut palette = Vec::with_capacity(used.len());
    let mut numbers = BTreeMap::new();
    for color in colors.entries().filter(|color| used.contains(color)) {
        numbers.entry(color).or_insert_with(|| {
            palette.extend(color);
            (palette.len() / 3 - 1) as u8
        });
    }
    let indices: Vec<u8> = colored.iter().map(|color| numbers[color]).collect();
    encode(map.dim(), ColorType::Indexed, Some(palette), &indices)
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
    fn a_grey_picture_is_written_as_rgb() {
        let image = Array3::from_shape_fn((2, 3, 1), |(y, x, _)| (10 * y + x) as u8);
        let read = image::load_from_memory(&rgb(image.view()).unwrap()).unwrap().to_rgb8();
        assert_eq!((read.dimensions(), read.get_pixel(2, 1).0), ((3, 2), [12, 12, 12]));
    }
}
