//! Pillow's `Image.resize` for 8-bit pictures, to the pixel (`src/libImaging/Resample.c` and `Geometry.c`).

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

/// Weights are whole numbers of 2^-22: what 32 bits leave over 8 bits of pixel and 2 of overshoot.
const PRECISION: u32 = 32 - 8 - 2;

impl Filter {
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
        let sinc = |x: f64| {
            if x == 0.0 { 1.0 } else { (x * std::f64::consts::PI).sin() / (x * std::f64::consts::PI) }
        };
        let d = x.abs();
        match self {
            Self::Nearest | Self::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
            Self::Bilinear => (1.0 - d).max(0.0),
            Self::Hamming if d == 0.0 => 1.0,
            Self::Hamming if d >= 1.0 => 0.0,
            Self::Hamming => sinc(d) * (0.54 + 0.46 * (d * std::f64::consts::PI).cos()),
            Self::Bicubic if d < 1.0 => ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0,
            Self::Bicubic if d < 2.0 => (((d - 5.0) * d + 8.0) * d - 4.0) * A,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Bicubic | Self::Lanczos => 0.0,
        }
    }
}

/// Which pixels one output pixel is made of, and how much of each.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// One axis from `from` to `to` pixels.
fn windows(filter: Filter, from: usize, to: usize) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    if filter == Filter::Nearest {
        // Pillow adds up the steps.
        let mut position = scale * 0.5;
        return (0..to)
            .map(|_| {
                let first = (position as usize).min(from - 1);
                position += scale;
                Window { first, weights: vec![1 << PRECISION] }
            })
            .collect();
    }
    let stretch = scale.max(1.0);
    let support = filter.support() * stretch;
    (0..to)
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
/// the rows first, rounded, then along the columns. `across` holds what lies between.
pub(crate) fn resize(
    values: &[u8],
    (height, width): (usize, usize),
    channels: usize,
    filter: Filter,
    to: (usize, usize),
    across: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    let stride = to.1 * channels;
    across.clear();
    across.resize(height * stride, 0);
    let columns = windows(filter, width, to.1);
    for (row, narrowed) in values.chunks_exact(width * channels).zip(across.chunks_exact_mut(stride)) {
        for (window, pixel) in columns.iter().zip(narrowed.chunks_exact_mut(channels)) {
            for (k, value) in pixel.iter_mut().enumerate() {
                let from = row[window.first * channels + k..].iter().step_by(channels);
                let sum: i32 =
                    window.weights.iter().zip(from).map(|(weight, &value)| weight * i32::from(value)).sum();
                *value = clip(sum + (1 << (PRECISION - 1)));
            }
        }
    }
    out.clear();
    out.resize(to.0 * stride, 0);
    let mut sums = vec![0_i32; stride];
    for (window, row) in windows(filter, height, to.0).iter().zip(out.chunks_exact_mut(stride)) {
        sums.fill(1 << (PRECISION - 1));
        for (weight, from) in window.weights.iter().zip(across[window.first * stride..].chunks_exact(stride))
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

    const ALL: [Filter; 6] =
        [Filter::Nearest, Filter::Lanczos, Filter::Bilinear, Filter::Bicubic, Filter::Box, Filter::Hamming];

    fn resized(values: &[u8], from: (usize, usize), filter: Filter, to: (usize, usize)) -> Vec<u8> {
        let (mut across, mut out) = (Vec::new(), Vec::new());
        resize(values, from, 1, filter, to, &mut across, &mut out);
        out
    }

    #[test]
    fn a_constant_picture_stays_constant() {
        for filter in ALL {
            for to in [(1, 1), (3, 9), (20, 17), (5, 7)] {
                assert!(
                    resized(&[201; 35], (5, 7), filter, to).iter().all(|&value| value == 201),
                    "{filter:?}"
                );
            }
        }
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let picture: Vec<u8> = (0..35).map(|i| i * 7).collect();
        for filter in ALL {
            assert_eq!(resized(&picture, (5, 7), filter, (5, 7)), picture, "{filter:?}");
        }
    }

    #[test]
    fn halving_by_box_is_the_mean_of_four() {
        assert_eq!(resized(&[0, 10, 20, 31, 2, 12, 22, 33], (2, 4), Filter::Box, (1, 2)), [6, 27]);
    }
}
