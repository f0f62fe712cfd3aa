//! Maps by regression: what the scores would be for masks that were not drawn, from those that were.
//!
//! The centred scores are taken as linear in the masks less their mean, `c = X w + e`, with a Gaussian prior that
//! gives every pixel of `w` the same variance. The ratio of noise to signal is the one with the highest marginal
//! likelihood. The map is `Cov w`, where `Cov`, the covariance of RISE's masks, is known and separable. A share of what
//! the fit leaves over, averaged over the masks, is added back.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use stressmap::saliency::{HadamardGrid, MaskGenerator};

use super::Failure;

/// The ratios that are tried, as powers of two of the masks' mean square.
const RATIOS: std::ops::RangeInclusive<i32> = -8..=6;

/// Masks, and what their maps have in common whatever the scores.
pub(crate) struct Regression {
    /// Each row is a mask less its mean.
    masks: Array2<f32>,
    size: (usize, usize),
    /// By ratio: the ratio, and the factor of the masks' products plus the ratio.
    factors: Vec<(f64, Cholesky)>,
    /// The masks' covariance along each axis, and of one cell.
    covariance: (Array2<f64>, Array2<f64>),
}

impl Regression {
    pub(crate) fn new(
        generator: &HadamardGrid,
        cells: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Failure> {
        let drawn = generator.masks(height, width)?;
        let mut masks = Array2::zeros((drawn.len(), height * width));
        for (i, mut row) in masks.outer_iter_mut().enumerate() {
            let mut mask = Array2::zeros((height, width));
            drawn.write(i, mask.view_mut());
            row.assign(&mask.mapv(|value| value - 0.5).flatten());
        }
        let products = masks.dot(&masks.t()).mapv(f64::from);
        let unit = products.diag().mean().ok_or("there are no masks")?;
        let factors = RATIOS
            .map(|power| unit * 2_f64.powi(power))
            .map(|ratio| (ratio, Cholesky::new(&products, ratio)));
        let along = |size| covariance(cells, size);
        Ok(Self {
            factors: factors.collect(),
            masks,
            size: (height, width),
            covariance: (along(height), along(width)),
        })
    }

    /// The maps of one class's scores that add back each of some shares of what the fit leaves over.
    pub(crate) fn maps<const N: usize>(
        &self,
        scores: ArrayView1<'_, f32>,
        shares: [f64; N],
    ) -> [Array2<f32>; N] {
        let mean = scores.iter().copied().map(f64::from).sum::<f64>() / scores.len() as f64;
        let centred = scores.mapv(|score| f64::from(score) - mean);
        let count = centred.len() as f64;
        let fits = self.factors.iter().map(|(ratio, factor)| {
            let dual = factor.solve(&centred);
            let likelihood = -0.5 * (count * (centred.dot(&dual) / count).ln() + factor.log_determinant());
            (likelihood, *ratio, dual)
        });
        let best = fits.max_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, dual) =
            best.map_or((0.0, Array1::zeros(centred.len())), |(_, ratio, dual)| (ratio, dual));
        let weights = dual.mapv(|value| value as f32).dot(&self.masks).mapv(f64::from);
        let weights = weights.into_shape_with_order(self.size).unwrap_or_else(|_| Array2::zeros(self.size));
        // A cell is on half of the time.
        let fitted = self.covariance.0.dot(&weights).dot(&self.covariance.1) * 0.25;
        shares.map(|share| (&fitted + &(&weights * (share * ratio / count))).mapv(|value| value as f32))
    }
}

/// The covariance of two pixels of an axis over that of a cell with itself: the mean over all shifts of what their
/// interpolations share.
fn covariance(cells: usize, size: usize) -> Array2<f64> {
    let cell = size.div_ceil(cells);
    let enlarged = (cells + 1) * cell;
    let last = cells as f64 - 1.0;
    let mut interpolation = Array2::zeros((enlarged, cells));
    for (at, mut row) in interpolation.outer_iter_mut().enumerate() {
        // Half-pixel centres, mirrored at the border.
        let place = ((at as f64 + 0.5) * cells as f64 / enlarged as f64 - 0.5).abs();
        let place = if place > last { 2.0 * last - place } else { place };
        let low = place.floor();
        row[low as usize] += 1.0 - (place - low);
        if place > low {
            row[low as usize + 1] += place - low;
        }
    }
    let mut sum = Array2::zeros((size, size));
    for shift in 0..cell {
        let part = interpolation.slice(ndarray::s![shift..shift + size, ..]);
        sum += &part.dot(&part.t());
    }
    sum / cell as f64
}

/// The lower factor of a symmetric matrix, row by row.
struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Of `matrix` with `ratio` added to its diagonal.
    fn new(matrix: &Array2<f64>, ratio: f64) -> Self {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.nrows());
        for (i, values) in matrix.axis_iter(Axis(0)).enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, above) in rows.iter().enumerate() {
                row.push((values[j] - dot(&row, &above[..j])) / above[j]);
            }
            row.push((values[i] + ratio - dot(&row, &row)).sqrt());
            rows.push(row);
        }
        Self { rows }
    }

    fn log_determinant(&self) -> f64 {
        self.rows.iter().filter_map(|row| row.last()).map(|value| 2.0 * value.ln()).sum()
    }

    fn solve(&self, right: &Array1<f64>) -> Array1<f64> {
        let mut solution = right.to_vec();
        for (i, row) in self.rows.iter().enumerate() {
            solution[i] = (solution[i] - dot(&row[..i], &solution[..i])) / row[i];
        }
        for (i, row) in self.rows.iter().enumerate().rev() {
            solution[i] /= row[i];
            let value = solution[i];
            solution[..i].iter_mut().zip(row).for_each(|(rest, factor)| *rest -= value * factor);
        }
        solution.into()
    }
}

/// In eight sums, so that it is vectorized.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f64>() + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f64>()
}
