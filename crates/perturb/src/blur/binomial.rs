//! Kernels of 3 and 5 pixels: their taps are binomial coefficients, and both passes fit 16 bits.

use multiversion::multiversion;

use super::border::{mirrored, reflect_101};

/// The number of values computed together, and the least that a row must have.
pub(super) const LANES: usize = 64;

/// Blurs `image`, whose shape is (height, width, channels), into `out`, with the taps 1 2 1 or 1 4 6 4 1 down
/// the columns and along the rows. A row has at least [`LANES`] values.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), ksize: usize) {
    if ksize == 3 {
        passes::<3>(image, out, shape);
    } else {
        passes::<5>(image, out, shape);
    }
}

#[inline(always)]
fn passes<const TAPS: usize>(image: &[u8], out: &mut [u8], (height, width, channels): (usize, usize, usize)) {
    let radius = TAPS / 2;
    let stride = width * channels;
    let margin = radius * channels;
    let (before, behind) = mirrored(width, channels, radius);
    // The columns' sums for two rows in turn: one row's are written while the other's, which have reached
    // memory by then, are read.
    let mut sums = vec![0_u16; 2 * (stride + 2 * margin)];
    let (mut fresh, mut ready) = sums.split_at_mut(stride + 2 * margin);
    let rows_out = out.chunks_exact_mut(stride).map(Some);
    for (y, out) in std::iter::once(None).chain(rows_out).enumerate() {
        if y < height {
            let mut around = [image; TAPS];
            for (y, row) in (y as isize - radius as isize..).zip(&mut around) {
                *row = &image[reflect_101(y, height) * stride..][..stride];
            }
            weigh(around, &mut fresh[margin..][..stride], |sum| sum);
            for (place, &from) in before.iter().enumerate() {
                fresh[place] = fresh[margin + from];
            }
            for (place, &from) in behind.iter().enumerate() {
                fresh[margin + stride + place] = fresh[margin + from];
            }
        }
        if let Some(out) = out {
            let mut around = [&*ready; TAPS];
            for (offset, row) in around.iter_mut().enumerate() {
                *row = &ready[offset * channels..][..stride];
            }
            // The taps of both passes sum to 2^shift.
            let shift = 2 * (TAPS - 1);
            weigh(around, out, |sum| ((sum + (1 << (shift - 1))) >> shift) as u8);
        }
        std::mem::swap(&mut fresh, &mut ready);
    }
}

/// Sums the values at each place, weighted by the taps, and converts the sums by `finish`.
#[inline(always)]
fn weigh<T: Copy + Into<u16>, U, const TAPS: usize>(
    values: [&[T]; TAPS],
    out: &mut [U],
    finish: impl Fn(u16) -> U,
) {
    let last = out.len() - LANES;
    for start in (0..last).step_by(LANES).chain([last]) {
        let block = |tap: usize| &values[tap][start..].as_chunks().0[0];
        let out = &mut out[start..].as_chunks_mut().0[0];
        if TAPS == 3 {
            three(block(0), block(1), block(2), out, &finish);
        } else {
            five(block(0), block(1), block(2), block(3), block(4), out, &finish);
        }
    }
}

#[inline(always)]
fn three<T: Copy + Into<u16>, U>(
    above: &[T; LANES],
    middle: &[T; LANES],
    below: &[T; LANES],
    out: &mut [U; LANES],
    finish: impl Fn(u16) -> U,
) {
    for i in 0..LANES {
        out[i] = finish(above[i].into() + 2 * middle[i].into() + below[i].into());
    }
}

#[inline(always)]
fn five<T: Copy + Into<u16>, U>(
    highest: &[T; LANES],
    above: &[T; LANES],
    middle: &[T; LANES],
    below: &[T; LANES],
    lowest: &[T; LANES],
    out: &mut [U; LANES],
    finish: impl Fn(u16) -> U,
) {
    for i in 0..LANES {
        let (outer, inner) = (highest[i].into() + lowest[i].into(), above[i].into() + below[i].into());
        out[i] = finish(outer + 4 * inner + 6 * middle[i].into());
    }
}
