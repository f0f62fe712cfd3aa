//! Pillow's `Image.resize` for 8-bit images, to the pixel (`src/libImaging/Resample.c` and `Geometry.c`).

use std::ops::Range;

/// Pillow's filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Nearest,
    Lanczos,
    Bilinear,
    Bicubic,
    Box,
    Hamming,
}

/// Weights are multiples of 2^-22: 32 bits less 8 of the pixel and 2 of overshoot.
const PRECISION: u32 = 32 - 8 - 2;

impl Filter {
    /// By Pillow's number.
    pub(crate) const ALL: [Self; 6] =
        [Self::Nearest, Self::Lanczos, Self::Bilinear, Self::Bicubic, Self::Box, Self::Hamming];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Lanczos => "lanczos",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::Box => "box",
            Self::Hamming => "hamming",
        }
    }

    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        const A: f64 = -0.5;
        // Pillow has these in single precision.
        const HAMMING: [f64; 2] = [0.54_f32 as f64, 0.46_f32 as f64];
        let sinc = |x: f64| {
            if x == 0.0 { 1.0 } else { (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI) }
        };
        let d = x.abs();
        match self {
            Self::Nearest | Self::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
            Self::Bilinear => (1.0 - d).max(0.0),
            Self::Hamming if d == 0.0 => 1.0,
            Self::Hamming if d >= 1.0 => 0.0,
            Self::Hamming => sinc(d) * (HAMMING[0] + HAMMING[1] * (d * std::f64::consts::PI).cos()),
            Self::Bicubic if d < 1.0 => ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0,
            Self::Bicubic if d < 2.0 => (((d - 5.0) * d + 8.0) * d - 4.0) * A,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Bicubic | Self::Lanczos => 0.0,
        }
    }
}

/// The pixels that an output pixel is made of, and their weights.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The pixels `wanted` of an axis that is resized from `from` to `to` pixels.
fn windows(filter: Filter, from: usize, to: usize, wanted: Range<usize>) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    if filter == Filter::Nearest {
        // Pillow adds up the steps.
        let mut position = scale * 0.5;
        return (0..wanted.end)
            .map(|_| {
                let first = (position as usize).min(from - 1);
                position += scale;
                first
            })
            .skip(wanted.start)
            .map(|first| Window { first, weights: vec![1 << PRECISION] })
            .collect();
    }
    let stretch = scale.max(1.0);
    let support = filter.support() * stretch;
    wanted
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            // Towards zero, as C casts.
            let first = ((centre - support + 0.5) as i64).max(0) as usize;
            let end = ((centre + support + 0.5) as i64).clamp(0, from as i64) as usize;
            let inverse = 1.0 / stretch;
            let mut weights: Vec<f64> = (0..end - first)
                .map(|k| filter.weight(((k + first) as f64 - centre + 0.5) * inverse))
                .collect();
            let sum: f64 = weights.iter().sum();
            if sum != 0.0 {
                weights.iter_mut().for_each(|weight| *weight /= sum);
            }
            let fixed =
                |weight: &f64| (weight * f64::from(1_u32 << PRECISION) + 0.5_f64.copysign(*weight)) as i32;
            Window { first, weights: weights.iter().map(fixed).collect() }
        })
        .collect()
}

fn clip(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// Resizes rows of `channels` interleaved values from `(height, width)` to another height and width: along
/// one axis, rounded to bytes in `between`, then along the other.
///
/// Only the rows and columns `wanted` of the result are computed.
#[expect(clippy::too_many_arguments, reason = "the buffers are the caller's, to be reused")]
pub(crate) fn resize(
    values: &[u8],
    (height, width): (usize, usize),
    channels: usize,
    filter: Filter,
    to: (usize, usize),
    wanted: (Range<usize>, Range<usize>),
    between: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    let mut rows = windows(filter, height, to.0, wanted.0);
    let columns = windows(filter, width, to.1, wanted.1);
    if rows_first((height, width), to) {
        mix_rows(values, width * channels, &rows, between);
        mix_columns(between, width, channels, &columns, out);
    } else {
        // As in Pillow, the first pass leaves out the rows that no row of the result is made of.
        let first = rows.iter().map(|window| window.first).min().unwrap_or(0);
        let end = rows.iter().map(|window| window.first + window.weights.len()).max().unwrap_or(0);
        let stride = width * channels;
        mix_columns(&values[first * stride..end * stride], width, channels, &columns, between);
        rows.iter_mut().for_each(|window| window.first -= first);
        mix_rows(between, columns.len() * channels, &rows, out);
    }
}

/// True if Pillow resizes along the height first, as it does since version 13 where the height shrinks by much more
/// than the width. Rounding between the passes makes the order visible.
fn rows_first((height, width): (usize, usize), to: (usize, usize)) -> bool {
    let loss = |from: usize, to: usize| from as i128 - to as i128;
    height > to.0 && loss(height, to.0) > 2 * loss(width, to.1)
}

/// Resizes each row by `columns`.
fn mix_columns(values: &[u8], width: usize, channels: usize, columns: &[Window], out: &mut Vec<u8>) {
    let (from, to) = (width * channels, columns.len() * channels);
    out.clear();
    out.resize(values.len() / from * to, 0);
    for (row, mixed) in values.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
        for (window, pixel) in columns.iter().zip(mixed.chunks_exact_mut(channels)) {
            for (k, value) in pixel.iter_mut().enumerate() {
                let from = row[window.first * channels + k..].iter().step_by(channels);
                let sum: i32 =
                    window.weights.iter().zip(from).map(|(weight, &value)| weight * i32::from(value)).sum();
                *value = clip(sum + (1 << (PRECISION - 1)));
            }
        }
    }
}

