use ndarray::{Array3, ArrayView2, Axis, Slice};

use crate::{Error, MaskGenerator, Masks, Part, mask};

/// Masks that hide one rectangle each, the rectangles a stride apart.
///
/// The windows start every `stride` pixels from the top left; then all are moved up and left by half of the overhang
/// of the last one (rounded down, also below zero, like Python's `//`), so that both ends share it. Masks go row by
/// row. These are the masks of XAITK's `SlidingWindow`.
///
/// # Examples
///
/// ```
/// use saliency::{MaskGenerator, SlidingWindow};
///
/// let masks = SlidingWindow::new((2, 2), (2, 2))?.masks(4, 6)?;
/// assert_eq!(masks.len(), 6);
/// masks.rows(1, &mut |y, row| {
///     assert_eq!(row, if y < 2 { [1.0, 1.0, 0.0, 0.0, 1.0, 1.0] } else { [1.0; 6] });
/// });
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlidingWindow {
    window: (usize, usize),
    stride: (usize, usize),
}

impl SlidingWindow {
    /// Creates windows of a size at a stride, each (height, width) in pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless every number is from 1 to 2^31.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(saliency::SlidingWindow::new((50, 50), (20, 20)).is_ok());
    /// assert!(saliency::SlidingWindow::new((50, 50), (0, 20)).is_err());
    /// ```
    pub fn new(window_size: (usize, usize), stride: (usize, usize)) -> Result<Self, Error> {
        for (parameter, (height, width)) in [("window_size", window_size), ("stride", stride)] {
            for value in [height, width] {
                if !(1..=1 << 31).contains(&value) {
                    let (component, expected) = ("SlidingWindow", "a number of pixels from 1 to 2^31");
                    return Err(Error::Parameter { component, parameter, value: value as f64, expected });
                }
            }
        }
        Ok(Self { window: window_size, stride })
    }

    /// The windows' height and width.
    #[must_use]
    pub fn window_size(&self) -> (usize, usize) {
        self.window
    }

    /// The distance between windows, vertical and horizontal, in pixels.
    #[must_use]
    pub fn stride(&self) -> (usize, usize) {
        self.stride
    }
}

impl MaskGenerator for SlidingWindow {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        mask::check_size(height, width)?;
        if height.max(width) > 1 << 31 {
            return Err(Error::ImageTooLarge { height, width, cells: 1 });
        }
        Ok(Box::new(Windows {
            height,
            width,
            rows: spans(height, self.window.0, self.stride.0),
            columns: spans(width, self.window.1, self.stride.1),
        }))
    }
}

/// The start and end of each window along an axis of `size` pixels, clipped to it.
fn spans(size: usize, window: usize, stride: usize) -> Vec<(usize, usize)> {
    let (size, window) = (size as i64, window as i64);
    let last = (size - 1) / stride as i64 * stride as i64;
    let overhang = window - (size - last);
    let offset = overhang.div_euclid(2);
    let clamp = |at: i64| at.clamp(0, size) as usize;
    (0..=last)
        .step_by(stride)
        .map(|start| {
            // A negative overhang moves the windows down and right, possibly beyond the border.
            let start = start - offset;
            let (start, end) = (clamp(start), clamp(start + window));
            (start, end.max(start))
        })
        .collect()
}

#[derive(Clone, Debug)]
struct Windows {
    height: usize,
    width: usize,
    rows: Vec<(usize, usize)>,
    columns: Vec<(usize, usize)>,
}

impl Windows {
    fn window(&self, index: usize) -> ((usize, usize), (usize, usize)) {
        (self.rows[index / self.columns.len()], self.columns[index % self.columns.len()])
    }
}

impl Masks for Windows {
    fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    fn shape(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        let ((top, bottom), (left, right)) = self.window(index);
        let outside = vec![1.0; self.width];
        let mut inside = outside.clone();
        inside[left..right].fill(0.0);
        for y in 0..self.height {
            visit(y, if (top..bottom).contains(&y) { &inside } else { &outside });
        }
    }

    /// Adds only to the hidden rectangles.
    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.len(), "there must be a weight for every mask");
        let mut sum = Array3::zeros((weights.ncols(), self.height, self.width));
        for (index, weights) in weights.rows().into_iter().enumerate() {
            let ((top, bottom), (left, right)) = self.window(index);
            for (mut sum, &weight) in sum.axis_iter_mut(Axis(0)).zip(weights) {
                let mut rows = sum.slice_axis_mut(Axis(0), Slice::from(top..bottom));
                rows.slice_axis_mut(Axis(1), Slice::from(left..right)).mapv_inplace(|value| value + weight);
            }
        }
        if part == Part::Kept {
            for (mut sum, weights) in sum.axis_iter_mut(Axis(0)).zip(weights.columns()) {
                let all = weights.sum();
                sum.mapv_inplace(|hidden| all - hidden);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::mask::sum_directly;

    #[test]
    fn overhang_is_shared_between_both_ends() {
        // 7 pixels, windows of 4 every 3: starts 0, 3, 6 and the last hangs over by 3, so all move by 1.
        assert_eq!(spans(7, 4, 3), [(0, 3), (2, 6), (5, 7)]);
    }

    #[test]
    fn a_gap_after_the_last_window_moves_all_to_the_right_rounding_up() {
        // 9 pixels, windows of 1 every 4: starts 0, 4, 8 without a gap.
        assert_eq!(spans(9, 1, 4), [(0, 1), (4, 5), (8, 9)]);
        // 8 pixels: starts 0, 4, a gap of 3, -3 // 2 = -2 in Python.
        assert_eq!(spans(8, 1, 4), [(2, 3), (6, 7)]);
    }

    #[test]
    fn a_window_larger_than_the_image_hides_it() {
        let masks = SlidingWindow::new((50, 50), (20, 20)).unwrap().masks(5, 7).unwrap();
        assert_eq!(masks.len(), 1);
        masks.rows(0, &mut |_, row| assert_eq!(row, [0.0; 7]));
    }

    proptest! {
        #[test]
        fn sums_over_rectangles_are_sums_of_masks(
            size in (1_usize..12, 1_usize..12), window in (1_usize..8, 1_usize..8), stride in (1_usize..8, 1_usize..8),
        ) {
            let masks = SlidingWindow::new(window, stride).unwrap().masks(size.0, size.1).unwrap();
            let weights = Array2::from_shape_fn((masks.len(), 2), |(i, c)| (i as f64 * 0.7 + c as f64).sin());
            for part in [Part::Kept, Part::Hidden] {
                let sum = masks.weighted_sum(weights.view(), part);
                let direct = sum_directly(&masks, weights.view(), part);
                prop_assert!(sum.iter().zip(&direct).all(|(a, b)| (a - b).abs() < 1e-12));
            }
        }
    }
}
