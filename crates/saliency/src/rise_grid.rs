use std::fmt;
use std::sync::Arc;

use crate::grid_masks::{CellSize, GridMasks, Grids};
use crate::{Error, MaskGenerator, Masks};

/// RISE's masks: random grids of cells, enlarged bilinearly and shifted by less than a cell.
///
/// ```text
/// mask_i = A[y_i .. y_i + H] * grid_i * B[x_i .. x_i + W]^T
/// ```
///
/// A and B enlarge s cells to (s+1)⌈H/s⌉ and (s+1)⌈W/s⌉ pixels, with half-pixel centres and mirrored
/// borders (Petsiuk et al. 2018, RISE, section 3.2). A cell is on if `random() < p1`. Cells come from
/// `numpy.random.default_rng(seed)`; the shifts, y then x for one mask after the other, from a second
/// generator of the same seed. These are the masks of XAITK's `RISEGrid` with `threads=0`; with threads,
/// the order of the original's shifts depends on the threads.
///
/// The grids are drawn once; a mask is computed when one of its rows is needed.
///
/// # Examples
///
/// ```
/// use saliency::{MaskGenerator, RiseGrid};
///
/// let generator = RiseGrid::new(20, 8, 0.5, 123)?;
/// let masks = generator.masks(64, 64)?;
/// masks.rows(7, &mut |_, row| assert!(row.iter().all(|value| (0.0..=1.0).contains(value))));
///
/// assert!(RiseGrid::new(20, 8, f64::NAN, 123).is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone)]
pub struct RiseGrid {
    grids: Arc<Grids>,
    p1: f64,
    seed: u64,
}

impl RiseGrid {
    /// Draws `n` grids of `s` by `s` cells, each on with probability `p1`.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `n` and `s` are at least 1, there are at most 2^32 cells in all, and
    /// `p1` lies from 0 to 1; NaN is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// let generator = saliency::RiseGrid::new(200, 8, 0.5, 0)?;
    /// assert_eq!((generator.n(), generator.s(), generator.p1(), generator.seed()), (200, 8, 0.5, 0));
    /// # Ok::<(), saliency::Error>(())
    /// ```
    pub fn new(n: usize, s: usize, p1: f64, seed: u64) -> Result<Self, Error> {
        check_grids("RiseGrid", n, s)?;
        if !(0.0..=1.0).contains(&p1) {
            let expected = "a probability from 0 to 1";
            return Err(Error::Parameter { component: "RiseGrid", parameter: "p1", value: p1, expected });
        }
        let mut random = numpy_rng::default_rng(seed);
        let mut grids = Grids::new(n, s);
        for grid in 0..n {
            for cell in 0..s * s {
                if random.random() < p1 {
                    grids.turn_on(grid, cell);
                }
            }
        }
        Ok(Self { grids: Arc::new(grids), p1, seed })
    }

    /// How many masks there are.
    #[must_use]
    pub fn n(&self) -> usize {
        self.grids.len()
    }

    /// Cells along each axis.
    #[must_use]
    pub fn s(&self) -> usize {
        self.grids.cells()
    }

    /// The probability that a cell is on.
    #[must_use]
    pub fn p1(&self) -> f64 {
        self.p1
    }

    /// The seed of the cells and of the shifts.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether a cell of a mask's grid is on.
    ///
    /// # Panics
    ///
    /// If `mask >= n`, or `row` or `column` is not below `s`.
    ///
    /// # Examples
    ///
    /// ```
    /// let everything = saliency::RiseGrid::new(3, 8, 1.0, 0)?;
    /// assert!(everything.is_on(2, 7, 0));
    /// # Ok::<(), saliency::Error>(())
    /// ```
    #[must_use]
    pub fn is_on(&self, mask: usize, row: usize, column: usize) -> bool {
        assert!(row < self.s() && column < self.s(), "a cell must lie within the grid");
        self.grids.is_on(mask, row, column)
    }
}

impl fmt::Debug for RiseGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = f.debug_struct("RiseGrid");
        settings.field("n", &self.n()).field("s", &self.s()).field("p1", &self.p1).field("seed", &self.seed);
        settings.finish_non_exhaustive()
    }
}

impl MaskGenerator for RiseGrid {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        let cell = CellSize::new(height, width, self.s())?;
        let mut random = numpy_rng::default_rng(self.seed);
        let mut shift = |size: usize| random.integers(0, size as i64) as u32;
        let shifts = (0..self.n()).map(|_| [shift(cell.height), shift(cell.width)]).collect();
        Ok(Box::new(GridMasks::new(Arc::clone(&self.grids), shifts, (height, width), cell)))
    }
}

/// Refuses zero grids, grids without cells, and more than 2^32 cells in all.
pub(crate) fn check_grids(component: &'static str, n: usize, s: usize) -> Result<(), Error> {
    let refuse = |parameter, value: usize, expected| {
        Err(Error::Parameter { component, parameter, value: value as f64, expected })
    };
    if n == 0 {
        return refuse("n", n, "at least one mask");
    }
    if s == 0 {
        return refuse("s", s, "at least one cell");
    }
    let cells = s.checked_mul(s).and_then(|cells| cells.checked_mul(n));
    if cells.is_none_or(|cells| u32::try_from(cells).is_err()) {
        return refuse("n", n, "at most 2^32 cells in all masks together");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_first_cells_are_numpys_draws_below_p1() {
        // numpy.random.default_rng(123).random(4): .682, .0538, .220, .184
        let grid = RiseGrid::new(1, 2, 0.2, 123).unwrap();
        let cells = [grid.is_on(0, 0, 0), grid.is_on(0, 0, 1), grid.is_on(0, 1, 0), grid.is_on(0, 1, 1)];
        assert_eq!(cells, [false, true, false, true]);
    }

    #[test]
    fn probability_0_hides_all_and_1_keeps_all() {
        for (p1, expected) in [(0.0, 0.0), (1.0, 1.0)] {
            let masks = RiseGrid::new(2, 3, p1, 5).unwrap().masks(5, 7).unwrap();
            let mut mask = Array2::from_elem((5, 7), 0.5);
            masks.write(1, mask.view_mut());
            assert!(mask.iter().all(|&value| value == expected), "{mask}");
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (n, s, p1, name) in [
            (0, 8, 0.5, "n"),
            (5, 0, 0.5, "s"),
            (5, 8, -0.1, "p1"),
            (5, 8, f64::NAN, "p1"),
            (usize::MAX, 8, 0.5, "n"),
            (1, usize::MAX, 0.5, "n"),
        ] {
            let error = RiseGrid::new(n, s, p1, 0).unwrap_err();
            assert!(matches!(error, Error::Parameter { parameter, .. } if parameter == name), "{error}");
        }
    }

    #[test]
    fn images_without_pixels_are_refused() {
        let error = RiseGrid::new(1, 8, 0.5, 0).unwrap().masks(0, 7).unwrap_err();
        assert!(matches!(error, Error::EmptyImage { height: 0, width: 7, .. }));
    }
}
