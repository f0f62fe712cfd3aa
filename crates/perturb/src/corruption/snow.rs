use ndarray::{Array3, s};

use super::{Values, motion, zoom};
use crate::Random;

/// Streaks of white, and less contrast.
pub(super) fn corrupt(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let (mean, deviation, magnification, threshold, radius, sigma, kept) = [
        (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
        (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
        (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
    ][level];
    let (height, width, _) = image.dim();
    let mut draws = random.legacy();
    let flakes = Array3::from_shape_simple_fn((height, width, 1), || draws.normal(mean, deviation));
    let flakes = zoom::magnified(&flakes, magnification)
        .mapv_into(|value| if value < threshold { 0.0 } else { value.clamp(0.0, 1.0) });
    let angle = draws.uniform(-135.0, -45.0);
    let streaks = motion::blur(&flakes, radius, sigma, angle)
        .mapv_into(|value| (value * 255.0).round_ties_even() / 255.0);

    // In single precision, as the original holds the image.
    let values = image.mapv(|value| (f64::from(value) / 255.0) as f32);
    let (kept, rest) = (kept as f32, (1.0 - kept) as f32);
    Array3::from_shape_fn(image.dim(), |(y, x, k)| {
        let pixel = values.slice(s![y, x, ..]);
        let grey = pixel[0] * 0.299 + pixel[1] * 0.587 + pixel[2] * 0.114;
        let white = (kept * pixel[k]) + rest * pixel[k].max(grey * 1.5 + 0.5);
        f64::from(white) + streaks[[y, x, 0]] + streaks[[height - 1 - y, width - 1 - x, 0]]
    })
}
