use ndarray::{Array2, Array3, ArrayView2};

use crate::{Masks, Part};

/// Masks at a lattice of their pixels, for estimates over an image that need not visit every pixel.
#[derive(Debug)]
pub(crate) struct Samples<'a, M: ?Sized> {
    pub(crate) masks: &'a M,
    pub(crate) rows: Vec<usize>,
    pub(crate) columns: Vec<usize>,
}

impl<M: Masks + ?Sized> Masks for Samples<'_, M> {
    fn len(&self) -> usize {
        self.masks.len()
    }

    fn shape(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        let mut rows = self.rows.iter().enumerate().peekable();
        let mut sampled = vec![0.0; self.columns.len()];
        self.masks.rows(index, &mut |y, values| {
            while let Some(&(at, _)) = rows.peek().filter(|(_, row)| **row == y) {
                sampled.iter_mut().zip(&self.columns).for_each(|(to, &column)| *to = values[column]);
                visit(at, &sampled);
                rows.next();
            }
        });
    }

    fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
        let of = |chosen: Vec<usize>, mine: &[usize]| chosen.into_iter().map(|at| mine[at]).collect();
        self.masks.sampled(of(rows, &self.rows), of(columns, &self.columns))
    }
}

/// At most 32 positions along an axis of `size` pixels, evenly spread.
pub(crate) fn lattice(size: usize) -> Vec<usize> {
    const MOST: usize = 32;
    let count = size.min(MOST);
    (0..count).map(|i| (2 * i + 1) * size / (2 * count)).collect()
}

/// The first of a set of masks.
#[derive(Debug)]
pub(crate) struct First<M> {
    pub(crate) masks: M,
    /// At most as many as there are.
    pub(crate) count: usize,
}

impl<M: Masks> Masks for First<M> {
    fn len(&self) -> usize {
        self.count
    }

    fn shape(&self) -> (usize, usize) {
        self.masks.shape()
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        assert!(index < self.count, "a mask must be one of the first {}", self.count);
        self.masks.rows(index, visit);
    }

    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.count, "there must be a weight for every mask");
        let mut all = Array2::zeros((self.masks.len(), weights.ncols()));
        for (mut to, from) in all.outer_iter_mut().zip(weights.outer_iter()) {
            to.assign(&from);
        }
        self.masks.weighted_sum(all.view(), part)
    }

    fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
        Box::new(First { masks: self.masks.sampled(rows, columns), count: self.count })
    }
}

/// One of two halves of a set of masks. Masks go to the halves by consecutive pairs in turn, since masks may come in
/// pairs that belong together.
#[derive(Debug)]
pub(crate) struct Half<M> {
    pub(crate) masks: M,
    /// Whether it is the second half.
    pub(crate) second: bool,
}

impl<M: Masks> Half<M> {
    /// The place in the whole set of the mask at a place in the half.
    pub(crate) fn place(&self, index: usize) -> usize {
        2 * (index / 2 * 2 + usize::from(self.second)) + index % 2
    }
}

impl<M: Masks> Masks for Half<M> {
    fn len(&self) -> usize {
        let (fours, rest) = (self.masks.len() / 4, self.masks.len() % 4);
        2 * fours + if self.second { rest.saturating_sub(2) } else { rest.min(2) }
    }

    fn shape(&self) -> (usize, usize) {
        self.masks.shape()
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        self.masks.rows(self.place(index), visit);
    }

    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.len(), "there must be a weight for every mask");
        // A weight of zero leaves a mask out, whichever part is summed.
        let mut all = Array2::zeros((self.masks.len(), weights.ncols()));
        for (index, from) in weights.outer_iter().enumerate() {
            all.row_mut(self.place(index)).assign(&from);
        }
        self.masks.weighted_sum(all.view(), part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::sum_directly;
    use crate::{MaskGenerator, RiseGrid};

    #[test]
    fn the_first_masks_sum_as_they_do_when_visited() {
        let masks = RiseGrid::new(30, 4, 0.5, 1).unwrap().masks(9, 7).unwrap();
        let weights = Array2::from_shape_fn((12, 1), |(mask, _)| mask as f64);
        let first = First { masks: &masks, count: 12 };
        let visited = sum_directly(&first, weights.view(), Part::Kept);
        let summed = first.weighted_sum(weights.view(), Part::Kept);
        // Masks are rounded to f32 when they are visited, their weights add up to 66.
        assert!(summed.iter().zip(&visited).all(|(a, b)| (a - b).abs() < 66.0 * 6e-8));
    }

    #[test]
    fn halves_hold_pairs_in_turn_and_sum_to_the_whole() {
        for count in 0..13 {
            let masks = RiseGrid::new(30, 4, 0.5, 1).unwrap().masks(9, 7).unwrap();
            let half = |second| Half { masks: First { masks: &masks, count }, second };
            let places =
                |second| (0..half(second).len()).map(|index| half(second).place(index)).collect::<Vec<_>>();
            let mut all = [places(false), places(true)].concat();
            assert!(places(true).iter().all(|place| place % 4 > 1), "{count}");
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..count), "{count}: {all:?}");
            let sum = |second: bool| {
                let weights =
                    Array2::from_shape_fn((half(second).len(), 1), |(at, _)| half(second).place(at) as f64);
                half(second).weighted_sum(weights.view(), Part::Hidden)
            };
            let weights = Array2::from_shape_fn((count, 1), |(mask, _)| mask as f64);
            let whole = First { masks: &masks, count }.weighted_sum(weights.view(), Part::Hidden);
            assert!((sum(false) + sum(true) - whole).iter().all(|difference| difference.abs() < 1e-9));
        }
    }

    #[test]
    fn sampled_masks_hold_the_pixels_of_the_lattice() {
        let masks = RiseGrid::new(3, 4, 0.5, 1).unwrap().masks(70, 9).unwrap();
        let (rows, columns) = (lattice(70), lattice(9));
        assert_eq!((rows.len(), columns.as_slice()), (32, [0, 1, 2, 3, 4, 5, 6, 7, 8].as_slice()));
        let (mut whole, mut part) = (Array2::zeros((70, 9)), Array2::zeros((32, 9)));
        masks.write(2, whole.view_mut());
        let sampled = masks.sampled(rows.clone(), columns);
        sampled.write(2, part.view_mut());
        assert_eq!(part, whole.select(ndarray::Axis(0), &rows));
        let weights = Array2::from_shape_fn((3, 2), |(mask, class)| mask as f64 - 2.0 * class as f64);
        let sums = masks.weighted_sum(weights.view(), Part::Kept).select(ndarray::Axis(1), &rows);
        let of_samples = sampled.weighted_sum(weights.view(), Part::Kept);
        assert!(sums.iter().zip(&of_samples).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
