//! The inner loops, compiled for several instruction sets; every one of them gives the same bits.

use multiversion::multiversion;

/// Interpolates between two rows: `out = low_weight * low + high_weight * high`, rounded once to f32.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn interpolate(out: &mut [f32], low: &[f64], high: &[f64], low_weight: f64, high_weight: f64) {
    for ((out, low), high) in out.iter_mut().zip(low).zip(high) {
        *out = (low_weight * low + high_weight * high) as f32;
    }
}

/// Adds to each value its two weights times two numbers: `to += low * low_weights + high * high_weights`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn add_pair(to: &mut [f64], low_weights: &[f64], high_weights: &[f64], low: f64, high: f64) {
    for ((to, low_weight), high_weight) in to.iter_mut().zip(low_weights).zip(high_weights) {
        *to += low_weight * low + high_weight * high;
    }
}

/// `to += weight * values`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn add_scaled(to: &mut [f64], values: &[f32], weight: f64) {
    for (to, value) in to.iter_mut().zip(values) {
        *to += weight * f64::from(*value);
    }
}

/// `to += weight * (1 - values)`, the difference taken in f32 as the original takes it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn add_complement_scaled(to: &mut [f64], values: &[f32], weight: f64) {
    for (to, value) in to.iter_mut().zip(values) {
        *to += weight * f64::from(1.0 - *value);
    }
}

/// Drops the fraction of a number in [0, 256).
///
/// From 256 to 512 a double's last bit is worth 2^-44, so the whole part of the number is in bits 44 to 51 of the
/// sum. A plain conversion saturates, which does not vectorise.
#[inline]
fn truncate(value: f64) -> u8 {
    ((value + 256.0).to_bits() >> 44) as u8
}

/// One blended value as numpy promotes it for a colour: `f64(f32(mask * image)) + f64(f32(1 - mask)) * fill`.
#[inline]
fn double(mask: f32, image: u8, fill: u8, half: f64) -> u8 {
    truncate(f64::from(mask * f32::from(image)) + f64::from(1.0 - mask) * f64::from(fill) + half)
}

/// One blended value in single precision throughout, as in NumPy for a fill of one number or an image.
#[inline]
fn single(mask: f32, image: u8, fill: u8) -> u8 {
    truncate(f64::from(mask * f32::from(image) + (1.0 - mask) * f32::from(fill)))
}

/// Blends a row with one number in double precision; `half` is added before the fraction is dropped.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_double(out: &mut [u8], mask: &[f32], image: &[u8], fill: u8, half: f64) {
    for ((out, mask), image) in out.iter_mut().zip(mask).zip(image) {
        *out = double(*mask, *image, fill, half);
    }
}

/// Blends a row with another row in double precision.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_double_rows(out: &mut [u8], mask: &[f32], image: &[u8], fill: &[u8], half: f64) {
    for (((out, mask), image), fill) in out.iter_mut().zip(mask).zip(image).zip(fill) {
        *out = double(*mask, *image, *fill, half);
    }
}

/// Blends a row with one number in single precision; with zero this is the plain product.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_single(out: &mut [u8], mask: &[f32], image: &[u8], fill: u8) {
    for ((out, mask), image) in out.iter_mut().zip(mask).zip(image) {
        *out = single(*mask, *image, fill);
    }
}

/// Blends a row with another row in single precision.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_single_rows(out: &mut [u8], mask: &[f32], image: &[u8], fill: &[u8]) {
    for (((out, mask), image), fill) in out.iter_mut().zip(mask).zip(image).zip(fill) {
        *out = single(*mask, *image, *fill);
    }
}

/// Interleaves three rows: red, green, blue, red, …
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn interleave_three(out: &mut [u8], red: &[u8], green: &[u8], blue: &[u8]) {
    let (pixels, _) = out.as_chunks_mut::<3>();
    for (((out, red), green), blue) in pixels.iter_mut().zip(red).zip(green).zip(blue) {
        *out = [*red, *green, *blue];
    }
}
