//! Highway, Industrial, Residential: roads and roofs.

use super::buildings::{Roof, farmhouses, roofs};
use super::canvas::Canvas;
use super::color::{lift, mix};
use super::draw::Draw;
use super::farmed::{annual_crop, pasture};
use super::path::Path;
use super::wild::{forest, herbaceous_vegetation};

pub(super) fn highway(canvas: &mut Canvas, draw: &mut Draw) {
    match draw.unit() {
        chance if chance < 0.5 => annual_crop(canvas, draw),
        chance if chance < 0.8 => pasture(canvas, draw),
        chance if chance < 0.9 => forest(canvas, draw),
        _ => herbaceous_vegetation(canvas, draw),
    }
    let calm = draw.range(0.1, 0.6);
    canvas.paint(|_, _, color| mix(color, [74.0, 88.0, 96.0], calm));
    let bend = draw.range(0.0, 16.0);
    let main = Path::across(draw, bend, 16.0);
    let width = draw.range(1.3, 2.6);
    let tone = draw.pick(&[[128.0, 128.0, 136.0], [110.0, 114.0, 124.0], [150.0, 146.0, 148.0]]);
    let asphalt = draw.near(tone, 6.0);
    let verge = draw.pick(&[[52.0, 74.0, 78.0], [64.0, 86.0, 86.0], [120.0, 112.0, 106.0]]);
    let (shoulder, dual, verges) = (draw.range(0.8, 3.0), draw.chance(0.65), draw.noise());
    let side_roads: Vec<(Path, f32)> = (0..(draw.unit() * 3.5) as usize)
        .map(|_| {
            let bend = draw.range(2.0, 26.0);
            (Path::across(draw, bend, 24.0), draw.range(0.5, 1.0))
        })
        .collect();
    canvas.paint(|x, y, mut color| {
        for (road, width) in &side_roads {
            color = mix(color, lift(asphalt, 8.0), 0.85 * (width + 0.5 - road.distance(x, y).0));
        }
        let (distance, _) = main.distance(x, y);
        let edge = lift(verge, 22.0 * verges.fractal(x / 3.5, y / 3.5, 2));
        color = mix(color, edge, 0.8 * (width + shoulder - distance));
        color = mix(color, asphalt, 2.0 * (width + 0.25 - distance));
        if dual { mix(color, verge, 0.85 * (0.75 - 1.4 * distance)) } else { color }
    });
    if draw.chance(0.5) {
        farmhouses(canvas, draw, 8);
    }
}

pub(super) fn industrial(canvas: &mut Canvas, draw: &mut Draw) {
    let ground =
        draw.pick(&[[98.0, 102.0, 112.0], [112.0, 112.0, 120.0], [86.0, 94.0, 102.0], [124.0, 116.0, 114.0]]);
    let ground = draw.near(ground, 8.0);
    let (yard, lots) = (draw.noise(), draw.noise());
    let green = draw.range(0.12, 0.5);
    canvas.paint(|x, y, _| {
        let color = lift(ground, 28.0 * yard.fractal(x / 4.0, y / 4.0, 3));
        mix(color, [62.0, 84.0, 82.0], (lots.fractal(x / 10.0, y / 10.0, 3) - green) * 9.0)
    });
    let direction = draw.direction();
    let (dx, dy) = direction;
    let pitch = draw.range(9.0, 20.0);
    let street = draw.range(1.0, 1.8);
    let lane = draw.range(0.0, pitch);
    canvas.paint(|x, y, color| {
        let across = y * dx - x * dy + lane + 200.0;
        let off = across - (across / (2.0 * pitch)).floor() * 2.0 * pitch;
        mix(color, [132.0, 132.0, 138.0], 1.5 * (street - (off - pitch).abs()))
    });
    let warm = draw.range(0.0, 0.4);
    let mut halls = Vec::new();
    for row in -4..=4 {
        let mut along = -50.0;
        while along < 50.0 {
            let (length, width) = (draw.range(0.22, 0.95) * pitch, draw.range(0.18, 0.44) * pitch);
            let across = (row as f32 + draw.range(-0.12, 0.12)) * pitch;
            let centre = (32.0 + along * dx - across * dy, 32.0 + along * dy + across * dx);
            let tone = if draw.chance(warm) {
                draw.pick(&[[176.0, 122.0, 106.0], [198.0, 160.0, 140.0], [150.0, 104.0, 98.0]])
            } else {
                draw.pick(&[
                    [236.0, 234.0, 236.0],
                    [205.0, 206.0, 212.0],
                    [172.0, 176.0, 188.0],
                    [142.0, 150.0, 168.0],
                    [116.0, 124.0, 142.0],
                    [92.0, 98.0, 112.0],
                ])
            };
            let color = draw.near(tone, 7.0);
            if draw.chance(0.86) {
                halls.push(Roof { centre, half: (0.5 * length, width), color });
            }
            along += length + draw.range(1.0, 4.5);
        }
    }
    roofs(canvas, &halls, direction, 1.2);
}

