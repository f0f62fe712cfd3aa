//! An image's channels as libjpeg's encoder samples them by default (`jccolor.c`, `jcsample.c`).

use multiversion::multiversion;

/// The samples of a channel in whole blocks of columns.
pub(crate) struct Samples {
    values: Vec<u8>,
    stride: usize,
}

impl Samples {
    fn new(stride: usize, height: usize) -> Self {
        Self { values: vec![0; stride * height], stride }
    }

    /// Returns a row; below the last one it is repeated.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let last = self.values.len() / self.stride - 1;
        &self.values[y.min(last) * self.stride..][..self.stride]
    }
}

/// Returns the luminance and the chrominance, blue and red, of rows of red, green and blue values. The chrominance has
/// half the width and height.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn subsampled(pixels: &[u8], width: usize, height: usize) -> [Samples; 3] {
    // Columns are repeated up to whole units before they are halved.
    let stride = 16 * width.div_ceil(16);
    let mut luma = Samples::new(stride, height);
    let half = || Samples::new(stride / 2, height.div_ceil(2));
    let (mut blue, mut red) = (half(), half());
    // Two rows of each chrominance, of which a last one may stand for both.
    let (mut blues, mut reds) = (vec![0; 2 * stride], vec![0; 2 * stride]);
    let halves = blue.values.chunks_exact_mut(stride / 2).zip(red.values.chunks_exact_mut(stride / 2));
    let rows = pixels.chunks(6 * width).zip(luma.values.chunks_mut(2 * stride));
    for ((pixels, luma), (blue, red)) in rows.zip(halves) {
        let full = luma
            .chunks_exact_mut(stride)
            .zip(blues.chunks_exact_mut(stride).zip(reds.chunks_exact_mut(stride)));
        for (pixels, (luma, (blue, red))) in pixels.chunks_exact(3 * width).zip(full) {
            convert(pixels.as_chunks().0, [luma, blue, red]);
        }
        let below = luma.len() - stride;
        halve(&blues[..stride], &blues[below..][..stride], blue);
        halve(&reds[..stride], &reds[below..][..stride], red);
    }
    [luma, blue, red]
}

/// Converts a row, whose last pixel is repeated, with 16 bits of fraction.
#[inline(always)]
fn convert(pixels: &[[u8; 3]], channels: [&mut [u8]; 3]) {
    let [luma, blue, red] = channels;
    for (pixel, ((y, cb), cr)) in pixels.iter().zip(luma.iter_mut().zip(&mut *blue).zip(&mut *red)) {
        let [r, g, b] = pixel.map(i32::from);
        *y = ((19_595 * r + 38_470 * g + 7_471 * b + (1 << 15)) >> 16) as u8;
        *cb = ((-11_059 * r - 21_709 * g + (b << 15) + (128 << 16) + (1 << 15) - 1) >> 16) as u8;
        *cr = (((r << 15) - 27_439 * g - 5_329 * b + (128 << 16) + (1 << 15) - 1) >> 16) as u8;
    }
    for channel in [luma, blue, red] {
        let last = channel[pixels.len() - 1];
        channel[pixels.len()..].fill(last);
    }
}

/// Means of two by two samples, alternately rounded up and down.
#[inline(always)]
fn halve(upper: &[u8], lower: &[u8], to: &mut [u8]) {
    let fours = upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0);
    for (to, (upper, lower)) in to.as_chunks_mut::<2>().0.iter_mut().zip(fours) {
        let mut sums = [0; 4];
        for i in 0..4 {
            sums[i] = u16::from(upper[i]) + u16::from(lower[i]);
        }
        *to = [((sums[0] + sums[1] + 1) >> 2) as u8, ((sums[2] + sums[3] + 2) >> 2) as u8];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::subsampled;

    /// The channels of a pixel.
    fn converted([red, green, blue]: [u8; 3]) -> [u8; 3] {
        let [red, green, blue] = [red, green, blue].map(i32::from);
        [
            (19_595 * red + 38_470 * green + 7_471 * blue + (1 << 15)) >> 16,
            (-11_059 * red - 21_709 * green + (blue << 15) + (128 << 16) + (1 << 15) - 1) >> 16,
            ((red << 15) - 27_439 * green - 5_329 * blue + (128 << 16) + (1 << 15) - 1) >> 16,
        ]
        .map(|value| value as u8)
    }

    proptest! {
        #[test]
        fn rows_at_once_are_sample_after_sample((width, height) in (1_usize..50, 1_usize..20), seed: u32) {
            let byte = |i: u32| (i.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 24) as u8;
            let pixels: Vec<u8> = (0..).map(byte).take(3 * width * height).collect();
            let full = |y: usize, x: usize, channel: usize| {
                let at = 3 * (y.min(height - 1) * width + x.min(width - 1));
                converted([pixels[at], pixels[at + 1], pixels[at + 2]])[channel]
            };
            let channels = subsampled(&pixels, width, height);
            let stride = 16 * width.div_ceil(16);
            for y in 0..height + 3 {
                let expected: Vec<u8> = (0..stride).map(|x| full(y, x, 0)).collect();
                prop_assert_eq!(channels[0].row(y), expected);
            }
            for (channel, samples) in channels.iter().enumerate().skip(1) {
                for y in 0..height.div_ceil(2) + 3 {
                    let top = 2 * y.min(height.div_ceil(2) - 1);
                    let half = |x: usize| {
                        let four = [(0, 0), (0, 1), (1, 0), (1, 1)]
                            .map(|(j, i)| u16::from(full(top + j, 2 * x + i, channel)));
                        ((four.iter().sum::<u16>() + 1 + (x % 2) as u16) >> 2) as u8
                    };
                    let expected: Vec<u8> = (0..stride / 2).map(half).collect();
                    prop_assert_eq!(samples.row(y), expected);
                }
            }
        }
    }
}
