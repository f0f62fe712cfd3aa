use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Zip};
use protocols::{Model, Observer, Pass};

use crate::grid_masks::Grids;
use crate::rise_grid::check_grids;
use crate::scores::check_batch;
use crate::{Classes, Error, Scaling, ScoredImage, mask};

/// MC-RISE: RISE with several fill colours, which says for each colour whether a region is better or worse off with it.
///
/// Each cell of a random grid is kept with probability `p1`, or else has one of the colours. A map of a colour is
/// positive where showing that colour gives a higher score than keeping the pixels does, which is XAITK's sign:
///
/// ```text
/// S[k, c] = sum over i of  score[i, c] (K (1 - p1) h[k, i] - p1 m[i])
/// ```
///
/// where `h[k, i]` is where mask i shows colour k, `m[i]` what it keeps, and `K` the number of colours.
///
/// This is XAITK's `MCRISEStack` with `threads=0`: masks have the same bits, and so do the occluded images. Cells, then
/// colours of one mask after the other come from `numpy.random.default_rng(seed)`; the shifts, y then x, from a second
/// generator of the same seed. Source: Y. Hatakeyama et al., "Visualizing color-wise saliency of black-box image
/// classification models", 2020.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use saliency::{Classes, FnModel, McRise, ModelMetadata, ScoreKind};
///
/// // A model that scores how red the top left pixel is.
/// let metadata = ModelMetadata::new("corner", vec!["red".to_owned()], ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| {
///     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[0, 0, 0]]) / 255.0))
/// });
/// let image = Array3::from_elem((16, 24, 3), 128);
///
/// let colors = [vec![255, 0, 0], vec![0, 0, 255]];
/// let explainer = McRise::builder(colors).masks(400).grid(4).seed(1).build()?;
/// let maps = explainer.explain(&model, image.view(), Classes::All)?;
/// assert_eq!(maps.dim(), (2, 1, 16, 24));
/// // Red there raises the score, blue lowers it.
/// assert!(maps[[0, 0, 0, 0]] > 0.5 && maps[[1, 0, 0, 0]] < 0.0);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct McRise {
    colors: Vec<Vec<u8>>,
    masks: usize,
    grid: usize,
    p1: f64,
    seed: u64,
    batch_size: usize,
}

/// Settings of [`McRise`].
#[derive(Clone, Debug)]
#[must_use]
pub struct McRiseBuilder {
    colors: Vec<Vec<u8>>,
    masks: usize,
    grid: usize,
    p1: f64,
    seed: u64,
    batch_size: usize,
}

impl McRiseBuilder {
    /// The number of masks, 200 by default.
    pub fn masks(mut self, masks: usize) -> Self {
        self.masks = masks;
        self
    }

    /// Cells along each side of a mask, 8 by default.
    pub fn grid(mut self, grid: usize) -> Self {
        self.grid = grid;
        self
    }

    /// The probability that a cell is kept, 0 to 1; 0.5 by default.
    pub fn p1(mut self, p1: f64) -> Self {
        self.p1 = p1;
        self
    }

    /// The seed of cells, colours and shifts, 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Occluded images per forward pass, 64 by default; the last batch may be smaller.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] without a colour, masks, cells or images per forward pass, or if `p1` is not from 0 to 1;
    /// [`Error::FillChannels`] for colours of different channels.
    pub fn build(self) -> Result<McRise, Error> {
        let refuse = |parameter, value, expected| {
            Err(Error::Parameter { component: "McRise", parameter, value, expected })
        };
        let Self { colors, masks, grid, p1, seed, batch_size } = self;
        check_grids("McRise", masks, grid)?;
        if !(0.0..=1.0).contains(&p1) {
            return refuse("p1", p1, "a probability from 0 to 1");
        }
        if batch_size == 0 {
            return refuse("batch_size", 0.0, "at least one image per forward pass");
        }
        let Some(first) = colors.first() else {
            return refuse("fill_colors", 0.0, "at least one colour");
        };
        if let Some(other) = colors.iter().find(|color| color.len() != first.len()) {
            return Err(Error::FillChannels { fill: other.len(), image: first.len() });
        }
        Ok(McRise { colors, masks, grid, p1, seed, batch_size })
    }
}

