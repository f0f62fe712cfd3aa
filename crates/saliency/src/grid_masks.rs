//! Masks that are grids of cells, enlarged and shifted. A mask is never stored whole.

use std::sync::Arc;

use ndarray::{Array3, ArrayView2, Axis};

use crate::grid_samples::GridSamples;
use crate::kernel;
use crate::mask::sum_directly;
use crate::upsampling::Upsampling;
use crate::{Error, Masks, Part, mask};

/// Grids of cells that are on or off, one bit per cell.
#[derive(Clone, Debug)]
pub(crate) struct Grids {
    count: usize,
    rows: usize,
    columns: usize,
    /// Each grid starts at a new word.
    words: Vec<u64>,
}

impl Grids {
    /// Square grids, all cells off.
    pub(crate) fn new(count: usize, cells: usize) -> Self {
        Self::rectangular(count, cells, cells)
    }

    /// All cells off.
    pub(crate) fn rectangular(count: usize, rows: usize, columns: usize) -> Self {
        Self { count, rows, columns, words: vec![0; count * (rows * columns).div_ceil(64)] }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Cells along an axis of square grids, or along x.
    pub(crate) fn cells(&self) -> usize {
        self.columns
    }

    /// Turns a cell on; `cell` counts row by row.
    pub(crate) fn turn_on(&mut self, grid: usize, cell: usize) {
        let at = grid * (self.rows * self.columns).div_ceil(64) + cell / 64;
        self.words[at] |= 1 << (cell % 64);
    }

    /// One grid's words, cell 0 in the lowest bit of the first.
    fn grid(&self, grid: usize) -> &[u64] {
        let words = (self.rows * self.columns).div_ceil(64);
        &self.words[grid * words..(grid + 1) * words]
    }

    /// Whether a cell is on.
    pub(crate) fn is_on(&self, grid: usize, row: usize, column: usize) -> bool {
        let cell = row * self.columns + column;
        self.grid(grid)[cell / 64] >> (cell % 64) & 1 == 1
    }
}

/// How large a cell is, in pixels of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellSize {
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl CellSize {
    /// `ceil(size / cells)` along each axis.
    pub(crate) fn new(height: usize, width: usize, cells: usize) -> Result<Self, Error> {
        mask::check_size(height, width)?;
        let size = Self { height: height.div_ceil(cells), width: width.div_ceil(cells) };
        let enlarged = |cell: usize| cells.checked_add(1)?.checked_mul(cell);
        // The weights of every position of the enlarged axis are stored, and shifts are u32.
        let fits = |cell| enlarged(cell).is_some_and(|length| u32::try_from(length).is_ok());
        if !fits(size.height) || !fits(size.width) || height.checked_mul(width).is_none() {
            return Err(Error::ImageTooLarge { height, width, cells });
        }
        Ok(size)
    }
}

/// `mask = A[y..y + height] * grid * B[x..x + width]^T` for grids and shifts (y, x).
#[derive(Clone, Debug)]
pub(crate) struct GridMasks {
    grids: Arc<Grids>,
    shifts: Vec<[u32; 2]>,
    height: usize,
    width: usize,
    rows: Upsampling,
    columns: Upsampling,
    /// The masks by shift, y before x, so that sums gather each shift once.
    order: Vec<u32>,
}

impl GridMasks {
    /// Square grids, enlarged by one cell more than they have; `shifts` holds y and x, below the cell's size, for every
    /// grid.
    pub(crate) fn new(
        grids: Arc<Grids>,
        shifts: Vec<[u32; 2]>,
        shape: (usize, usize),
        cell: CellSize,
    ) -> Self {
        let enlarged = ((grids.rows + 1) * cell.height, (grids.columns + 1) * cell.width);
        Self::enlarged_to(grids, shifts, shape, enlarged)
    }

    /// Grids enlarged to so many rows and columns, of which the masks are cut out at `shifts`.
    pub(crate) fn enlarged_to(
        grids: Arc<Grids>,
        shifts: Vec<[u32; 2]>,
        shape: (usize, usize),
        (rows, columns): (usize, usize),
    ) -> Self {
        let mut order: Vec<u32> = (0..shifts.len() as u32).collect();
        order.sort_by_key(|&mask| shifts[mask as usize]);
        Self {
            rows: Upsampling::new(grids.rows, rows),
            columns: Upsampling::new(grids.columns, columns),
            grids,
            shifts,
            height: shape.0,
            width: shape.1,
            order,
        }
    }

    /// Interpolates one row of cells, given by `value`, along x.
    fn spread(&self, to: &mut [f64], shift: usize, value: impl Fn(usize) -> f64) {
        for segment in self.columns.segments(shift, shift + self.width) {
            kernel::add_pair(
                &mut to[segment.start - shift..segment.end - shift],
                &self.columns.low_weights[segment.start..segment.end],
                &self.columns.high_weights[segment.start..segment.end],
                value(segment.low),
                value(segment.high),
            );
        }
    }

