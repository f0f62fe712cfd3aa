//! The depthwise convolution of a ConvNeXt block: 7x7, stride 1, zeros around the image.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// The kernel's side.
pub(crate) const SIDE: usize = 7;
const RADIUS: usize = SIDE / 2;
/// So many channels stand together: as many as the widest vectors hold.
const GROUP: usize = 16;

/// A depthwise convolution's weights.
pub(crate) struct Depthwise {
    channels: usize,
    /// `(groups, SIDE, SIDE, GROUP)`; channels beyond the last are zero.
    weights: Vec<f32>,
    /// `(groups, GROUP)`.
    bias: Vec<f32>,
}

/// The rows of an image around the current one, group by group of channels and with zeros on both sides.
#[derive(Default)]
pub(crate) struct Window {
    /// `(SIDE, groups, width, GROUP)`; row y of the image is in slot y modulo `SIDE`.
    rows: Vec<f32>,
    groups: usize,
    /// Pixels of a row, the zeros on both sides included.
    width: usize,
    /// Outputs computed together.
    tile: usize,
}

impl Depthwise {
    /// `weights` are PyTorch's, `(channels, 1, SIDE, SIDE)`.
    pub(crate) fn new(weights: &[f32], bias: &[f32]) -> Self {
        let channels = bias.len();
        let groups = channels.div_ceil(GROUP);
        let mut grouped = vec![0.0; groups * SIDE * SIDE * GROUP];
        for (channel, taps) in weights.chunks_exact(SIDE * SIDE).enumerate() {
            for (tap, &weight) in taps.iter().enumerate() {
                grouped[(channel / GROUP * SIDE * SIDE + tap) * GROUP + channel % GROUP] = weight;
            }
        }
        let mut padded = bias.to_vec();
        padded.resize(groups * GROUP, 0.0);
        Self { channels, weights: grouped, bias: padded }
    }

    /// Writes row `y` of the convolved image, whose values are `(height, width, channels)`.
    ///
    /// `window` was [`reset`](Window::reset) for the width and has seen the image's rows from 0 to `y - 1` before.
    pub(crate) fn row(
        &self,
        image: &[f32],
        (height, width): (usize, usize),
        y: usize,
        window: &mut Window,
        out: &mut [f32],
    ) {
        let stride = width * self.channels;
        let fresh = if y == 0 { 0..height.min(RADIUS + 1) } else { y + RADIUS..height.min(y + RADIUS + 1) };
        for row in fresh {
            window.insert(row, &image[row * stride..][..stride], self.channels);
        }
        let taps = (y + SIDE).saturating_sub(height + RADIUS);
        let taps = RADIUS.saturating_sub(y)..SIDE - taps;
        let row = Row { layer: self, window, y, taps, width, out };
        match window.tile {
            8 => Tiles::<8>(row).dispatch(),
            7 => Tiles::<7>(row).dispatch(),
            _ => Tiles::<4>(row).dispatch(),
        }
    }
}

impl Window {
    /// Makes room for rows of so many pixels and channels.
    pub(crate) fn reset(&mut self, width: usize, channels: usize) {
        // Whichever wastes least; a tile costs as much as its outputs and one more.
        let cost = |&tile: &usize| width.div_ceil(tile) * (tile + 1);
        self.tile = [8, 7, 4].into_iter().min_by_key(cost).unwrap_or(8);
        self.groups = channels.div_ceil(GROUP);
        self.width = width.next_multiple_of(self.tile) + 2 * RADIUS;
        self.rows.clear();
        self.rows.resize(SIDE * self.groups * self.width * GROUP, 0.0);
    }

    fn insert(&mut self, y: usize, row: &[f32], channels: usize) {
        let group = self.width * GROUP;
        let slot = &mut self.rows[y % SIDE * self.groups * group..][..self.groups * group];
        for (g, pixels) in slot.chunks_exact_mut(group).enumerate() {
            let first = g * GROUP;
            let pixels = pixels[RADIUS * GROUP..].as_chunks_mut::<GROUP>().0;
            if first + GROUP <= channels {
                for (to, from) in pixels.iter_mut().zip(row.chunks_exact(channels)) {
                    to.copy_from_slice(&from[first..first + GROUP]);
                }
            } else {
                for (to, from) in pixels.iter_mut().zip(row.chunks_exact(channels)) {
                    to[..channels - first].copy_from_slice(&from[first..]);
                }
            }
        }
    }
}

