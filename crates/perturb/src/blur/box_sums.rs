//! Means over squares, from sums down the columns and along the rows.

use std::ops::{Add, AddAssign, Sub};

use multiversion::multiversion;

use super::border::{mirrored, reflect_101};

/// Writes to `out` the mean of the square around each value of `image`, whose shape is (height, width,
/// channels). A square of even size extends one pixel further up and left.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), size: usize) {
    let mean = Mean::of(size * size);
    if size <= 16 {
        squares::<u16>(image, out, shape, size, mean);
    } else {
        squares::<u32>(image, out, shape, size, mean);
    }
}

/// OpenCV 4.11's division of a sum by the number of pixels, found by experiment: `(sum + shift) * inverse` in
/// single precision, to the nearest integer, halves to even.
#[derive(Clone, Copy)]
struct Mean {
    shift: f32,
    inverse: f32,
}

impl Mean {
    fn of(count: usize) -> Self {
        let shift = match count as u32 {
            // The inverse only.
            _ if count > 256 => 0.0,
            // To nearest after adding one: OpenCV's correction for inexact inverses.
            count if count > 1 && count.is_power_of_two() => 1.25,
            // To nearest, halves up: a quarter exceeds the rounding error of the inverse for up to 256
            // pixels.
            _ => 0.25,
        };
        Self { shift, inverse: (1.0 / count as f64) as f32 }
    }

    #[inline(always)]
    fn divide(self, sum: u32) -> u8 {
        // Floats from 2^23 are whole numbers, so this addition rounds; the lowest bits are the result.
        ((sum as f32 + self.shift) * self.inverse + 8_388_608.0).to_bits() as u8
    }
}

#[inline(always)]
fn squares<T: Copy + Default + From<u8> + Into<u32> + Add<Output = T> + AddAssign + Sub<Output = T>>(
    image: &[u8],
    out: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    size: usize,
    mean: Mean,
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
        // By the size's binary digits: sums over 1, 2, 4, ... pixels are added side by side where a digit is
        // 1.
        sums.fill(T::default());
        let mut filled = 0;
        for digit in 0..=size.ilog2() {
            let pixels = 1 << digit;
            let values = if digit == 0 { &columns } else { &power };
            if 2 * pixels > size {
                for ((out, &sum), &last) in out.iter_mut().zip(&sums).zip(&values[filled * channels..]) {
                    *out = mean.divide(sum.into() + last.into());
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
        for size in 1..=16_usize {
            let count = size * size;
            for sum in 0..=255 * count as u32 {
                let divisor = count as u32;
                let expected = if count > 1 && count.is_power_of_two() {
                    (sum + divisor / 2 + 1) / divisor
                } else {
                    (2 * sum + divisor) / (2 * divisor)
                };
                assert_eq!(u32::from(Mean::of(count).divide(sum)), expected, "{sum} / {count}");
            }
        }
    }

    proptest! {
        #[test]
        fn each_value_is_the_mean_of_its_square(
            (height, width, channels) in (1_usize..12, 1_usize..40, 1_usize..5),
            size in 1_usize..20,
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
                prop_assert_eq!(mean, Mean::of(size * size).divide(sum.sum()));
            }
        }
    }
}