    /// Groups of masks, consecutive in `order`, for which `key` is the same.
    fn groups(&self, order: &[u32], key: impl Fn([u32; 2]) -> u64) -> Vec<(usize, usize)> {
        let mut groups: Vec<(usize, usize)> = Vec::new();
        let mut previous = None;
        for (at, &mask) in order.iter().enumerate() {
            let this = Some(key(self.shifts[mask as usize]));
            match groups.last_mut() {
                Some(group) if this == previous => group.1 = at + 1,
                _ => groups.push((at, at + 1)),
            }
            previous = this;
        }
        groups
    }

    /// Whether collecting on the grid costs less than visiting every mask, in multiplications.
    fn grid_is_cheaper(&self, classes: usize) -> bool {
        // Visiting a mask costs about as much as adding it for six classes.
        const VISIT: f64 = 6.0;
        let masks = self.len() as f64;
        let (grid_rows, grid_columns) = (self.grids.rows as f64, self.grids.columns as f64);
        let (height, width, classes) = (self.height as f64, self.width as f64, classes as f64);
        let shifts = |axis: &Upsampling, size: f64| axis.low_weights.len() as f64 - size + 1.0;
        let rows = masks.min(shifts(&self.rows, height));
        let both = masks.min(rows * shifts(&self.columns, width));
        let on_grid = classes
            * (masks * grid_rows * grid_columns
                + 2.0 * both * grid_rows * width
                + 2.0 * rows * height * width);
        let direct = masks * height * width * (classes + VISIT);
        on_grid < direct
    }

    /// Sums one class on the grid: the grids of masks with the same shift are added up and interpolated once.
    fn sum_on_grid(&self, weights: &[f64], part: Part, sum: &mut [f64]) {
        let cells = self.grids.cells();
        let spread = |gathered: &[f64], shift: usize, to: &mut [f64]| {
            for (cells, to) in gathered.chunks(cells).zip(to.chunks_mut(self.width)) {
                self.spread(to, shift, |column| cells[column]);
            }
        };
        self.gather(weights, part, self.width, spread, |spread, shift| self.add_rows(shift, spread, sum));
    }

    /// Sums one class's weighted grids by shift.
    ///
    /// For each shift along x, `spread` gets the sum of the grids of that shift and adds it, interpolated to `width`
    /// columns, to rows of cells; for each shift along y, `add` gets these rows. Masks of weight zero are skipped,
    /// since sums over a few masks are asked for as weights of all.
    pub(crate) fn gather(
        &self,
        weights: &[f64],
        part: Part,
        width: usize,
        spread: impl Fn(&[f64], usize, &mut [f64]),
        mut add: impl FnMut(&[f64], usize),
    ) {
        let Grids { rows, columns, .. } = *self.grids;
        let mut gathered = vec![0.0; rows * columns];
        let mut spread_rows = vec![0.0; rows * width];
        for (start, end) in self.groups(&self.order, |[y, _]| u64::from(y)) {
            let of_row = &self.order[start..end];
            let weighs = |&&mask: &&u32| weights[mask as usize] != 0.0;
            let Some(&first) = of_row.iter().find(weighs) else { continue };
            spread_rows.fill(0.0);
            for (start, end) in self.groups(of_row, |[_, x]| u64::from(x)) {
                let of_shift = &of_row[start..end];
                let Some(&first) = of_shift.iter().find(weighs) else { continue };
                gathered.fill(0.0);
                for &mask in of_shift.iter().filter(weighs) {
                    let weight = weights[mask as usize];
                    for (cells, &word) in gathered.chunks_mut(64).zip(self.grids.grid(mask as usize)) {
                        let word = if part == Part::Kept { word } else { !word };
                        for (bit, cell) in cells.iter_mut().enumerate() {
                            // One addition whatever the bit is, instead of a branch that cannot be predicted.
                            *cell += weight * (word >> bit & 1) as f64;
                        }
                    }
                }
                spread(&gathered, self.shifts[first as usize][1] as usize, &mut spread_rows);
            }
            add(&spread_rows, self.shifts[first as usize][0] as usize);
        }
    }

    /// Cells along x.
    pub(crate) fn cells(&self) -> usize {
        self.grids.columns
    }

    /// The enlargements along y and x.
    pub(crate) fn axes(&self) -> (&Upsampling, &Upsampling) {
        (&self.rows, &self.columns)
    }

    /// Interpolates rows of cells, already spread along x, along y and adds them to `sum`.
    fn add_rows(&self, shift: usize, spread: &[f64], sum: &mut [f64]) {
        for segment in self.rows.segments(shift, shift + self.height) {
            let low = &spread[segment.low * self.width..][..self.width];
            let high = &spread[segment.high * self.width..][..self.width];
            for position in segment.start..segment.end {
                kernel::add_pair(
                    &mut sum[(position - shift) * self.width..][..self.width],
                    low,
                    high,
                    self.rows.low_weights[position],
                    self.rows.high_weights[position],
                );
            }
        }
    }
}

impl Masks for GridMasks {
    fn len(&self) -> usize {
        self.grids.len()
    }

