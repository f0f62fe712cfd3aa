//! River and SeaLake.

use super::canvas::Canvas;
use super::color::{Color, lift, mix};
use super::draw::Draw;
use super::farmed::{annual_crop, pasture};
use super::path::Path;
use super::wild::forest;

const WATERS: [Color; 5] =
    [[38.0, 62.0, 86.0], [48.0, 78.0, 94.0], [62.0, 98.0, 104.0], [34.0, 56.0, 72.0], [52.0, 70.0, 98.0]];

pub(super) fn river(canvas: &mut Canvas, draw: &mut Draw) {
    match draw.unit() {
        chance if chance < 0.5 => pasture(canvas, draw),
        chance if chance < 0.72 => forest(canvas, draw),
        _ => {
            annual_crop(canvas, draw);
            // Fields by a river are green more often than not.
            canvas.paint(|_, _, color| mix(color, [66.0, 88.0, 88.0], 0.45));
        }
    }
    let bend = draw.range(4.0, 34.0);
    let course = Path::across(draw, bend, 12.0);
    let width = draw.range(3.0, 11.0);
    let water = draw.pick(&WATERS);
    let water = draw.near(water, 5.0);
    let (ripple, banks) = (draw.noise(), draw.noise());
    let bank =
        draw.pick(&[[40.0, 64.0, 68.0], [40.0, 64.0, 68.0], [62.0, 82.0, 80.0], [150.0, 138.0, 130.0]]);
    let wooded = draw.range(1.0, 5.0);
    canvas.paint(|x, y, color| {
        let (distance, _) = course.distance(x, y);
        let uneven = 1.6 * banks.fractal(x / 10.0, y / 10.0, 2);
        let from_bank = distance + uneven - width;
        if from_bank < 0.0 {
            let flow = lift(water, 2.5 * ripple.fractal(x / 12.0, y / 12.0, 2));
            mix(flow, bank, (from_bank + 0.8).max(0.0))
        } else {
            let trees = 20.0 * banks.fractal(x / 3.0, y / 3.0, 2);
            mix(lift(bank, trees), color, from_bank / wooded - 0.3 + 0.8 * uneven.abs())
        }
    });
}

pub(super) fn sea_lake(canvas: &mut Canvas, draw: &mut Draw) {
    const DEPTHS: [Color; 6] = [
        [26.0, 50.0, 80.0],
        [34.0, 58.0, 84.0],
        [24.0, 62.0, 92.0],
        [48.0, 80.0, 92.0],
        [82.0, 112.0, 112.0],
        [40.0, 54.0, 76.0],
    ];
    let depth = draw.pick(&DEPTHS);
    let base = draw.near(depth, 5.0);
    let (swell, currents) = (draw.noise(), draw.noise());
    let (dx, dy) = draw.direction();
    let (slope, calm) = (draw.range(-0.12, 0.12), draw.range(0.5, 3.5));
    canvas.paint(|x, y, _| {
        let gradient = slope * ((x - 32.0) * dx + (y - 32.0) * dy);
        lift(
            base,
            gradient + calm * swell.fractal(x / 2.5, y / 2.5, 2) + 3.0 * currents.at(x / 30.0, y / 30.0),
        )
    });
    if draw.chance(0.12) {
        let shore = Path::across(draw, 16.0, 30.0);
        let land = draw.pick(&[[196.0, 168.0, 142.0], [52.0, 74.0, 74.0], [92.0, 104.0, 96.0]]);
        let (texture, near) = (draw.noise(), draw.pick(&[-1.0, 1.0]));
        // The middle of the tile is water.
        let side = -shore.distance(32.0, 32.0).1;
        canvas.paint(|x, y, color| {
            let (distance, where_) = shore.distance(x, y);
            let inland = distance * where_ * side;
            let shallow = mix(color, [70.0, 128.0, 130.0], (0.5 + inland / 16.0) * (0.5 + 0.5 * near));
            let ground = lift(land, 10.0 * texture.fractal(x / 6.0, y / 6.0, 3));
            mix(shallow, ground, inland - 2.0)
        });
    }
}
