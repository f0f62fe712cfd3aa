//! Pillow's enhancements: each value is blended with that of a degenerate image.

use multiversion::multiversion;

/// Height, width and channels, of which there are 1 or 3.
type Shape = (usize, usize, usize);

/// Blends with black.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn brightness(image: &[u8], out: &mut [u8], _: Shape, factor: f32) {
    for (out, &value) in out.iter_mut().zip(image) {
        *out = blend(0, value, factor);
    }
}

/// Blends with one grey: the mean luma, rounded.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn contrast(image: &[u8], out: &mut [u8], (height, width, channels): Shape, factor: f32) {
    let sum: u64 = if channels == 3 {
        image.as_chunks().0.iter().map(|&pixel| u64::from(luma(pixel))).sum()
    } else {
        image.iter().map(|&value| u64::from(value)).sum()
    };
    let mean = (sum as f64 / (height * width) as f64 + 0.5) as u8;
    for (out, &value) in out.iter_mut().zip(image) {
        *out = blend(mean, value, factor);
    }
}

/// Blends with each pixel's luma; an image with one channel stays as it is.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn color(image: &[u8], out: &mut [u8], (_, _, channels): Shape, factor: f32) {
    if channels != 3 {
        out.copy_from_slice(image);
        return;
    }
    for (out, &pixel) in out.as_chunks_mut::<3>().0.iter_mut().zip(image.as_chunks().0) {
        let grey = luma(pixel);
        for (out, value) in out.iter_mut().zip(pixel) {
            *out = blend(grey, value, factor);
        }
    }
}

/// Blends with Pillow's `SMOOTH` filter: 5 parts of a pixel and 1 of each neighbour. The outermost pixels
/// stay.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn sharpness(image: &[u8], out: &mut [u8], (height, width, channels): Shape, factor: f32) {
    let stride = width * channels;
    let mut columns = vec![0_u16; stride];
    for (y, (out, row)) in out.chunks_exact_mut(stride).zip(image.chunks_exact(stride)).enumerate() {
        out.copy_from_slice(row);
        if y == 0 || y + 1 == height || width < 3 {
            continue;
        }
        let (above, below) = (&image[(y - 1) * stride..][..stride], &image[(y + 1) * stride..][..stride]);
        for (((sum, &above), &value), &below) in columns.iter_mut().zip(above).zip(row).zip(below) {
            *sum = u16::from(above) + u16::from(value) + u16::from(below);
        }
        let inner = stride - 2 * channels;
        let (left, middle, right) = (&columns[..inner], &columns[channels..], &columns[2 * channels..]);
        let around = left.iter().zip(middle).zip(right).map(|((left, middle), right)| left + middle + right);
        for ((out, &value), around) in out[channels..][..inner].iter_mut().zip(&row[channels..]).zip(around) {
            let sum = around + 4 * u16::from(value);
            // A 13th is never halfway between integers, so integer rounding agrees with Pillow's floats.
            *out = blend(((2 * sum + 13) / 26) as u8, value, factor);
        }
    }
}

/// Pillow's `Image.blend`: `factor` 0 gives `from`, 1 gives `to`, more extrapolates. The result is clamped to
/// 0..=255 and truncated.
#[inline(always)]
fn blend(from: u8, to: u8, factor: f32) -> u8 {
    let (from, to) = (f32::from(from), f32::from(to));
    whole((from + factor * (to - from)).clamp(0.0, 255.0))
}

/// `value as u8` for values within 0..=255, in operations that the compiler vectorises.
#[inline(always)]
fn whole(value: f32) -> u8 {
    // Floats from 2^23 are whole numbers, so this addition rounds to nearest; the lowest bits are the result.
    let nearest = value + 8_388_608.0;
    (nearest.to_bits() - u32::from(nearest - 8_388_608.0 > value)) as u8
}

/// Pillow's luma of a pixel (ITU-R 601, 16-bit fixed point). The luma of a grey pixel is its value.
#[inline(always)]
fn luma(pixel: [u8; 3]) -> u8 {
    let [red, green, blue] = pixel.map(u32::from);
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_truncated() {
        let near = |value: f32| [value.next_down(), value, value.next_up()];
        let values = (0..=510).flat_map(|half| near(half as f32 / 2.0));
        for value in values.filter(|value| (0.0..=255.0).contains(value)).chain([-0.0, f32::NAN]) {
            assert_eq!(whole(value), value as u8, "{value}");
        }
    }
}
