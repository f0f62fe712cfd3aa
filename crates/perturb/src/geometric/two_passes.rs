//! Resizing along the rows, then down the columns.

/// Channels of a pixel that are resized together.
pub(super) const LANES: usize = 4;

/// The `N` neighbouring pixels of one axis that a pixel of the result is made of, and their weights. Beyond the border
/// the outermost pixel repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps<W, const N: usize> {
    pub(super) first: isize,
    pub(super) weights: [W; N],
}

/// How `N` pixels become one, along a row and down a column.
pub(super) trait Arithmetic<const N: usize> {
    type Weight: Copy;
    /// A value that is resized along its row.
    type Sum: Copy + Default;

    fn along(pixels: [&[u8; LANES]; N], weights: &[Self::Weight; N], sums: &mut [Self::Sum; LANES]);

    /// A row of the result from rows of the same length.
    fn down(rows: [&[Self::Sum]; N], weights: &[Self::Weight; N], out: &mut [u8]);
}

/// Writes to `out` the pixels that `down` and `across` make of `image`, whose shape is (rows, columns, channels).
///
/// Each row is resized once, when it is first needed, and kept for as long as it can be needed again.
#[inline(always)]
pub(super) fn resize<A: Arithmetic<N>, const N: usize>(
    image: &[u8],
    (rows, columns, channels): (usize, usize, usize),
    down: &[Taps<A::Weight, N>],
    across: &[Taps<A::Weight, N>],
    out: &mut [u8],
) {
    // Compiled for the usual number of channels, and once more for any.
    if channels == 3 {
        resize_channels::<A, N>(image, (rows, columns, 3), down, across, out);
    } else {
        resize_channels::<A, N>(image, (rows, columns, channels), down, across, out);
    }
}

#[inline(always)]
fn resize_channels<A: Arithmetic<N>, const N: usize>(
    image: &[u8],
    (rows, columns, channels): (usize, usize, usize),
    down: &[Taps<A::Weight, N>],
    across: &[Taps<A::Weight, N>],
    out: &mut [u8],
) {
    let stride = across.len() * channels;
    // In a row with `N` more pixels on either side.
    let start = |first: isize| (first + N as isize).clamp(0, (columns + N) as isize) as usize * channels;
    let across: Vec<_> = across.iter().map(|taps| (start(taps.first), taps.weights)).collect();
    let mut padded = vec![0; (columns + 2 * N) * channels + LANES];
    // A row has the place of its number modulo `N`: those that are needed together are neighbours.
    let mut lines: [_; N] = std::array::from_fn(|_| (None, vec![A::Sum::default(); stride + LANES]));
    for (out, Taps { first, weights }) in out.chunks_exact_mut(stride).zip(down) {
        let mut near = [0; N];
        for (k, y) in near.iter_mut().enumerate() {
            *y = (first + k as isize).clamp(0, rows as isize - 1) as usize;
            let (known, line) = &mut lines[*y % N];
            if *known != Some(*y) {
                let row = &image[*y * columns * channels..][..columns * channels];
                pad(row, channels, N * channels, &mut padded);
                along::<A, N>(&padded, channels, &across, line);
                *known = Some(*y);
            }
        }
        A::down(near.map(|y| &lines[y % N].1[..stride]), weights, out);
    }
}

/// Copies a row between margins that repeat its outermost pixels.
#[inline(always)]
fn pad(row: &[u8], channels: usize, margin: usize, padded: &mut [u8]) {
    let (left, rest) = padded.split_at_mut(margin);
    let (middle, right) = rest.split_at_mut(row.len());
    middle.copy_from_slice(row);
    left.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(&row[..channels]));
    right.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(&row[row.len() - channels..]));
}

/// Resizes a row, behind which `line` has room for one more pixel of [`LANES`] channels.
#[inline(always)]
fn along<A: Arithmetic<N>, const N: usize>(
    padded: &[u8],
    channels: usize,
    taps: &[(usize, [A::Weight; N])],
    line: &mut [A::Sum],
) {
    for group in (0..channels).step_by(LANES) {
        // Fewer channels than lanes spill into the next pixel, which is written later; the last of several groups
        // overlaps the one before it instead.
        let group = group.min(channels.saturating_sub(LANES));
        for (x, (start, weights)) in taps.iter().enumerate() {
            let near = &padded[start + group..][..(N - 1) * channels + LANES];
            let pixels = std::array::from_fn(|k| &near[k * channels..].as_chunks().0[0]);
            A::along(pixels, weights, &mut line[x * channels + group..].as_chunks_mut().0[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    /// Sums of two pixels, which tell by their value where they are from.
    struct Sums;

    impl Arithmetic<2> for Sums {
        type Weight = u32;
        type Sum = u32;

        fn along(pixels: [&[u8; LANES]; 2], weights: &[u32; 2], sums: &mut [u32; LANES]) {
            *sums = std::array::from_fn(|k| {
                u32::from(pixels[0][k]) * weights[0] + u32::from(pixels[1][k]) * weights[1]
            });
        }

        fn down(rows: [&[u32]; 2], weights: &[u32; 2], out: &mut [u8]) {
            for (i, out) in out.iter_mut().enumerate() {
                *out = (rows[0][i] * weights[0] + rows[1][i] * weights[1]) as u8;
            }
        }
    }

    fn taps(len: usize, count: usize, random: &mut Random) -> Vec<Taps<u32, 2>> {
        let mut firsts: Vec<_> =
            (0..count).map(|_| (random.next_u64() % (len as u64 + 6)) as isize - 3).collect();
        firsts.sort_unstable();
        let mut weight = || (random.next_u64() % 9) as u32;
        firsts.into_iter().map(|first| Taps { first, weights: [weight(), weight()] }).collect()
    }

    proptest! {
        #[test]
        fn two_passes_give_the_double_sum(
            (rows, columns, channels) in (1_usize..9, 1_usize..9, 1_usize..10),
            (height, width) in (1_usize..12, 1_usize..12),
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image: Vec<u8> = (0..rows * columns * channels).map(|_| random.next_u64() as u8).collect();
            let (down, across) = (taps(rows, height, &mut random), taps(columns, width, &mut random));
            let mut out = vec![0; height * width * channels];
            resize::<Sums, 2>(&image, (rows, columns, channels), &down, &across, &mut out);
            let within = |at: isize, len: usize| at.clamp(0, len as isize - 1) as usize;
            let mut expected = Vec::new();
            for tall in &down {
                for wide in &across {
                    for k in 0..channels {
                        let mut sum = 0;
                        for (j, tall_weight) in (0..).zip(tall.weights) {
                            for (i, wide_weight) in (0..).zip(wide.weights) {
                                let (y, x) = (within(tall.first + j, rows), within(wide.first + i, columns));
                                let value = image[(y * columns + x) * channels + k];
                                sum += tall_weight * wide_weight * u32::from(value);
                            }
                        }
                        expected.push(sum as u8);
                    }
                }
            }
            prop_assert_eq!(out, expected);
        }
    }
}