pub(super) fn residential(canvas: &mut Canvas, draw: &mut Draw) {
    let dense = draw.range(0.0, 1.0);
    let garden = mix([62.0, 84.0, 86.0], [112.0, 106.0, 106.0], dense);
    let garden = draw.near(garden, 7.0);
    let (trees, blocks) = (draw.noise(), draw.noise());
    canvas.paint(|x, y, _| {
        let color = lift(garden, 46.0 * trees.fractal(x / 2.6, y / 2.6, 3));
        mix(color, [52.0, 76.0, 78.0], (blocks.fractal(x / 12.0, y / 12.0, 3) - 0.35) * 7.0)
    });
    let direction = draw.direction();
    let (dx, dy) = direction;
    let (spacing, cross) = (draw.range(6.5, 11.0), draw.range(12.0, 26.0));
    let curve = draw.noise();
    let bent = draw.range(0.0, 4.0);
    let place = |x: f32, y: f32| {
        let warp = bent * curve.at(x / 26.0, y / 26.0);
        (x * dx + y * dy + warp, y * dx - x * dy + warp)
    };
    let to_line = |position: f32, spacing: f32| {
        let t = (position + 1000.0 * spacing) / spacing;
        (t - t.floor() - 0.5).abs() * spacing
    };
    let street = lift([126.0, 124.0, 130.0], 18.0 * dense);
    canvas.paint(|x, y, color| {
        let (along, across) = place(x, y);
        let distance = to_line(across, spacing).min(to_line(along, cross));
        mix(color, street, 0.75 * (1.1 - distance))
    });
    let tiled = draw.range(0.0, 1.0);
    let house = draw.range(2.3, 3.4);
    let mut houses = Vec::new();
    let steps = (100.0 / house) as i32;
    for row in -steps / 2..=steps / 2 {
        for column in -steps / 2..=steps / 2 {
            let along = column as f32 * house + draw.range(-0.4, 0.4);
            let across = row as f32 * house + draw.range(-0.4, 0.4);
            let centre = (32.0 + along * dx - across * dy, 32.0 + along * dy + across * dx);
            let half = (draw.range(0.5, 1.15), draw.range(0.45, 0.9));
            let tone = if draw.chance(tiled) {
                draw.pick(&[[172.0, 122.0, 106.0], [154.0, 112.0, 102.0], [194.0, 146.0, 126.0]])
            } else {
                draw.pick(&[
                    [196.0, 190.0, 190.0],
                    [150.0, 150.0, 158.0],
                    [124.0, 126.0, 136.0],
                    [222.0, 216.0, 212.0],
                ])
            };
            let color = draw.near(tone, 9.0);
            let (street_along, street_across) = place(centre.0, centre.1);
            let on_street = to_line(street_across, spacing).min(to_line(street_along, cross)) < 1.3;
            let visible = (-2.0..66.0).contains(&centre.0) && (-2.0..66.0).contains(&centre.1);
            if visible && !on_street && draw.chance(0.5 + 0.45 * dense) {
                houses.push(Roof { centre, half, color });
            }
        }
    }
    roofs(canvas, &houses, direction, 0.7);
}
