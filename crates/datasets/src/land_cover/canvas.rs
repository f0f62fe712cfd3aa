use ndarray::Array3;

use super::color::Color;
use super::draw::Draw;

/// A tile's side in pixels.
pub(super) const SIDE: f32 = 64.0;
const PIXELS: usize = 64;
/// Number of points per pixel along each side; a pixel is the mean of its points.
const POINTS: usize = 2;

/// A tile that is painted point by point. Positions are in pixels, 0 to [`SIDE`].
pub(super) struct Canvas(Vec<Color>);

impl Canvas {
    pub(super) fn new() -> Self {
        Self(vec![[0.0; 3]; PIXELS * POINTS * PIXELS * POINTS])
    }

    /// Repaints every point, given its position and its colour.
    pub(super) fn paint(&mut self, mut painter: impl FnMut(f32, f32, Color) -> Color) {
        for (i, color) in self.0.iter_mut().enumerate() {
            let (x, y) = (i % (PIXELS * POINTS), i / (PIXELS * POINTS));
            let position = |k: usize| (k as f32 + 0.5) / POINTS as f32;
            *color = painter(position(x), position(y), *color);
        }
    }

    /// Returns the tile as a sensor sees it: through haze, slightly blurred and slightly noisy.
    pub(super) fn finish(self, draw: &mut Draw) -> Array3<u8> {
        let side = PIXELS * POINTS;
        let mut pixels = vec![[0.0_f32; 3]; PIXELS * PIXELS];
        for (i, color) in self.0.iter().enumerate() {
            let pixel = &mut pixels[i / side / POINTS * PIXELS + i % side / POINTS];
            for k in 0..3 {
                pixel[k] += color[k] / (POINTS * POINTS) as f32;
            }
        }
        let softness = draw.range(0.1, 0.5);
        let gain = 1.0 + 0.06 * draw.spread();
        let haze = if draw.chance(0.2) { draw.range(0.0, 0.22) } else { 0.0 };
        let veil = if draw.chance(0.4) { [85.0, 85.0, 145.0] } else { [100.0, 108.0, 118.0] };
        let grain = draw.noise();
        let at = |x: usize, y: usize| pixels[y.min(PIXELS - 1) * PIXELS + x.min(PIXELS - 1)];
        Array3::from_shape_fn((PIXELS, PIXELS, 3), |(y, x, k)| {
            let row =
                |y: usize| 0.25 * at(x.saturating_sub(1), y)[k] + 0.5 * at(x, y)[k] + 0.25 * at(x + 1, y)[k];
            let soft = 0.25 * row(y.saturating_sub(1)) + 0.5 * row(y) + 0.25 * row(y + 1);
            let sharp = at(x, y)[k];
            let seen = (sharp + (soft - sharp) * softness) * gain;
            let value = seen + (veil[k] - seen) * haze + 1.3 * grain.lattice(x as i32, (y * 3 + k) as i32);
            value.clamp(0.0, 255.0).round() as u8
        })
    }
}