/// Resizes by `rows`, where a row has `stride` values.
fn mix_rows(values: &[u8], stride: usize, rows: &[Window], out: &mut Vec<u8>) {
    out.clear();
    out.resize(rows.len() * stride, 0);
    let mut sums = vec![0_i32; stride];
    for (window, row) in rows.iter().zip(out.chunks_exact_mut(stride)) {
        sums.fill(1 << (PRECISION - 1));
        for (weight, from) in window.weights.iter().zip(values[window.first * stride..].chunks_exact(stride))
        {
            for (sum, &value) in sums.iter_mut().zip(from) {
                *sum += weight * i32::from(value);
            }
        }
        for (value, &sum) in row.iter_mut().zip(&sums) {
            *value = clip(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(values: &[u8], from: (usize, usize), filter: Filter, to: (usize, usize)) -> Vec<u8> {
        let (mut between, mut out) = (Vec::new(), Vec::new());
        resize(values, from, 1, filter, to, (0..to.0, 0..to.1), &mut between, &mut out);
        out
    }

    #[test]
    fn a_constant_image_stays_constant() {
        for filter in Filter::ALL {
            for to in [(1, 1), (3, 9), (20, 17), (5, 7)] {
                assert!(
                    resized(&[201; 35], (5, 7), filter, to).iter().all(|&value| value == 201),
                    "{filter:?}"
                );
            }
        }
    }

    #[test]
    fn resizing_to_the_same_size_changes_nothing() {
        let image: Vec<u8> = (0..35).map(|i| i * 7).collect();
        for filter in Filter::ALL {
            assert_eq!(resized(&image, (5, 7), filter, (5, 7)), image, "{filter:?}");
        }
    }

    #[test]
    fn the_height_is_resized_first_where_it_shrinks_much_more_than_the_width() {
        for (from, to, expected) in [
            ((4, 2), (1, 1), true),
            ((3, 2), (1, 1), false),
            ((250, 236), (224, 224), true),
            ((250, 237), (224, 224), false),
            ((250, 20), (224, 224), true),
            // Images that grow are resized along the width first.
            ((15, 234), (84, 269), false),
            ((81, 76), (183, 177), false),
        ] {
            assert_eq!(rows_first(from, to), expected, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn a_tall_image_is_resized_as_by_pillow() {
        // Pillow 13: Image.fromarray(np.uint8([i * i * 37 % 256 for i in range(27)]).reshape(9, 3)).resize((4, 3), n)
        let image: Vec<u8> = (0..27_u32).map(|i| (i * i * 37 % 256) as u8).collect();
        for (filter, expected) in [
            (Filter::Nearest, [77, 80, 80, 157, 208, 109, 109, 84, 189, 244, 244, 117]),
            (Filter::Lanczos, [55, 50, 86, 124, 188, 105, 78, 137, 159, 126, 137, 179]),
            (Filter::Bilinear, [65, 61, 85, 128, 168, 106, 92, 130, 157, 136, 140, 166]),
            (Filter::Bicubic, [58, 53, 82, 126, 179, 104, 84, 133, 158, 131, 137, 173]),
            (Filter::Box, [43, 46, 46, 123, 174, 75, 75, 135, 155, 125, 125, 168]),
            (Filter::Hamming, [56, 55, 72, 128, 175, 99, 88, 128, 159, 141, 142, 162]),
        ] {
            assert_eq!(resized(&image, (9, 3), filter, (3, 4)), expected, "{filter:?}");
        }
    }

    #[test]
    fn halving_by_box_is_the_mean_of_four() {
        assert_eq!(resized(&[0, 10, 20, 31, 2, 12, 22, 33], (2, 4), Filter::Box, (1, 2)), [6, 27]);
    }

    #[test]
    fn a_part_of_the_result_is_that_part_of_the_whole() {
        let image: Vec<u8> = (0..40 * 30).map(|i| (i * i * 37 % 256) as u8).collect();
        for (from, to) in [((40, 30), (9, 25)), ((30, 40), (50, 13))] {
            for filter in Filter::ALL {
                let whole = resized(&image, from, filter, to);
                let (mut between, mut part) = (Vec::new(), Vec::new());
                resize(&image, from, 1, filter, to, (3..7, 5..11), &mut between, &mut part);
                let expected: Vec<u8> =
                    (3..7).flat_map(|y| whole[y * to.1 + 5..y * to.1 + 11].to_vec()).collect();
                assert_eq!(part, expected, "{filter:?}");
            }
        }
    }
}
