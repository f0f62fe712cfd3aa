//! Means over squares, from sums down the columns and along the rows.

use std::ops::{Add, AddAssign, Sub};

use multiversion::multiversion;

use super::border::{mirrored, reflect_101};

/// Writes to `out` the mean of the square around each value of `image`, whose shape is (height, width,
/// channels). A square of even size extends one pixel further up and left. The size is at least 2.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), size: usize) {
    if size <= Quotient::LARGEST {
        let quotient = Quotient::of(size * size);
        squares::<u16>(image, out, shape, size, |sum| quotient.divide(sum));
    } else {
        let inverse = Inverse::of(size * size);
        squares::<u32>(image, out, shape, size, |sum| inverse.multiply(sum));
    }
}

/// The mean of up to 256 pixels as OpenCV 4.11 rounds it, found by experiment: to nearest, halves up; but for powers of
/// two to nearest after adding one, OpenCV's correction for inexact inverses.
#[derive(Clone, Copy)]
struct Quotient {
    /// What makes rounding down a rounding to nearest.
    half: u16,
    /// Two to the power of 16 + `shift` over the number of pixels.
    multiplier: u16,
    shift: u32,
}

impl Quotient {
    /// The largest square whose sums, and what is added to them, fit 16 bits.
    const LARGEST: usize = 16;

    fn of(count: usize) -> Self {
        let count = count as u32;
        let exact = count.is_power_of_two();
        // Then the multiplier has all of its 16 bits.
        let shift = count.ilog2() - u32::from(exact);
        let half = count / 2 + u32::from(exact);
        let power = 1_u32 << (16 + shift);
        let above = power.div_ceil(count);
        // One that is too large by at most half of one in `count` changes no quotient; nor does one that is too small by
        // less, if the sum is one larger.
        let too_large = above * count - power > count / 2;
        let (half, multiplier) = if too_large { (half + 1, above - 1) } else { (half, above) };
        Self { half: half as u16, multiplier: multiplier as u16, shift }
    }

    #[inline(always)]
    fn divide(self, sum: u16) -> u8 {
        let product = u32::from(sum + self.half) * u32::from(self.multiplier);
        ((product >> 16) as u16 >> self.shift) as u8
    }
}

/// The mean of more than 256 pixels as OpenCV 4.11 rounds it, found by experiment: the sum times the inverse in single
/// precision, to the nearest integer, halves to even.
#[derive(Clone, Copy)]
struct Inverse(f32);

impl Inverse {
    fn of(count: usize) -> Self {
        Self((1.0 / count as f64) as f32)
    }

    #[inline(always)]
    fn multiply(self, sum: u32) -> u8 {
        // Floats from 2^23 are whole numbers, so this addition rounds; the lowest bits are the result.
        (sum as f32 * self.0 + 8_388_608.0).to_bits() as u8
    }
}

#[inline(always)]
fn squares<T: Copy + Default + From<u8> + Add<Output = T> + AddAssign + Sub<Output = T>>(
    image: &[u8],
    out: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    size: usize,
    mean: impl Fn(T) -> u8,
) {
    let stride = width * channels;
    let anchor = size / 2;
    let margin = anchor * channels;
    let (before, behind) = mirrored(width, channels, anchor);
    let row = |y: isize| &image[reflect_101(y, height) * stride..][..stride];
    let room = stride + 2 * margin;
    let mut columns = vec![T::default(); room];
    let (mut power, mut next_power, mut sums) = (columns.clone(), columns.clone(), columns.clone());
    let (top, bottom) = (-(anchor as isize), (size - anchor) as isize);
    for y in top..bottom {
        slide(&mut columns[margin..][..stride], row(y), None);
    }
    for (y, out) in (0..).zip(out.chunks_exact_mut(stride)) {
        for (place, &from) in before.iter().enumerate() {
            columns[place] = columns[margin + from];
        }
        for (place, &from) in behind.iter().enumerate() {
            columns[margin + stride + place] = columns[margin + from];
        }
        if size == 3 {
            let (second, third) = (&columns[channels..], &columns[2 * channels..]);
            for (((out, &a), &b), &c) in out.iter_mut().zip(&columns).zip(second).zip(third) {
                *out = mean(a + b + c);
            }
        } else {
            // By the size's binary digits: sums over 1, 2, 4, ... pixels are added side by side where a digit is
            // 1.
            sums.fill(T::default());
            let mut filled = 0;
            for digit in 0..=size.ilog2() {
                let pixels = 1 << digit;
                let values = if digit == 0 { &columns } else { &power };
                if 2 * pixels > size {
                    for ((out, &sum), &last) in out.iter_mut().zip(&sums).zip(&values[filled * channels..]) {
                        *out = mean(sum + last);
                    }
                    break;
                }
                if size & pixels != 0 {
                    let further = &values[filled * channels..];
                    sums.iter_mut().zip(further).for_each(|(sum, &value)| *sum += value);
                    filled += pixels;
                }
                let further = &values[pixels * channels..];
                for ((sum, &value), &further) in next_power.iter_mut().zip(values).zip(further) {
                    *sum = value + further;
                }
                std::mem::swap(&mut power, &mut next_power);
            }
        }
        slide(&mut columns[margin..][..stride], row(y + bottom), Some(row(y + top)));
    }
}

/// Adds a row to the columns' sums, and subtracts the one that leaves the square, if any.
#[inline(always)]
fn slide<T: Copy + From<u8> + AddAssign + Sub<Output = T>>(
    columns: &mut [T],
    come: &[u8],
    gone: Option<&[u8]>,
) {
    if let Some(gone) = gone {
        for ((sum, &come), &gone) in columns.iter_mut().zip(come).zip(gone) {
            *sum += come.into();
            *sum = *sum - gone.into();
        }
    } else {
        columns.iter_mut().zip(come).for_each(|(sum, &come)| *sum += come.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    #[test]
    fn sums_are_divided_as_opencv_divides_whole_numbers() {
        for size in 2..=Quotient::LARGEST {
            let count = size * size;
            for sum in 0..=255 * count as u32 {
                let divisor = count as u32;
                let expected = if count.is_power_of_two() {
                    (sum + divisor / 2 + 1) / divisor
                } else {
                    (2 * sum + divisor) / (2 * divisor)
                };
                assert_eq!(u32::from(Quotient::of(count).divide(sum as u16)), expected, "{sum} / {count}");
            }
        }
    }

    proptest! {
        #[test]
        fn each_value_is_the_mean_of_its_square(
            (height, width, channels) in (1_usize..12, 1_usize..40, 1_usize..5),
            size in 2_usize..20,
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image: Vec<u8> = (0..height * width * channels).map(|_| random.next_u64() as u8).collect();
            let mut blurred = vec![0; image.len()];
            blur(&image, &mut blurred, (height, width, channels), size);
            let reach = |middle: usize| middle as isize - (size / 2) as isize..;
            for (i, &mean) in blurred.iter().enumerate() {
                let (y, x, k) = (i / channels / width, i / channels % width, i % channels);
                let rows = reach(y).take(size).map(|y| reflect_101(y, height));
                let sum = rows.flat_map(|y| {
                    let image = &image;
                    let columns = reach(x).take(size).map(|x| reflect_101(x, width));
                    columns.map(move |x| u32::from(image[(y * width + x) * channels + k]))
                });
                let (sum, count): (u32, _) = (sum.sum(), size * size);
                let expected = match size {
                    ..=16 => Quotient::of(count).divide(sum as u16),
                    _ => Inverse::of(count).multiply(sum),
                };
                prop_assert_eq!(mean, expected);
            }
        }
    }
}
