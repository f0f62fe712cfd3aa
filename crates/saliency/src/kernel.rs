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

/// 2^23 and 2^24: the fixed-point steps of [`fixed`].
const TWO_23: f32 = 8_388_608.0;
const TWO_24: f32 = 16_777_216.0;

/// One blended value with `fill` in the double precision that numpy promotes to.
///
/// The original computes `f64(f32(mask * image)) + f64(f32(1 - mask)) * fill` and truncates. The kept
/// part is a multiple of 2^-23 wherever it is at least one, and the hidden part, whose mask is a
/// difference from one in f32, is a multiple of 2^-24: so 32-bit fixed point holds the sum exactly.
#[inline]
fn fixed(mask: f32, image: u8, fill: u8, half: u32) -> u8 {
    let kept = (mask * f32::from(image) * TWO_23) as i32 as u32;
    let hidden = ((1.0 - mask) * TWO_24) as i32 as u32;
    ((2 * kept).wrapping_add(hidden.wrapping_mul(u32::from(fill))).wrapping_add(half) >> 24) as u8
}

/// One blended value in single precision throughout, as numpy has it for a fill of one number or a picture.
#[inline]
fn single(mask: f32, image: u8, fill: u8) -> u8 {
    (mask * f32::from(image) + (1.0 - mask) * f32::from(fill)) as i32 as u8
}

/// Blends a row with one number in 32-bit fixed point; `half` is added before the fraction is cut.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_fixed(out: &mut [u8], mask: &[f32], image: &[u8], fill: u8, half: u32) {
    for ((out, mask), image) in out.iter_mut().zip(mask).zip(image) {
        *out = fixed(*mask, *image, fill, half);
    }
}

/// Blends a row with another row in 32-bit fixed point.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn blend_fixed_rows(out: &mut [u8], mask: &[f32], image: &[u8], fill: &[u8], half: u32) {
    for (((out, mask), image), fill) in out.iter_mut().zip(mask).zip(image).zip(fill) {
        *out = fixed(*mask, *image, *fill, half);
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
