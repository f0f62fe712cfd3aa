//! The point spread function of an optical transfer function, sampled and cut as pyBSM does.

use std::f64::consts::PI;
use std::sync::Arc;

use ndarray::{Array2, s};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Samples of the transfer function on each axis, from minus to plus the cutoff frequency.
pub(super) const SIDE: usize = 1501;

/// Samples on one side of the middle.
const HALF: usize = SIDE / 2;

/// The frequency of a sample `i` steps from the middle.
pub(super) fn frequency(i: usize, cutoff: f64) -> f64 {
    i as f64 / HALF as f64 * cutoff
}

/// Returns the kernel that an image is convolved with: the middle of the point spread function, whose sum is 1.
///
/// The transfer function is the product of one that depends on the distance from the origin alone, which is computed
/// for one eighth of the frequencies, and one that is even in both. The point spread function is resampled to `side`
/// samples on each axis, which have the size of the image's pixels, unless that is [`SIDE`]. The kernel grows in
/// steps of five pixels until it holds 95 % of the sum.
pub(super) fn kernel(
    cutoff: f64,
    side: usize,
    radial: impl Fn(f64) -> f64,
    rest: impl Fn([f64; 2]) -> f64,
) -> Array2<f64> {
    let mut quarter = Array2::zeros((HALF + 1, HALF + 1));
    for i in 0..=HALF {
        for j in 0..=i {
            let (u, v) = (frequency(i, cutoff), frequency(j, cutoff));
            let value = radial((u * u + v * v).sqrt());
            quarter[[j, i]] = value * rest([u, v]);
            quarter[[i, j]] = value * rest([v, u]);
        }
    }
    let spread = quarter_spread(quarter);
    // `fftshift` of an odd number of samples is not its own inverse, which pyBSM does not heed: its point spread
    // function has this factor.
    let factor: Vec<f64> = (0..=2 * HALF).map(|i| (2.0 * PI * i as f64 / SIDE as f64).cos()).collect();
    let sample = |y: usize, x: usize| {
        let (down, right) = (y as isize - HALF as isize, x as isize - HALF as isize);
        spread[[down.unsigned_abs(), right.unsigned_abs()]] * factor[(down + right).unsigned_abs()]
    };
    let full = if side == SIDE {
        Array2::from_shape_fn((SIDE, SIDE), |(y, x)| sample(y, x))
    } else {
        let scale = SIDE as f64 / side as f64;
        let taps: Vec<_> = (0..side)
            .map(|i| {
                let at = (i as f64 + 0.5) * scale - 0.5;
                let inside = (0.0..=(SIDE - 1) as f64).contains(&at);
                inside.then(|| (at as usize, (at as usize + 1).min(SIDE - 1), at.fract()))
            })
            .collect();
        Array2::from_shape_fn((side, side), |(y, x)| {
            let (Some((upper, lower, down)), Some((left, right, across))) = (taps[y], taps[x]) else {
                return 0.0;
            };
            let line = |y: usize| sample(y, left) * (1.0 - across) + sample(y, right) * across;
            line(upper) * (1.0 - down) + line(lower) * down
        })
    };
    let total = full.sum();
    cut(&full.mapv_into(|value| value / total))
}

/// The middle of a function that holds 95 % of its sum.
fn cut(full: &Array2<f64>) -> Array2<f64> {
    let side = full.dim().0;
    let mut doubled = 20;
    loop {
        // Sides in half pixels, since the middle may lie between two.
        let first = (2 * side).saturating_sub(doubled) / 4;
        let last = (2 * side + doubled).div_ceil(4).min(side);
        let middle = full.slice(s![first..last, first..last]);
        let sum = middle.sum();
        if sum > 0.95 || (first, last) == (0, side) {
            return middle.mapv(|value| value / sum);
        }
        doubled += 10;
    }
}

/// The inverse transform of an even function: one quarter in, one quarter out.
fn quarter_spread(quarter: Array2<f64>) -> Array2<f64> {
    let fft = FftPlanner::new().plan_fft_forward(SIDE);
    let rows = transformed(quarter, &fft);
    // Rows become columns, which are transformed in their turn.
    let both = transformed(rows.reversed_axes(), &fft);
    both.reversed_axes().mapv_into(|value| value / (SIDE * SIDE) as f64)
}

/// Transforms each row of an even function, two at a time as the parts of a complex one.
fn transformed(quarter: Array2<f64>, fft: &Arc<dyn Fft<f64>>) -> Array2<f64> {
    let mut output = Array2::zeros(quarter.dim());
    let mut line = vec![Complex::default(); SIDE];
    let mut scratch = vec![Complex::default(); fft.get_inplace_scratch_len()];
    for first in (0..quarter.dim().0).step_by(2) {
        let second = (first + 1).min(HALF);
        for (i, value) in line.iter_mut().enumerate() {
            let i = i.min(SIDE - i);
            *value = Complex::new(quarter[[first, i]], quarter[[second, i]]);
        }
        fft.process_with_scratch(&mut line, &mut scratch);
        for i in 0..=HALF {
            output[[first, i]] = line[i].re;
            output[[second, i]] = line[i].im;
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_lens_spreads_nothing() {
        let kernel = kernel(6000.0, SIDE, |_| 1.0, |_| 1.0);
        assert_eq!(kernel.dim(), (11, 11));
        for (at, value) in kernel.indexed_iter() {
            let expected = if at == (5, 5) { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-12, "{at:?}: {value}");
        }
    }

    #[test]
    fn a_gaussian_spreads_as_a_gaussian() {
        // exp(-2 pi^2 s^2 u^2) is the transform of a normal law with deviation s; a sample is 1 / (2 cutoff) wide.
        let (cutoff, deviation) = (6000.0, 2e-4);
        let otf = |[u, v]: [f64; 2]| (-2.0 * (PI * deviation).powi(2) * (u * u + v * v)).exp();
        let kernel = kernel(cutoff, SIDE, |_| 1.0, otf);
        let middle = kernel.dim().0 / 2;
        let step = 1.0 / (SIDE as f64 * (2.0 * cutoff / (SIDE - 1) as f64));
        let ratio = kernel[[middle, middle + 2]] / kernel[[middle, middle]];
        let expected = (-0.5 * (2.0 * step / deviation).powi(2)).exp() * (4.0 * PI / SIDE as f64).cos();
        assert!((ratio - expected).abs() < 1e-9, "{ratio} for {expected}");
    }

    #[test]
    fn a_kernel_of_any_size_has_the_sum_one() {
        for side in [1, 2, 200, 501, SIDE, 2000] {
            let kernel = kernel(6000.0, side, |frequency| (-1e-7 * frequency * frequency).exp(), |_| 1.0);
            assert!((kernel.sum() - 1.0).abs() < 1e-12);
        }
    }
}
