//! Forest and HerbaceousVegetation: texture without borders.

use super::canvas::Canvas;
use super::color::{Color, lift, mix};
use super::draw::Draw;
use super::path::Path;

pub(super) fn forest(canvas: &mut Canvas, draw: &mut Draw) {
    let base = draw.pick(&[[36.0, 62.0, 74.0], [40.0, 66.0, 74.0], [34.0, 58.0, 76.0], [46.0, 70.0, 78.0]]);
    let base = draw.near(base, 3.5);
    let (crowns, stands, relief) = (draw.noise(), draw.noise(), draw.noise());
    let (fine, coarse) = (draw.range(7.0, 18.0), draw.range(4.0, 12.0));
    let clearings = draw.range(0.3, 0.8);
    canvas.paint(|x, y, _| {
        let crown = fine * crowns.fractal(x / 1.9, y / 1.9, 2);
        let stand = coarse * stands.fractal(x / 16.0, y / 16.0, 3);
        let color =
            [base[0] + 0.9 * (crown + stand), base[1] + crown + stand, base[2] + 0.7 * crown + 0.8 * stand];
        let cleared = (relief.fractal(x / 14.0, y / 14.0, 4) - clearings) * 6.0;
        mix(color, [70.0, 84.0, 84.0], cleared.min(0.7))
    });
    if draw.chance(0.3) {
        let track = Path::across(draw, 10.0, 24.0);
        canvas.paint(|x, y, color| mix(color, [72.0, 88.0, 94.0], 0.7 * (1.1 - track.distance(x, y).0)));
    }
}

pub(super) fn herbaceous_vegetation(canvas: &mut Canvas, draw: &mut Draw) {
    const TONES: [[Color; 3]; 5] = [
        [[108.0, 94.0, 96.0], [84.0, 84.0, 88.0], [132.0, 112.0, 108.0]],
        [[72.0, 90.0, 86.0], [56.0, 74.0, 78.0], [98.0, 102.0, 98.0]],
        [[150.0, 124.0, 112.0], [118.0, 102.0, 98.0], [188.0, 162.0, 144.0]],
        [[96.0, 98.0, 104.0], [70.0, 80.0, 88.0], [118.0, 112.0, 112.0]],
        [[82.0, 92.0, 110.0], [70.0, 84.0, 104.0], [100.0, 102.0, 118.0]],
    ];
    let [middle, low, high] = draw.pick(&TONES).map(|tone| draw.near(tone, 6.0));
    let (ground, slopes, scrub, gullies) = (draw.noise(), draw.noise(), draw.noise(), draw.noise());
    let (dx, dy) = draw.direction();
    let (size, stretch, strength) = (draw.range(10.0, 26.0), draw.range(1.0, 2.6), draw.range(0.6, 2.2));
    let (rough, fine) = (draw.range(0.0, 60.0), draw.range(10.0, 40.0));
    canvas.paint(|x, y, _| {
        let (u, v) = ((x * dx + y * dy) / stretch, y * dx - x * dy);
        let height = strength * ground.fractal(u / size, v / size, 4);
        let color = if height > 0.0 { mix(middle, high, height) } else { mix(middle, low, -height) };
        let relief =
            rough * (gullies.ridges(u / 18.0, v / 18.0, 3) - 0.35) * (0.6 + slopes.at(u / 20.0, v / 20.0));
        lift(color, relief + fine * scrub.fractal(x / 3.2, y / 3.2, 3))
    });
    if draw.chance(0.3) {
        let track = Path::across(draw, 14.0, 24.0);
        let shade = draw.pick(&[-16.0, 20.0, 32.0]);
        canvas.paint(|x, y, color| lift(color, shade * (1.1 - track.distance(x, y).0).clamp(0.0, 1.0)));
    }
}