impl McRise {
    /// Settings with these fill colours, a value per channel each; the rest keeps its defaults.
    pub fn builder(fill_colors: impl IntoIterator<Item = Vec<u8>>) -> McRiseBuilder {
        let colors = fill_colors.into_iter().collect();
        McRiseBuilder { colors, masks: 200, grid: 8, p1: 0.5, seed: 0, batch_size: 64 }
    }

    /// The masks for images of `height` rows and `width` columns.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] if either is zero.
    pub fn masks(&self, height: usize, width: usize) -> Result<McRiseMasks, Error> {
        mask::check_size(height, width)?;
        let (n, s, k) = (self.masks, self.grid, self.colors.len());
        let mut random = numpy_rng::default_rng(self.seed);
        let mut kept = Grids::new(n, s);
        for grid in 0..n {
            for cell in 0..s * s {
                if random.random() < self.p1 {
                    kept.turn_on(grid, cell);
                }
            }
        }
        let colors = (0..n * s * s).map(|_| if k == 1 { 0 } else { random.integers(0, k as i64) as usize });
        let colors = colors.collect();
        let mut random = numpy_rng::default_rng(self.seed);
        let cells = [height.div_ceil(s), width.div_ceil(s)];
        let mut shift = |cell: usize| if cell == 1 { 0 } else { random.integers(0, cell as i64) as usize };
        let shifts = (0..n).map(|_| [shift(cells[0]), shift(cells[1])]).collect();
        let axes = cells.map(|cell| enlarged(s, (s + 1) * cell));
        Ok(McRiseMasks { settings: self.clone(), kept, colors, shifts, axes, size: (height, width) })
    }

    /// Returns the maps of each colour and class, `(colours, classes, height, width)`, from -1 to 1.
    ///
    /// # Errors
    ///
    /// As [`Explainer::explain`](crate::Explainer::explain); [`Error::FillChannels`] unless the colours have the
    /// image's channels.
    pub fn explain(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
    ) -> Result<Array4<f32>, Error> {
        self.explain_observed(model, image, classes, &mut ())
    }

    /// As [`explain`](Self::explain), and tells `observer` of every batch.
    ///
    /// # Errors
    ///
    /// As [`explain`](Self::explain), and [`Error::Stopped`] if the observer stops it.
    pub fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Array4<f32>, Error> {
        let classes = classes.resolve(model.metadata().labels.len())?;
        let (height, width, channels) = image.dim();
        let masks = self.masks(height, width)?;
        masks.check_channels(channels)?;
        let mut scores = Array2::zeros((self.masks, classes.len()));
        observer.started(Pass::new("explain", "masks", Some(self.masks)));
        for first in (0..self.masks).step_by(self.batch_size) {
            let count = self.batch_size.min(self.masks - first);
            let draw =
                |offset: usize, buffer: ArrayViewMut3<'_, u8>| masks.write(image, first + offset, buffer);
            let batch = model.predict_drawn(image.dim(), count, &draw);
            let batch =
                batch.map_err(|source| Error::Model { image: ScoredImage::Occluded(first), source })?;
            check_batch(model, batch.view(), count, |row| ScoredImage::Occluded(first + row))?;
            for (from, mut to) in batch.outer_iter().zip(scores.axis_iter_mut(Axis(0)).skip(first)) {
                to.assign(&from.select(Axis(0), &classes).mapv(f64::from));
            }
            if observer.advanced(count).is_break() {
                return Err(Error::Stopped { done: first + count, total: self.masks });
            }
        }
        masks.score(scores.view(), Scaling::default())
    }
}