/// One row of the result.
struct Row<'a> {
    layer: &'a Depthwise,
    window: &'a Window,
    y: usize,
    /// The kernel's rows that lie within the image.
    taps: std::ops::Range<usize>,
    width: usize,
    out: &'a mut [f32],
}

/// The row, `TILE` pixels at a time.
struct Tiles<'a, const TILE: usize>(Row<'a>);

impl<const TILE: usize> SimdOp for Tiles<'_, TILE> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let Row { layer, window, y, taps, width, out } = self.0;
        let channels = layer.channels;
        let group = window.width * GROUP;
        // Where the image's row under each of the kernel's rows stands.
        let slots: [usize; SIDE] =
            std::array::from_fn(|tap| (y + SIDE + tap - RADIUS) % SIDE * window.groups * group);
        for g in 0..window.groups {
            let weights = &layer.weights[g * SIDE * SIDE * GROUP..][..SIDE * SIDE * GROUP];
            for part in (0..GROUP).step_by(lanes) {
                let first = g * GROUP + part;
                if first >= channels {
                    break;
                }
                let kept = lanes.min(channels - first);
                let bias = ops.load(&layer.bias[first..]);
                for x in (0..width).step_by(TILE) {
                    let mut sums = [bias; TILE];
                    for tap in taps.clone() {
                        let pixels = &window.rows[slots[tap] + g * group + x * GROUP..];
                        let pixels = &pixels[..(TILE + SIDE - 1) * GROUP];
                        let weights = &weights[tap * SIDE * GROUP..][..SIDE * GROUP];
                        for column in 0..SIDE {
                            let weight = ops.load(&weights[column * GROUP + part..]);
                            for (i, sum) in sums.iter_mut().enumerate() {
                                let value = ops.load(&pixels[(column + i) * GROUP + part..]);
                                *sum = ops.mul_add(value, weight, *sum);
                            }
                        }
                    }
                    let out = &mut out[x * channels..];
                    for (i, &sum) in sums.iter().enumerate().take(width - x) {
                        let out = &mut out[i * channels + first..];
                        if kept == lanes {
                            ops.store(sum, out);
                        } else {
                            let sum = rten_simd::Simd::to_array(sum);
                            out[..kept].iter_mut().zip(sum).for_each(|(to, sum)| *to = sum);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize) -> f32 {
        ((i * 7919) % 101) as f32 / 50.0 - 1.0
    }

    fn naive(
        image: &[f32],
        (height, width, channels): (usize, usize, usize),
        weights: &[f32],
        bias: &[f32],
    ) -> Vec<f32> {
        let mut out = Vec::new();
        for y in 0..height {
            for x in 0..width {
                for k in 0..channels {
                    let mut sum = bias[k];
                    for (ky, kx) in (0..SIDE).flat_map(|ky| (0..SIDE).map(move |kx| (ky, kx))) {
                        let (y, x) = ((y + ky).wrapping_sub(RADIUS), (x + kx).wrapping_sub(RADIUS));
                        if y < height && x < width {
                            let weight = weights[(k * SIDE + ky) * SIDE + kx];
                            sum = image[(y * width + x) * channels + k].mul_add(weight, sum);
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }

    #[test]
    fn every_pixel_sees_its_neighbours_and_zeros_beyond_the_border() {
        let mut window = Window::default();
        for (height, width, channels) in
            [(1, 1, 1), (2, 2, 16), (4, 3, 17), (9, 14, 40), (8, 29, 5), (12, 8, 32), (3, 20, 48)]
        {
            let image: Vec<f32> = (0..height * width * channels).map(number).collect();
            let weights: Vec<f32> = (0..channels * SIDE * SIDE).map(|i| number(i + 5)).collect();
            let bias: Vec<f32> = (0..channels).map(|i| number(i + 9)).collect();
            let expected = naive(&image, (height, width, channels), &weights, &bias);
            let layer = Depthwise::new(&weights, &bias);
            window.reset(width, channels);
            // Twice, since the window still holds the first image's rows.
            for _ in 0..2 {
                let mut out = vec![f32::NAN; image.len()];
                for (y, out) in out.chunks_exact_mut(width * channels).enumerate() {
                    layer.row(&image, (height, width), y, &mut window, out);
                }
                for (value, expected) in out.iter().zip(&expected) {
                    assert!(
                        (value - expected).abs() < 1e-5,
                        "{height}x{width}x{channels}: {value} {expected}"
                    );
                }
            }
        }
    }
}
