use ndarray::{ArrayRef3, s};

use super::{Values, unit};
use crate::Random;
use crate::gaussian_filter::{self, Border, Precision};

/// scikit-image's `gaussian` of each channel.
fn smooth(values: &mut Values, sigma: f64) {
    gaussian_filter::filter(values.view_mut(), [sigma; 2], 4.0, Border::Nearest, Precision::Double);
}

/// A Gaussian blur.
pub(super) fn gaussian(image: &ArrayRef3<u8>, level: usize) -> Values {
    let mut values = unit(image);
    smooth(&mut values, [1.0, 2.0, 3.0, 4.0, 6.0][level]);
    values
}

/// Blurs, replaces pixels by random near ones, and blurs again.
pub(super) fn glass(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Values {
    let (sigma, reach, rounds) = [(0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)][level];
    let mut values = unit(image);
    smooth(&mut values, sigma);
    let mut pixels = values.mapv(|value| (value * 255.0) as u8);
    let (height, width, _) = image.dim();
    let mut draws = random.legacy();
    for _ in 0..rounds {
        for y in (reach + 1..=height - reach).rev() {
            for x in (reach + 1..=width - reach).rev() {
                let far = reach as i64;
                let (right, down) = (draws.integer(-far..=far - 1), draws.integer(-far..=far - 1));
                // The original means to exchange the two, but its views make it a copy.
                let from = [y.wrapping_add_signed(down as isize), x.wrapping_add_signed(right as isize)];
                let pixel = pixels.slice(s![from[0], from[1], ..]).to_owned();
                pixels.slice_mut(s![y, x, ..]).assign(&pixel);
            }
        }
    }
    let mut values = unit(&pixels);
    smooth(&mut values, sigma);
    values
}
