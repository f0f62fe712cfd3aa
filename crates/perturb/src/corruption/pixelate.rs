use ndarray::{Array3, ArrayView2, Axis};

use crate::pillow::{self, Filter};

/// A coarser grid of pixels: means of boxes, each shown as a block.
pub(super) fn corrupt(image: &Array3<u8>, level: usize) -> Array3<u8> {
    let share = [0.6, 0.5, 0.4, 0.3, 0.25][level];
    let (height, width, _) = image.dim();
    let coarse = |side: usize| (side as f64 * share) as usize;
    let (rows, columns) = (coarse(height), coarse(width));
    let (down, across) = (pillow::nearest(rows, height), pillow::nearest(columns, width));
    let mut blocks = Array3::zeros(image.dim());
    for (from, mut to) in image.axis_iter(Axis(2)).zip(blocks.axis_iter_mut(Axis(2))) {
        let small = pillow::resample_u8(from, (rows, columns), Filter::Box);
        let small: ArrayView2<'_, u8> = small.view();
        for ((y, x), value) in to.indexed_iter_mut() {
            *value = small[[down[y], across[x]]];
        }
    }
    blocks
}
