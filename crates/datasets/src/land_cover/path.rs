use super::canvas::SIDE;
use super::draw::Draw;

/// A curved line across the tile: a road, a river, a shore.
pub(super) struct Path(Vec<(f32, f32)>);

impl Path {
    /// Crosses the tile in a random direction, at most `miss` pixels from its centre; `bend` is how far it
    /// swings sideways, in pixels.
    pub(super) fn across(draw: &mut Draw, bend: f32, miss: f32) -> Self {
        let (dx, dy) = draw.direction();
        let aside = draw.range(-miss, miss);
        let centre = (SIDE / 2.0 - dy * aside, SIDE / 2.0 + dx * aside);
        // Sideways steps whose second differences are drawn: bends without corners.
        let noise = draw.noise();
        let (scale, phase) = (draw.range(0.012, 0.035), draw.range(0.0, 100.0));
        let zero = noise.fractal(phase, 0.5, 2);
        let points = (-30..=30)
            .map(|step| {
                let along = step as f32 * 2.0;
                let off = bend * 2.0 * (noise.fractal(phase + along * scale, 0.5, 2) - zero);
                (centre.0 + dx * along - dy * off, centre.1 + dy * along + dx * off)
            })
            .collect();
        Self(points)
    }

    /// The distance of a point from the path, in pixels, and the side it is on (1 or -1).
    pub(super) fn distance(&self, x: f32, y: f32) -> (f32, f32) {
        let mut nearest = (f32::INFINITY, 1.0);
        for pair in self.0.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let (ux, uy, px, py) = (bx - ax, by - ay, x - ax, y - ay);
            let t = ((px * ux + py * uy) / (ux * ux + uy * uy).max(1e-6)).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * ux, py - t * uy);
            let square = ex * ex + ey * ey;
            if square < nearest.0 {
                nearest = (square, if ux * py - uy * px < 0.0 { -1.0 } else { 1.0 });
            }
        }
        (nearest.0.sqrt(), nearest.1)
    }
}
