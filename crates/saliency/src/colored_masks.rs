use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use crate::{Error, mask};

/// MC-RISE's masks: random grids of cells, each of which keeps the image or shows one of several colours.
///
/// A cell keeps the image if `random() < p1`; the others get a random colour. Each colour's cells are enlarged
/// bilinearly and shifted as [`RiseGrid`](crate::RiseGrid)'s are. Values are f64 and rounded as scikit-image rounds
/// them: these are the masks of XAITK's `MCRISEGrid` with `threads=0`, bit for bit, since a last bit can change a
/// truncated pixel.
#[derive(Clone, Debug)]
pub(crate) struct ColoredMasks {
    s: usize,
    colors: usize,
    /// For each mask and cell, the colour it shows, or none where it keeps the image.
    cells: Vec<Option<u32>>,
    shifts: Vec<[usize; 2]>,
    shape: (usize, usize),
    rows: Vec<Weights>,
    columns: Vec<Weights>,
}

/// The two cells that a position lies between, and their weights.
#[derive(Clone, Copy, Debug)]
struct Weights {
    cells: [usize; 2],
    weights: [f64; 2],
}

impl ColoredMasks {
    /// `n` masks of `s` by `s` cells with so many colours, for images of one size.
    pub(crate) fn new(
        (n, s): (usize, usize),
        p1: f64,
        colors: usize,
        seed: u64,
        shape: (usize, usize),
    ) -> Result<Self, Error> {
        mask::check_size(shape.0, shape.1)?;
        let mut random = numpy_rng::default_rng(seed);
        let keeps: Vec<bool> = (0..n * s * s).map(|_| random.random() < p1).collect();
        let cells = keeps.into_iter().map(|keeps| {
            let color = random.integers(0, colors as i64) as u32;
            (!keeps).then_some(color)
        });
        let cells = cells.collect();
        let mut random = numpy_rng::default_rng(seed);
        let cell = [shape.0.div_ceil(s), shape.1.div_ceil(s)];
        let shifts = (0..n).map(|_| cell.map(|size| random.integers(0, size as i64) as usize)).collect();
        let [rows, columns] = cell.map(|cell| enlargement(s, (s + 1) * cell));
        Ok(Self { s, colors, cells, shifts, shape, rows, columns })
    }

    pub(crate) fn len(&self) -> usize {
        self.shifts.len()
    }

    /// Writes how far mask `index` shows each colour, (colours, height, width), from 0 to 1.
    pub(crate) fn write(&self, index: usize, mut shown: ArrayViewMut3<'_, f64>) {
        let cells = &self.cells[index * self.s * self.s..][..self.s * self.s];
        let [shift_y, shift_x] = self.shifts[index];
        for color in 0..self.colors {
            // The original enlarges what is kept of each colour, clips it to its own range and takes it from one.
            let kept = |row: usize, column: usize| {
                f64::from(u8::from(cells[row * self.s + column] != Some(color as u32)))
            };
            let everywhere = cells.iter().all(|&cell| cell == Some(color as u32));
            let nowhere = cells.iter().all(|&cell| cell != Some(color as u32));
            let (low, high) = (f64::from(u8::from(nowhere)), f64::from(u8::from(!everywhere)));
            for y in 0..self.shape.0 {
                let Weights { cells: [top, bottom], weights: [wy0, wy1] } = self.rows[y + shift_y];
                for x in 0..self.shape.1 {
                    let Weights { cells: [left, right], weights: [wx0, wx1] } = self.columns[x + shift_x];
                    let value = kept(top, left) * wy0 * wx0
                        + kept(top, right) * wy0 * wx1
                        + kept(bottom, left) * wy1 * wx0
                        + kept(bottom, right) * wy1 * wx1;
                    shown[[color, y, x]] = 1.0 - value.clamp(low, high);
                }
            }
        }
    }
}

/// The weights of each position of `cells` cells enlarged to `size` positions, with mirrored borders.
fn enlargement(cells: usize, size: usize) -> Vec<Weights> {
    let last = cells - 1;
    let scale = cells as f64 / size as f64;
    (0..size)
        .map(|position| {
            let at = (position as f64 + 0.5) * scale - 0.5;
            // Folded before the fraction is taken.
            let at = if at < 0.0 { (-at).min(last as f64) } else { at };
            let at = if at > last as f64 { (2.0 * last as f64 - at).max(0.0) } else { at };
            let low = (at.floor() as usize).min(last);
            let first = 1.0 - (at - low as f64);
            Weights { cells: [low, (low + 1).min(last)], weights: [first, 1.0 - first] }
        })
        .collect()
}

/// Writes an image under colours that are shown to the degrees `shown`; the fraction of a value is dropped.
pub(crate) fn color_over(
    image: ArrayView3<'_, u8>,
    colors: &[Vec<u8>],
    shown: &Array3<f64>,
    mut buffer: ArrayViewMut3<'_, u8>,
) {
    for ((y, x, channel), value) in buffer.indexed_iter_mut() {
        let (mut all, mut blend) = (0.0, 0.0);
        for (index, color) in colors.iter().enumerate() {
            all += shown[[index, y, x]];
            blend += shown[[index, y, x]] * f64::from(color[channel]);
        }
        *value = ((1.0 - all) * f64::from(image[[y, x, channel]]) + blend) as u8;
    }
}
