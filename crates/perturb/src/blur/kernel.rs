//! OpenCV's Gaussian kernel for 8-bit images.

/// `cv2.getGaussianKernel(ksize, 0)`, rounded to 8 fractional bits as in OpenCV's bit-exact blur.
///
/// Over the first half, each tap's rounding error is carried to the next tap; the second half mirrors the
/// first; the middle tap makes the sum 256.
pub(super) fn gaussian(ksize: usize) -> Vec<u16> {
    let radius = ksize / 2;
    let weights = weights(ksize);
    let mut taps = vec![0_u16; ksize];
    let (mut error, mut sum) = (0.0, 0);
    for i in 0..radius {
        let wanted = weights[i] * 256.0 + error;
        let rounded = wanted.round_ties_even();
        error = wanted - rounded;
        taps[i] = rounded as u16;
        taps[ksize - 1 - i] = taps[i];
        sum += taps[i];
    }
    taps[radius] = 256 - 2 * sum;
    taps
}

/// OpenCV's fixed tables for small kernels, otherwise a sampled Gaussian with its standard deviation for the
/// size.
fn weights(ksize: usize) -> Vec<f64> {
    let table: &[f64] = match ksize {
        1 => &[1.0],
        3 => &[0.25, 0.5, 0.25],
        5 => &[0.0625, 0.25, 0.375, 0.25, 0.0625],
        7 => &[0.03125, 0.109_375, 0.218_75, 0.281_25, 0.218_75, 0.109_375, 0.03125],
        9 => &[
            4.0 / 256.0,
            13.0 / 256.0,
            30.0 / 256.0,
            51.0 / 256.0,
            60.0 / 256.0,
            51.0 / 256.0,
            30.0 / 256.0,
            13.0 / 256.0,
            4.0 / 256.0,
        ],
        _ => &[],
    };
    if !table.is_empty() {
        return table.to_vec();
    }
    let centre = (ksize as f64 - 1.0) * 0.5;
    let deviation = 0.3 * (centre - 1.0) + 0.8;
    let scale = -0.5 / (deviation * deviation);
    let mut weights: Vec<f64> =
        (0..ksize).map(|i| ((i as f64 - centre) * (i as f64 - centre) * scale).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_symmetric_and_add_up() {
        for ksize in (1..400).step_by(2) {
            let taps = gaussian(ksize);
            assert_eq!(taps.iter().sum::<u16>(), 256, "{ksize}");
            assert!(taps.iter().eq(taps.iter().rev()), "{ksize}");
        }
    }

    #[test]
    fn small_kernels_are_opencvs_tables() {
        assert_eq!(gaussian(3), [64, 128, 64]);
        assert_eq!(gaussian(5), [16, 64, 96, 64, 16]);
        assert_eq!(gaussian(9), [4, 13, 30, 51, 60, 51, 30, 13, 4]);
    }
}
