use ndarray::{Array3, ArrayView2, Axis};

use crate::grid_masks::GridMasks;
use crate::samples::Samples;
use crate::upsampling::Upsampling;
use crate::{Masks, Part};

/// Grid masks at a lattice of their pixels: a sum over masks is interpolated there alone.
#[derive(Debug)]
pub(crate) struct GridSamples<'a> {
    samples: Samples<'a, GridMasks>,
    rows: Positions<'a>,
    columns: Positions<'a>,
}

/// The enlargement along one axis, position by position.
#[derive(Debug)]
struct Positions<'a> {
    upsampling: &'a Upsampling,
    /// The two cells that each position lies between.
    cells: Vec<(usize, usize)>,
}

impl<'a> Positions<'a> {
    fn new(upsampling: &'a Upsampling) -> Self {
        let size = upsampling.low_weights.len();
        let cells = upsampling.segments(0, size).flat_map(|segment| {
            std::iter::repeat_n((segment.low, segment.high), segment.end - segment.start)
        });
        Self { upsampling, cells: cells.collect() }
    }

    /// The two cells that a position lies between, and their weights.
    fn at(&self, position: usize) -> [(usize, f64); 2] {
        let (low, high) = self.cells[position];
        let Upsampling { low_weights, high_weights, .. } = self.upsampling;
        [(low, low_weights[position]), (high, high_weights[position])]
    }
}

impl<'a> GridSamples<'a> {
    pub(crate) fn new(masks: &'a GridMasks, rows: Vec<usize>, columns: Vec<usize>) -> Self {
        let (vertical, horizontal) = masks.axes();
        Self {
            samples: Samples { masks, rows, columns },
            rows: Positions::new(vertical),
            columns: Positions::new(horizontal),
        }
    }
}

impl Masks for GridSamples<'_> {
    fn len(&self) -> usize {
        self.samples.len()
    }

    fn shape(&self) -> (usize, usize) {
        self.samples.shape()
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        self.samples.rows(index, visit);
    }

    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        assert_eq!(weights.nrows(), self.len(), "there must be a weight for every mask");
        let Samples { masks, rows, columns } = &self.samples;
        let mut sums = Array3::zeros((weights.ncols(), rows.len(), columns.len()));
        let spread = |gathered: &[f64], shift: usize, to: &mut [f64]| {
            for (cells, to) in gathered.chunks(masks.cells()).zip(to.chunks_mut(columns.len())) {
                for (to, column) in to.iter_mut().zip(columns) {
                    let [low, high] = self.columns.at(column + shift);
                    *to += low.1 * cells[low.0] + high.1 * cells[high.0];
                }
            }
        };
        for (weights, mut sum) in weights.columns().into_iter().zip(sums.axis_iter_mut(Axis(0))) {
            masks.gather(&weights.to_vec(), part, columns.len(), spread, |spread, shift| {
                for (mut sum, row) in sum.outer_iter_mut().zip(rows) {
                    let [low, high] = self.rows.at(row + shift);
                    let cells = |cell: usize| &spread[cell * columns.len()..][..columns.len()];
                    for ((sum, a), b) in sum.iter_mut().zip(cells(low.0)).zip(cells(high.0)) {
                        *sum += low.1 * a + high.1 * b;
                    }
                }
            });
        }
        sums
    }

    fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
        self.samples.sampled(rows, columns)
    }
}
