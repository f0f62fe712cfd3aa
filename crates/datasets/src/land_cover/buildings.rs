//! Roofs and their shadows.

use super::canvas::{Canvas, SIDE};
use super::color::{Color, mix};
use super::draw::Draw;

/// A roof: a rotated rectangle that casts a shadow.
pub(super) struct Roof {
    pub(super) centre: (f32, f32),
    pub(super) half: (f32, f32),
    pub(super) color: Color,
}

/// Paints roofs that are all aligned with `direction`. Their shadows are `shadow` pixels long and fall to the
/// upper left, as in the morning light in which Sentinel-2 passes.
pub(super) fn roofs(canvas: &mut Canvas, roofs: &[Roof], direction: (f32, f32), shadow: f32) {
    let (dx, dy) = direction;
    let inside = |roof: &Roof, x: f32, y: f32| {
        let (px, py) = (x - roof.centre.0, y - roof.centre.1);
        (px * dx + py * dy).abs() < roof.half.0 && (py * dx - px * dy).abs() < roof.half.1
    };
    canvas.paint(|x, y, color| {
        // The last roof that covers a point hides those before it.
        if let Some(roof) = roofs.iter().rev().find(|roof| inside(roof, x, y)) {
            return roof.color;
        }
        let shaded = roofs.iter().any(|roof| {
            inside(roof, x + shadow, y + shadow) || inside(roof, x + 0.5 * shadow, y + 0.5 * shadow)
        });
        if shaded { mix(color, [32.0, 40.0, 58.0], 0.62) } else { color }
    });
}

/// Paints at most `most` scattered roofs.
pub(super) fn farmhouses(canvas: &mut Canvas, draw: &mut Draw, most: u32) {
    let direction = draw.direction();
    let count = 1 + (draw.unit() * most as f32) as u32;
    let houses: Vec<Roof> = (0..count)
        .map(|_| Roof {
            centre: (draw.range(0.0, SIDE), draw.range(0.0, SIDE)),
            half: (draw.range(0.5, 1.6), draw.range(0.5, 1.2)),
            color: draw.pick(&[[214.0, 204.0, 200.0], [186.0, 146.0, 130.0], [166.0, 164.0, 168.0]]),
        })
        .collect();
    roofs(canvas, &houses, direction, 0.7);
}
