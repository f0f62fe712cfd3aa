use ndarray::{Array3, ArrayRef3};

use crate::pillow::{self, Filter};
use crate::values::written;

/// A coarser grid of pixels: means of boxes, each shown as a block.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize) -> Array3<u8> {
    let share = [0.6, 0.5, 0.4, 0.3, 0.25][level];
    let (height, width, channels) = image.dim();
    let coarse = |side: usize| (side as f64 * share) as usize;
    let (rows, columns) = (coarse(height), coarse(width));
    let (down, across) = (pillow::nearest(rows, height), pillow::nearest(columns, width));
    let small = pillow::resample(image, (rows, columns), Filter::Box).into_raw_vec_and_offset().0;
    written(image.view(), |_, blocks| {
        let stride = width * channels;
        for (y, row) in down.iter().enumerate() {
            if y > 0 && down[y - 1] == *row {
                blocks.copy_within((y - 1) * stride..y * stride, y * stride);
                continue;
            }
            let from = small[row * columns * channels..].as_chunks::<3>().0;
            for (pixel, &column) in blocks[y * stride..].as_chunks_mut::<3>().0.iter_mut().zip(&across) {
                *pixel = from[column];
            }
        }
    })
}
