//! Reduces images and maps to the size at which they are shown.

use image::imageops;
use image::{ImageBuffer, Luma, Rgb};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, s};

use crate::Error;
use crate::channels::with_three_channels;

/// The width and height at which neither side is longer than `longest`; none if that is so already.
fn reduced((height, width): (usize, usize), longest: usize) -> Option<(u32, u32)> {
    let side = |length: usize| (length * longest).div_ceil(height.max(width)) as u32;
    (height.max(width) > longest).then(|| (side(width), side(height)))
}

/// Returns an image of one or three channels as RGB, reduced to at most `longest` pixels on either side by averaging.
pub(crate) fn image(image: ArrayView3<'_, u8>, longest: usize) -> Result<Array3<u8>, Error> {
    let (height, width, channels) = image.dim();
    let Some((columns, rows)) = reduced((height, width), longest) else { return with_three_channels(image) };
    if image.is_empty() || !matches!(channels, 1 | 3) {
        return Err(Error::ImageShape { shape: image.dim() });
    }
    let standard = image.as_standard_layout();
    let values = standard.as_slice().unwrap_or_default();
    let (full_width, full_height) = (width as u32, height as u32);
    let size = (rows as usize, columns as usize, channels);
    let values = if channels == 3 {
        ImageBuffer::<Rgb<u8>, _>::from_raw(full_width, full_height, values)
            .map(|full| imageops::thumbnail(&full, columns, rows).into_raw())
    } else {
        ImageBuffer::<Luma<u8>, _>::from_raw(full_width, full_height, values)
            .map(|full| imageops::thumbnail(&full, columns, rows).into_raw())
    };
    let small = Array3::from_shape_vec(size, values.unwrap_or_default()).map_err(Error::render)?;
    with_three_channels(small.view())
}

/// Returns a map, reduced to at most `longest` pixels on either side by averaging.
pub(crate) fn map(map: ArrayView2<'_, f32>, longest: usize) -> Array2<f32> {
    let (height, width) = map.dim();
    let Some((columns, rows)) = reduced((height, width), longest) else { return map.to_owned() };
    let (rows, columns) = (rows as usize, columns as usize);
    // `imageops::thumbnail` adds a half to floats, as it must to integers.
    Array2::from_shape_fn((rows, columns), |(y, x)| {
        let block =
            s![y * height / rows..(y + 1) * height / rows, x * width / columns..(x + 1) * width / columns];
        map.slice(block).mean().unwrap_or(f32::NAN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_images_keep_their_pixels_and_large_ones_their_mean() {
        let gradient = Array3::from_shape_fn((40, 60, 3), |(y, x, _)| (y + x) as u8);
        assert_eq!(image(gradient.view(), 60).unwrap(), gradient);
        let small = image(gradient.view(), 15).unwrap();
        assert_eq!(small.dim(), (10, 15, 3));
        let mean = |image: &Array3<u8>| image.iter().map(|&v| f64::from(v)).sum::<f64>() / image.len() as f64;
        assert!((mean(&small) - mean(&gradient)).abs() < 0.6, "averages are rounded");

        let wave =
            Array2::from_shape_fn((40, 60), |(y, x)| if (y / 4 + x / 4) % 2 == 0 { -1.0 } else { 0.5 });
        let small = map(wave.view(), 15);
        let exact = Array2::from_shape_fn((10, 15), |(y, x)| if (y + x) % 2 == 0 { -1.0 } else { 0.5 });
        assert!(small.iter().zip(&exact).all(|(a, b): (&f32, &f32)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn images_of_other_channels_are_refused_at_any_size() {
        for shape in [(4, 4, 2), (40, 4, 4), (0, 40, 3)] {
            let error = image(Array3::zeros(shape).view(), 16);
            assert!(matches!(error, Err(Error::ImageShape { shape: found }) if found == shape));
        }
    }
}
