use std::sync::Arc;

use numpy_rng::Generator;

use crate::grid_masks::{CellSize, GridMasks, Grids};
use crate::paired_grid::{check_pairs, pairs};
use crate::{Error, MaskGenerator, Masks};

/// RISE's masks from rows of a Hadamard matrix and their complements, with stratified shifts.
///
/// The grids come in blocks of `2m`, where m is the smallest power of two that is at least `s * s`: the rows of a
/// Sylvester matrix of order m in random order, each followed by its complement; the cells are random columns with
/// random signs. In a whole block every cell is on as often as off, and any two cells are equal as often as not, so
/// that one cell's effect on the scores does not leak into another's. The shifts of the pairs form a Latin hypercube:
/// each axis is covered evenly.
///
/// # Examples
///
/// ```
/// use saliency::{HadamardGrid, MaskGenerator, Occlusion, RiseScoring};
///
/// let generator = HadamardGrid::new(200, 8, 0)?;
/// assert_eq!(generator.masks(64, 64)?.len(), 200);
/// let explainer = Occlusion::builder(generator, RiseScoring::centred()).build()?;
/// # let _: &dyn saliency::Explainer = &explainer;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HadamardGrid {
    grids: Arc<Grids>,
    seed: u64,
}

impl HadamardGrid {
    /// Draws `n` grids, an even number, of `s` by `s` cells.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `n` is even and at least 2, `s` from 1 to 256, and there are at most 2^32
    /// cells in all.
    pub fn new(n: usize, s: usize, seed: u64) -> Result<Self, Error> {
        check_pairs("HadamardGrid", n, s)?;
        if s > 256 {
            let expected = "at most 256, since a matrix of order s * s is shuffled";
            return Err(Error::Parameter {
                component: "HadamardGrid",
                parameter: "s",
                value: s as f64,
                expected,
            });
        }
        let order = (s * s).next_power_of_two();
        let mut random = numpy_rng::default_rng(seed);
        let mut block = Block::draw(order, &mut random);
        let mut drawn = 0;
        let grids = pairs(n, s, |pair, cell| {
            if pair / order > drawn {
                block = Block::draw(order, &mut random);
                drawn += 1;
            }
            block.is_on(pair % order, cell)
        });
        Ok(Self { grids: Arc::new(grids), seed })
    }
}

impl MaskGenerator for HadamardGrid {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        let cell = CellSize::new(height, width, self.grids.cells())?;
        // A separate stream, so that shifts do not depend on the cells.
        let mut random = numpy_rng::default_rng([self.seed, 1]);
        let pairs = self.grids.len() / 2;
        let rows = stratified(pairs, cell.height, &mut random);
        let columns = stratified(pairs, cell.width, &mut random);
        let shifts = rows.into_iter().zip(columns).flat_map(|(y, x)| [[y, x]; 2]).collect();
        Ok(Box::new(GridMasks::new(Arc::clone(&self.grids), shifts, (height, width), cell)))
    }
}

/// A Sylvester matrix with its rows and columns shuffled and some columns negated.
struct Block {
    rows: Vec<usize>,
    columns: Vec<usize>,
    negated: Vec<bool>,
}

impl Block {
    fn draw(order: usize, random: &mut Generator) -> Self {
        Self {
            rows: shuffled(order, random),
            columns: shuffled(order, random),
            negated: (0..order).map(|_| random.integers(0, 2) == 1).collect(),
        }
    }

    /// Entry (r, c) of Sylvester's matrix is -1 to the power of the number of one bits that r and c share.
    fn is_on(&self, row: usize, cell: usize) -> bool {
        let shared = (self.rows[row] & self.columns[cell]).count_ones();
        shared.is_multiple_of(2) != self.negated[cell]
    }
}

/// The numbers below `count` in random order (Fisher and Yates).
fn shuffled(count: usize, random: &mut Generator) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        numbers.swap(last, random.integers(0, last as i64 + 1) as usize);
    }
    numbers
}

/// One random shift below `size` from each of `count` strata, in random order.
fn stratified(count: usize, size: usize, random: &mut Generator) -> Vec<u32> {
    let order = shuffled(count, random);
    let shift = |stratum: usize| ((stratum as f64 + random.random()) / count as f64 * size as f64) as u32;
    // The quotient may round up to the size itself.
    order.into_iter().map(shift).map(|shift| shift.min(size.saturating_sub(1) as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_block_is_balanced_and_orthogonal() {
        for s in [1_usize, 2, 3, 8] {
            let order = (s * s).next_power_of_two();
            let grid = HadamardGrid::new(4 * order, s, 5).unwrap();
            let sign =
                |mask: usize, cell: usize| if grid.grids.is_on(mask, cell / s, cell % s) { 1 } else { -1 };
            for a in 0..s * s {
                assert_eq!((0..4 * order).map(|mask| sign(mask, a)).sum::<i32>(), 0);
                for b in 0..a {
                    assert_eq!((0..2 * order).map(|mask| sign(mask, a) * sign(mask, b)).sum::<i32>(), 0);
                }
            }
        }
    }

    #[test]
    fn blocks_differ() {
        let grid = HadamardGrid::new(2 * 2 * 16, 4, 5).unwrap();
        let differs = |mask: usize| {
            (0..16).any(|c| grid.grids.is_on(mask, c / 4, c % 4) != grid.grids.is_on(mask + 32, c / 4, c % 4))
        };
        assert!((0..32).any(differs));
    }

    #[test]
    fn every_stratum_has_one_shift() {
        let mut random = numpy_rng::default_rng(3_u64);
        let mut shifts = stratified(28, 28, &mut random);
        shifts.sort_unstable();
        assert_eq!(shifts, (0..28).collect::<Vec<u32>>());
        assert!(stratified(100, 3, &mut random).iter().all(|&shift| shift < 3));
    }
}
