use ndarray::{Array3, ArrayRef3, Axis};

use super::{Values, motion, zoom};
use crate::Random;

/// Streaks of white, and less contrast.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Values {
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
    let mut snowy = Array3::zeros(image.dim());
    for ((y, x), mut to) in ndarray::indices((height, width)).into_iter().zip(snowy.lanes_mut(Axis(2))) {
        let pixel = [0, 1, 2].map(|k| values[[y, x, k]]);
        let grey = pixel[0] * 0.299 + pixel[1] * 0.587 + pixel[2] * 0.114;
        for (to, value) in to.iter_mut().zip(pixel) {
            let white = (kept * value) + rest * value.max(grey * 1.5 + 0.5);
            *to = f64::from(white) + streaks[[y, x, 0]] + streaks[[height - 1 - y, width - 1 - x, 0]];
        }
    }
    snowy
}
