use std::sync::Arc;

use crate::grid_masks::{GridMasks, Grids};
use crate::{Error, MaskGenerator, Masks, mask};

/// Masks of random cells of a fixed size in pixels, enlarged bilinearly and shifted by up to half a cell.
///
/// As many cells as cover the image and one more lie along each axis; a cell is on if `random() < p1`. Cells come from
/// `numpy.random.default_rng(seed)`; the shifts, x then y for one mask after the other, from a second generator of the
/// same seed. These are the masks of XAITK's `RandomGrid` with `threads=0`. In [`RiseGrid`](crate::RiseGrid), the
/// number of cells is fixed instead of their size.
///
/// # Examples
///
/// ```
/// use saliency::{MaskGenerator, Occlusion, RandomGrid, RiseScoring};
///
/// let generator = RandomGrid::new(20, (8, 5), 0.5, 123)?;
/// assert_eq!(generator.masks(37, 29)?.len(), 20);
/// let explainer = Occlusion::builder(generator, RiseScoring::debiased(0.5)?).build()?;
/// # let _: &dyn saliency::Explainer = &explainer;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomGrid {
    n: usize,
    s: (usize, usize),
    p1: f64,
    seed: u64,
}

impl RandomGrid {
    /// `n` masks of cells of `s` pixels (height, width), each on with probability `p1`.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `n` is at least 1, both sides of a cell are from 1 to 2^31 pixels, and `p1` is from
    /// 0 to 1.
    pub fn new(n: usize, s: (usize, usize), p1: f64, seed: u64) -> Result<Self, Error> {
        let refuse = |parameter, value, expected| {
            Err(Error::Parameter { component: "RandomGrid", parameter, value, expected })
        };
        if n == 0 {
            return refuse("n", 0.0, "at least one mask");
        }
        if let Some(&side) = [s.0, s.1].iter().find(|side| !(1..=1 << 31).contains(*side)) {
            return refuse("s", side as f64, "a number of pixels from 1 to 2^31");
        }
        if !(0.0..=1.0).contains(&p1) {
            return refuse("p1", p1, "a probability from 0 to 1");
        }
        Ok(Self { n, s, p1, seed })
    }
}

impl MaskGenerator for RandomGrid {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        mask::check_size(height, width)?;
        let cells = |size: usize, cell: usize| {
            (size / cell).saturating_add(1 + usize::from(!size.is_multiple_of(cell)))
        };
        let (rows, columns) = (cells(height, self.s.0), cells(width, self.s.1));
        let enlarged = (rows.saturating_mul(self.s.0), columns.saturating_mul(self.s.1));
        let all_cells = rows.saturating_mul(columns).saturating_mul(self.n);
        if [enlarged.0, enlarged.1, all_cells].iter().any(|&count| u32::try_from(count).is_err()) {
            return Err(Error::ImageTooLarge { height, width, cells: rows.max(columns) });
        }
        let mut random = numpy_rng::default_rng(self.seed);
        let mut grids = Grids::rectangular(self.n, rows, columns);
        for grid in 0..self.n {
            for cell in 0..rows * columns {
                if random.random() < self.p1 {
                    grids.turn_on(grid, cell);
                }
            }
        }
        let mut random = numpy_rng::default_rng(self.seed);
        let mut start = |size: usize, enlarged: usize, cell: usize| {
            let half = (cell / 2) as i64;
            let shift = if half == 0 { 0 } else { random.integers(-half, half) };
            // The enlarged grid is larger than the image by a cell at least, so that no start is negative.
            ((enlarged - size) as i64 / 2 + shift) as u32
        };
        let shifts = (0..self.n)
            .map(|_| {
                let x = start(width, enlarged.1, self.s.1);
                [start(height, enlarged.0, self.s.0), x]
            })
            .collect();
        Ok(Box::new(GridMasks::enlarged_to(Arc::new(grids), shifts, (height, width), enlarged)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::Part;
    use crate::mask::sum_directly;

    #[test]
    fn sums_on_rectangular_grids_are_sums_of_masks() {
        for (height, width, s) in [(37, 29, (8, 5)), (24, 40, (7, 9)), (20, 20, (30, 6)), (9, 7, (1, 1))] {
            let masks = RandomGrid::new(40, s, 0.4, 3).unwrap().masks(height, width).unwrap();
            let weights = Array2::from_shape_fn((40, 2), |(i, c)| (i as f64 * 0.7 + c as f64).sin());
            for part in [Part::Kept, Part::Hidden] {
                let sum = masks.weighted_sum(weights.view(), part);
                let direct = sum_directly(&masks, weights.view(), part);
                assert!(sum.iter().zip(&direct).all(|(a, b)| (a - b).abs() < 40.0 * 6e-8));
            }
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (n, s, p1, name) in [
            (0, (3, 3), 0.5, "n"),
            (2, (0, 5), 0.5, "s"),
            (2, (3, 3), f64::NAN, "p1"),
            (2, (3, 3), 1.5, "p1"),
        ] {
            let error = RandomGrid::new(n, s, p1, 0).unwrap_err();
            assert!(matches!(error, Error::Parameter { parameter, .. } if parameter == name), "{error}");
        }
    }
}