/// The masks of [`McRise`] for images of one size, computed when they are needed.
///
/// ```
/// use ndarray::Array3;
/// use saliency::McRise;
///
/// let masks = McRise::builder([vec![0], vec![255]]).masks(5).build()?.masks(16, 16)?;
/// let mask = masks.mask(4);
/// assert_eq!(mask.dim(), (2, 16, 16));
/// let image = Array3::from_elem((16, 16, 1), 128);
/// assert_ne!(masks.occlude(image.view(), 4)?, image);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct McRiseMasks {
    settings: McRise,
    kept: Grids,
    /// The colour of each cell, of which those that are not kept count.
    colors: Vec<usize>,
    shifts: Vec<[usize; 2]>,
    axes: [Vec<Tap>; 2],
    size: (usize, usize),
}

/// The two cells that a position lies between, and their weights.
type Tap = ([usize; 2], [f64; 2]);

/// The positions of `cells` cells enlarged to `size`, as `skimage.transform.resize` with order 1 has them, to the bit.
fn enlarged(cells: usize, size: usize) -> Vec<Tap> {
    let last = cells - 1;
    let scale = cells as f64 / size as f64;
    (0..size)
        .map(|position| {
            // Mirrored below the first cell's centre; beyond the last one's, the second to last follows.
            let centre = ((position as f64 + 0.5) * scale - 0.5).abs();
            let low = (centre.floor() as usize).min(last);
            let high = if low == last { last.saturating_sub(1) } else { low + 1 };
            let first = 1.0 - (centre - low as f64);
            if last == 0 { ([0, 0], [1.0, 0.0]) } else { ([low, high], [first, 1.0 - first]) }
        })
        .collect()
}

impl McRiseMasks {
    /// Mask `index`, `(colours, height, width)`: 1 keeps a pixel or gives it another colour, 0 gives it this colour.
    ///
    /// # Panics
    ///
    /// If there is no mask `index`.
    #[must_use]
    pub fn mask(&self, index: usize) -> Array3<f64> {
        let s = self.settings.grid;
        let [top, left] = self.shifts[index];
        let (height, width) = self.size;
        let mut mask = Array3::zeros((self.settings.colors.len(), height, width));
        for (color, mut plane) in mask.outer_iter_mut().enumerate() {
            let cells = Array2::from_shape_fn((s, s), |(row, column)| {
                let other = self.colors[(index * s + row) * s + column] != color;
                f64::from(u8::from(other || self.kept.is_on(index, row, column)))
            });
            // The enlargement is clipped to the grid's range.
            let low = cells.iter().copied().fold(f64::INFINITY, f64::min);
            let high = cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for ((y, x), value) in plane.indexed_iter_mut() {
                let ((ys, tall), (xs, wide)) = (self.axes[0][top + y], self.axes[1][left + x]);
                let term = |j: usize, i: usize| cells[[ys[j], xs[i]]] * tall[j] * wide[i];
                *value = (term(0, 0) + term(0, 1) + term(1, 0) + term(1, 1)).clamp(low, high);
            }
        }
        mask
    }

