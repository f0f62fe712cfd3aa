//! AnnualCrop, PermanentCrop, Pasture: parcels of one crop each.

use super::buildings::farmhouses;
use super::canvas::Canvas;
use super::color::{Color, lift, mix};
use super::draw::Draw;
use super::noise::Noise;
use super::patches::{Cells, Place, Strips};

const BARE: [Color; 5] = [
    [205.0, 160.0, 138.0],
    [186.0, 142.0, 126.0],
    [222.0, 182.0, 158.0],
    [158.0, 122.0, 112.0],
    [196.0, 172.0, 152.0],
];
const GROWN: [Color; 4] = [[52.0, 82.0, 78.0], [78.0, 98.0, 84.0], [64.0, 90.0, 84.0], [104.0, 108.0, 96.0]];
const DARK: [Color; 3] = [[92.0, 72.0, 76.0], [70.0, 66.0, 74.0], [112.0, 84.0, 84.0]];
const GREEN: [Color; 4] = [[56.0, 88.0, 88.0], [66.0, 94.0, 92.0], [48.0, 82.0, 84.0], [80.0, 98.0, 96.0]];

/// One colour per parcel, chosen by the parcel's name.
pub(super) struct Crops {
    palette: Vec<Color>,
    choice: Noise,
}

impl Crops {
    pub(super) fn new(draw: &mut Draw, palette: Vec<Color>) -> Self {
        Self { palette, choice: draw.noise() }
    }

    pub(super) fn of(&self, place: Place, variation: f32) -> Color {
        let (a, b) = place.parcel;
        let share = 0.5 + 0.499 * self.choice.lattice(a, b);
        let color = self.palette[(share * self.palette.len() as f32) as usize];
        lift(color, variation * self.choice.lattice(a + 500, b))
    }

    /// Another random number of the parcel, -1 to 1.
    pub(super) fn trait_of(&self, place: Place) -> f32 {
        self.choice.lattice(place.parcel.0, place.parcel.1 + 500)
    }
}

/// A triangle wave of `position`, -1 to 1.
fn wave(position: f32, length: f32) -> f32 {
    let t = position / length;
    4.0 * (t - t.floor() - 0.5).abs() - 1.0
}

/// The colours of a region's crops: more of bare soil, or more of plants.
pub(super) fn crops(draw: &mut Draw) -> Vec<Color> {
    let bare = draw.range(0.05, 0.85);
    (0..8)
        .map(|_| {
            let from = if draw.chance(bare) {
                draw.pick(&BARE)
            } else if draw.chance(0.7) {
                draw.pick(&GROWN)
            } else {
                draw.pick(&DARK)
            };
            draw.near(from, 7.0)
        })
        .collect()
}

pub(super) fn annual_crop(canvas: &mut Canvas, draw: &mut Draw) {
    let (widths, lengths) = match draw.unit() {
        chance if chance < 0.2 => ((3.5, 8.0), (30.0, 80.0)),
        chance if chance < 0.6 => ((12.0, 30.0), (24.0, 60.0)),
        _ => ((26.0, 60.0), (36.0, 90.0)),
    };
    let fields = Strips::new(draw, widths, lengths);
    let palette = crops(draw);
    let crops = Crops::new(draw, palette);
    let (soil, furrow, row) = (draw.noise(), draw.range(0.0, 4.0), draw.range(2.5, 5.0));
    let border = draw.pick(&[-26.0, -12.0, 0.0, 0.0, 14.0, 26.0]);
    canvas.paint(|x, y, _| {
        let place = fields.at(x, y);
        let texture = 13.0 * soil.fractal(x / 10.0, y / 10.0, 4) + furrow * wave(place.across, row);
        let edge = if place.border < 0.6 { border } else { 0.0 };
        lift(crops.of(place, 12.0), texture + edge)
    });
}

pub(super) fn permanent_crop(canvas: &mut Canvas, draw: &mut Draw) {
    let widths = draw.range(6.0, 12.0);
    let fields = Strips::new(draw, (widths, widths * 2.2), (widths * 1.2, widths * 3.0));
    let dry = draw.range(0.1, 0.85);
    let palette = (0..9)
        .map(|_| {
            let soil =
                [[188.0, 158.0, 138.0], [160.0, 136.0, 120.0], [206.0, 188.0, 172.0], [132.0, 118.0, 108.0]];
            let trees = [[86.0, 90.0, 84.0], [66.0, 80.0, 80.0], [104.0, 100.0, 92.0]];
            let from = if draw.chance(dry) { draw.pick(&soil) } else { draw.pick(&trees) };
            draw.near(from, 10.0)
        })
        .collect();
    let crops = Crops::new(draw, palette);
    let (soil, dots, spacing) = (draw.noise(), draw.range(8.0, 34.0), draw.range(2.4, 4.2));
    let (tracks, track) = (draw.range(0.4, 1.0), draw.pick(&[-30.0, -18.0, 30.0, 45.0]));
    canvas.paint(|x, y, _| {
        let place = fields.at(x, y);
        // Trees stand in rows and columns; vines in rows.
        let kind = crops.trait_of(place);
        let rows = wave(place.across, spacing);
        let planted = if kind < -0.3 {
            0.0
        } else if kind < 0.3 {
            rows
        } else {
            0.7 * rows.min(wave(place.along, spacing)) + 0.3
        };
        let texture = 22.0 * soil.fractal(x / 6.0, y / 6.0, 4);
        let edge = if place.border < tracks { track } else { 0.0 };
        lift(crops.of(place, 18.0), texture - dots * 0.5 * planted + edge)
    });
    if draw.chance(0.5) {
        farmhouses(canvas, draw, 4);
    }
}

pub(super) fn pasture(canvas: &mut Canvas, draw: &mut Draw) {
    let size = draw.range(12.0, 34.0);
    let cells = Cells::new(draw, size);
    let mut palette: Vec<Color> = (0..7)
        .map(|_| {
            let green = draw.pick(&GREEN);
            draw.near(green, 5.0)
        })
        .collect();
    if draw.chance(0.3) {
        let other = draw.pick(&[[128.0, 104.0, 104.0], [110.0, 106.0, 98.0], [94.0, 82.0, 88.0]]);
        palette.push(other);
    }
    let crops = Crops::new(draw, palette);
    let (grass, trees) = (draw.noise(), draw.noise());
    let (hedge, width, wood) = (draw.range(0.0, 24.0), draw.range(0.4, 1.0), draw.range(0.2, 0.55));
    canvas.paint(|x, y, _| {
        let warp = 5.0 * trees.at(x / 14.0, y / 14.0);
        let place = cells.at(x + warp, y - warp);
        let mut color = lift(crops.of(place, 7.0), 13.0 * grass.fractal(x / 9.0, y / 9.0, 4));
        if place.border < width {
            color = lift(color, -hedge);
        }
        let clump = trees.fractal(x / 9.0, y / 9.0, 4);
        mix(color, [36.0, 60.0, 66.0], (clump - wood) * 8.0)
    });
    if draw.chance(0.35) {
        farmhouses(canvas, draw, 3);
    }
}
