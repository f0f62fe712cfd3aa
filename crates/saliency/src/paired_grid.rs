use std::sync::Arc;

use crate::grid_masks::{CellSize, GridMasks, Grids};
use crate::rise_grid::check_grids;
use crate::{Error, MaskGenerator, Masks};

/// RISE's masks in complementary pairs: after each mask comes the one that keeps what it hides.
///
/// Half of the grids are drawn like those of [`RiseGrid`](crate::RiseGrid) with a probability of one half; both
/// masks of a pair have the same shift. Since the masks' mean is exactly one half everywhere, the debiased and the
/// centred sum are the same, and the effect of a mask's size on the scores cancels within a pair (antithetic
/// sampling, as in Covert and Lee 2021 for `KernelSHAP`).
///
/// # Examples
///
/// ```
/// use ndarray::Array2;
/// use saliency::{MaskGenerator, PairedGrid};
///
/// let masks = PairedGrid::new(10, 4, 0)?.masks(5, 7)?;
/// let (mut mask, mut complement) = (Array2::zeros((5, 7)), Array2::zeros((5, 7)));
/// masks.write(6, mask.view_mut());
/// masks.write(7, complement.view_mut());
/// assert!((mask + complement).iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-6));
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairedGrid {
    grids: Arc<Grids>,
    seed: u64,
}

impl PairedGrid {
    /// Draws `n` grids, an even number, of `s` by `s` cells.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `n` is even and at least 2, `s` at least 1, and there are at most 2^32
    /// cells in all.
    pub fn new(n: usize, s: usize, seed: u64) -> Result<Self, Error> {
        check_pairs("PairedGrid", n, s)?;
        let mut random = numpy_rng::default_rng(seed);
        let grids = pairs(n, s, |_, _| random.random() < 0.5);
        Ok(Self { grids: Arc::new(grids), seed })
    }
}

impl MaskGenerator for PairedGrid {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        let cell = CellSize::new(height, width, self.grids.cells())?;
        let mut random = numpy_rng::default_rng(self.seed);
        let mut shift = |size: usize| random.integers(0, size as i64) as u32;
        let shifts =
            (0..self.grids.len() / 2).flat_map(|_| [[shift(cell.height), shift(cell.width)]; 2]).collect();
        Ok(Box::new(GridMasks::new(Arc::clone(&self.grids), shifts, (height, width), cell)))
    }
}

/// As `check_grids`; also refuses an odd number.
pub(crate) fn check_pairs(component: &'static str, n: usize, s: usize) -> Result<(), Error> {
    check_grids(component, n, s)?;
    if !n.is_multiple_of(2) {
        let expected = "an even number, since masks come in pairs";
        return Err(Error::Parameter { component, parameter: "n", value: n as f64, expected });
    }
    Ok(())
}

/// Grids in pairs, the second the complement of the first, whose cells are `is_on(pair, cell)`.
pub(crate) fn pairs(n: usize, s: usize, mut is_on: impl FnMut(usize, usize) -> bool) -> Grids {
    let mut grids = Grids::new(n, s);
    for pair in 0..n / 2 {
        for cell in 0..s * s {
            let grid = if is_on(pair, cell) { 2 * pair } else { 2 * pair + 1 };
            grids.turn_on(grid, cell);
        }
    }
    grids
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::Part;

    #[test]
    fn all_masks_together_keep_and_hide_the_same() {
        let masks = PairedGrid::new(6, 3, 9).unwrap().masks(5, 7).unwrap();
        let ones = Array2::ones((6, 1));
        for part in [Part::Kept, Part::Hidden] {
            assert!(masks.weighted_sum(ones.view(), part).iter().all(|sum| (sum - 3.0).abs() < 1e-6));
        }
    }

    #[test]
    fn an_odd_number_is_refused() {
        let error = PairedGrid::new(5, 3, 9).unwrap_err();
        assert!(matches!(error, Error::Parameter { parameter: "n", value: 5.0, .. }));
    }
}