    /// The image as mask `index` shows it.
    ///
    /// # Errors
    ///
    /// [`Error::MaskSize`] for an image of another size, [`Error::FillChannels`] for one of other channels.
    ///
    /// # Panics
    ///
    /// If there is no mask `index`.
    pub fn occlude(&self, image: ArrayView3<'_, u8>, index: usize) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        if (height, width) != self.size {
            return Err(Error::MaskSize { masks: self.size, image: (height, width) });
        }
        self.check_channels(channels)?;
        let mut occluded = Array3::zeros(image.dim());
        self.write(image, index, occluded.view_mut());
        Ok(occluded)
    }

    fn check_channels(&self, channels: usize) -> Result<(), Error> {
        match self.settings.colors.first().map(Vec::len) {
            Some(fill) if fill != channels => Err(Error::FillChannels { fill, image: channels }),
            _ => Ok(()),
        }
    }

    /// Writes the image as a mask shows it, cut off to whole numbers.
    fn write(&self, image: ArrayView3<'_, u8>, index: usize, mut to: ArrayViewMut3<'_, u8>) {
        let hidden = self.mask(index).mapv_into(|value| 1.0 - value);
        for ((y, x, k), to) in to.indexed_iter_mut() {
            // In the original's order, since an ulp decides a pixel.
            let (mut sum, mut fill) = (0.0, 0.0);
            for (color, values) in self.settings.colors.iter().enumerate() {
                sum += hidden[[color, y, x]];
                fill += hidden[[color, y, x]] * f64::from(values[k]);
            }
            *to = ((1.0 - sum) * f64::from(image[[y, x, k]]) + fill.clamp(0.0, 255.0)) as u8;
        }
    }

    /// Returns the maps from the scores of the occluded images, `(masks, classes)`, as
    /// `(colours, classes, height, width)`.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are scores for every mask.
    pub fn score(&self, scores: ArrayView2<'_, f64>, scaling: Scaling) -> Result<Array4<f32>, Error> {
        let (n, colors, p1) = (self.settings.masks, self.settings.colors.len(), self.settings.p1);
        if scores.nrows() != n {
            let (actual, expected) = (scores.shape().to_vec(), vec![n, scores.ncols()]);
            return Err(Error::Shape { what: "the scores", actual, expected });
        }
        let (height, width) = self.size;
        let mut sums = Array4::<f64>::zeros((colors, scores.ncols(), height, width));
        for (index, scores) in scores.outer_iter().enumerate() {
            let hidden = self.mask(index).mapv_into(|value| 1.0 - value);
            let kept = hidden.sum_axis(Axis(0)).mapv_into(|sum| 1.0 - sum);
            for (mut sums, hidden) in sums.outer_iter_mut().zip(hidden.outer_iter()) {
                for (mut sum, &score) in sums.outer_iter_mut().zip(scores) {
                    Zip::from(&mut sum).and(&hidden).and(&kept).for_each(|sum, hidden, kept| {
                        *sum += score * (colors as f64 * hidden * (1.0 - p1) - kept * p1);
                    });
                }
            }
        }
        let mut maps = Array4::zeros(sums.dim());
        for (mut maps, sums) in maps.outer_iter_mut().zip(sums.outer_iter()) {
            for (mut map, sum) in maps.outer_iter_mut().zip(sums.outer_iter()) {
                map.assign(&scaling.apply(sum));
            }
        }
        Ok(maps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let refused = |builder: McRiseBuilder| builder.build().unwrap_err().to_string();
        let one = || McRise::builder([vec![0, 0, 0]]);
        assert!(refused(McRise::builder([])).contains("fill_colors"));
        assert!(refused(McRise::builder([vec![0], vec![0, 1]])).contains("2 channels, expected 1"));
        assert!(refused(one().p1(f64::NAN)).contains("p1 is NaN"));
        assert!(refused(one().masks(0)).contains("McRise"));
        assert!(refused(one().batch_size(0)).contains("batch_size"));
        let masks = one().build().unwrap().masks(8, 8).unwrap();
        assert!(masks.occlude(Array3::zeros((8, 8, 1)).view(), 0).is_err());
        assert!(masks.occlude(Array3::zeros((8, 9, 3)).view(), 0).is_err());
    }

    #[test]
    fn nothing_hidden_is_the_image() {
        let image = Array3::from_shape_fn((9, 7, 1), |(y, x, _)| (20 * y + x) as u8);
        let masks = McRise::builder([vec![200]]).p1(1.0).masks(3).build().unwrap().masks(9, 7).unwrap();
        assert_eq!(masks.occlude(image.view(), 2).unwrap(), image);
    }
}