    fn shape(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        let [shift_y, shift_x] = self.shifts[index].map(|shift| shift as usize);
        let mut low = vec![0.0; self.width];
        let mut high = vec![0.0; self.width];
        let mut row = vec![0.0; self.width];
        let interpolate = |to: &mut Vec<f64>, cell: usize| {
            to.fill(0.0);
            self.spread(to, shift_x, |column| f64::from(u8::from(self.grids.is_on(index, cell, column))));
        };
        let mut held = None;
        for segment in self.rows.segments(shift_y, shift_y + self.height) {
            if held == Some(segment.low) {
                std::mem::swap(&mut low, &mut high);
            } else {
                interpolate(&mut low, segment.low);
            }
            interpolate(&mut high, segment.high);
            held = Some(segment.high);
            for position in segment.start..segment.end {
                let weights = (self.rows.low_weights[position], self.rows.high_weights[position]);
                kernel::interpolate(&mut row, &low, &high, weights.0, weights.1);
                visit(position - shift_y, &row);
            }
        }
    }

    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        if !self.grid_is_cheaper(weights.ncols()) {
            return sum_directly(self, weights, part);
        }
        self.weighted_sum_on_grid(weights, part)
    }

    fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
        Box::new(GridSamples::new(self, rows, columns))
    }
}

impl GridMasks {
    fn weighted_sum_on_grid(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.len(), "there must be a weight for every mask");
        let mut sums = Array3::zeros((weights.ncols(), self.height, self.width));
        for (weights, mut sum) in weights.columns().into_iter().zip(sums.axis_iter_mut(Axis(0))) {
            #[expect(clippy::expect_used, reason = "the sums were just allocated")]
            let sum = sum.as_slice_mut().expect("a map of a new array is contiguous");
            self.sum_on_grid(&weights.to_vec(), part, sum);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    fn masks(count: usize, cells: usize, shape: (usize, usize), seed: u64) -> GridMasks {
        let mut random = numpy_rng::default_rng(seed);
        let mut grids = Grids::new(count, cells);
        for grid in 0..count {
            for cell in 0..cells * cells {
                if random.random() < 0.5 {
                    grids.turn_on(grid, cell);
                }
            }
        }
        let cell = CellSize::new(shape.0, shape.1, cells).unwrap();
        let shifts = (0..count)
            .map(|_| {
                [random.integers(0, cell.height as i64) as u32, random.integers(0, cell.width as i64) as u32]
            })
            .collect();
        GridMasks::new(Arc::new(grids), shifts, shape, cell)
    }

    #[test]
    fn a_grid_of_one_cell_that_is_on_keeps_everything() {
        let mut grids = Grids::new(1, 1);
        grids.turn_on(0, 0);
        let cell = CellSize::new(5, 7, 1).unwrap();
        let masks = GridMasks::new(Arc::new(grids), vec![[2, 3]], (5, 7), cell);
        let mut mask = Array2::zeros((5, 7));
        masks.write(0, mask.view_mut());
        assert_eq!(mask, Array2::<f32>::ones((5, 7)));
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let error = CellSize::new(usize::MAX, 1, 8).unwrap_err();
        assert!(matches!(error, Error::ImageTooLarge { width: 1, cells: 8, .. }));
    }

    proptest! {
        #[test]
        fn sums_on_the_grid_are_sums_of_masks(
            count in 1_usize..12, cells in 1_usize..10, height in 1_usize..23, width in 1_usize..23, seed in 0_u64..1000,
        ) {
            let masks = masks(count, cells, (height, width), seed);
            let mut random = numpy_rng::default_rng(seed);
            let weights = Array2::from_shape_simple_fn((count, 3), || random.random() - 0.5);
            for part in [Part::Kept, Part::Hidden] {
                let on_grid = masks.weighted_sum_on_grid(weights.view(), part);
                let direct = sum_directly(&masks, weights.view(), part);
                // A mask's values are rounded to f32, 6e-8 at most, and there are fewer than twelve.
                prop_assert!(on_grid.iter().zip(&direct).all(|(a, b)| (a - b).abs() < 1e-6));
            }
        }

        #[test]
        fn values_lie_from_0_to_1(cells in 1_usize..10, height in 1_usize..23, width in 1_usize..23, seed in 0_u64..1000) {
            let masks = masks(3, cells, (height, width), seed);
            for index in 0..3 {
                let mut visited = 0;
                masks.rows(index, &mut |y, row| {
                    assert_eq!((y, row.len()), (visited, width));
                    assert!(row.iter().all(|value| (0.0..=1.0).contains(value)), "{row:?}");
                    visited += 1;
                });
                prop_assert_eq!(visited, height);
            }
        }
    }
}
