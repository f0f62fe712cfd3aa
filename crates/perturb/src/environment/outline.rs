//! The irregular outline of a drop: a closed curve through the corners of a random triangle.

use std::f64::consts::PI;

use crate::Draws;

/// A position in pixels: column, row.
type Point = [f64; 2];

/// Points on each of the three edges.
const POINTS: usize = 100;

/// Samples of the outline's box on each axis.
const GRID: usize = 150;

/// Draws an outline within a square of `side` pixels from `corner` on, and returns the pixels within it.
pub(super) fn pixels(corner: [i64; 2], side: f64, draws: &mut Draws<'_>) -> Vec<[i64; 2]> {
    let triangle = triangle(draws).map(|point| [0, 1].map(|i| point[i] * side + corner[i] as f64));
    inside(&outline(ordered(triangle)))
}

/// Three points of the unit square, which are drawn again while two of them are too near.
fn triangle(draws: &mut Draws<'_>) -> [Point; 3] {
    const REDRAWS: usize = 200;
    const LEAST: f64 = 0.7 / 3.0;
    let mut drawn = || -> [Point; 3] { std::array::from_fn(|_| std::array::from_fn(|_| draws.unit())) };
    let mut points = drawn();
    for _ in 0..REDRAWS {
        // The original measures the sum of the two distances, not their length.
        let sorted = ordered(points);
        let far = |a: Point, b: Point| ((b[0] - a[0]) + (b[1] - a[1])).abs() >= LEAST;
        if far(sorted[0], sorted[1]) && far(sorted[1], sorted[2]) {
            break;
        }
        points = drawn();
    }
    points
}

/// Orders points by their direction from the middle of them.
fn ordered(mut points: [Point; 3]) -> [Point; 3] {
    let mean = [0, 1].map(|i| (points[0][i] + points[1][i] + points[2][i]) / 3.0);
    let angle = |point: &Point| (point[0] - mean[0]).atan2(point[1] - mean[1]);
    points.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
    points
}

/// A smooth curve through three points: a cubic Bezier curve for each edge. The directions at its ends are between
/// those of the edges that meet there.
fn outline(points: [Point; 3]) -> Vec<Point> {
    let next = |i: usize| points[(i + 1) % 3];
    let edges: [f64; 3] = std::array::from_fn(|i| {
        let angle = (next(i)[1] - points[i][1]).atan2(next(i)[0] - points[i][0]);
        if angle >= 0.0 { angle } else { angle + 2.0 * PI }
    });
    let share = 0.5_f64.atan() / PI + 0.5;
    let directions: [f64; 3] = std::array::from_fn(|i| {
        let (after, before) = (edges[i], edges[(i + 2) % 3]);
        let turned = if (before - after).abs() > PI { PI } else { 0.0 };
        share * after + (1.0 - share) * before + turned
    });
    (0..3)
        .flat_map(|i| {
            let (from, to) = (points[i], next(i));
            let handle = 0.6 * ((to[0] - from[0]).powi(2) + (to[1] - from[1]).powi(2)).sqrt();
            let (leaving, arriving) = (directions[i], directions[(i + 1) % 3] + PI);
            let ahead =
                |point: Point, angle: f64| [point[0] + handle * angle.cos(), point[1] + handle * angle.sin()];
            bezier([from, ahead(from, leaving), ahead(to, arriving), to])
        })
        .collect()
}

/// A cubic Bezier curve at evenly spaced parameters from 0 to 1.
fn bezier(points: [Point; 4]) -> impl Iterator<Item = Point> {
    (0..POINTS).map(move |i| {
        let t = if i == POINTS - 1 { 1.0 } else { i as f64 * (1.0 / (POINTS - 1) as f64) };
        let rest = 1.0 - t;
        // In this order of operations, since an outline may be a single point.
        let weights = [rest.powf(3.0), 3.0 * t * (rest * rest), 3.0 * (t * t) * rest, t.powf(3.0)];
        [0, 1].map(|axis| {
            weights.iter().zip(&points).fold(0.0, |sum, (weight, point)| sum + weight * point[axis])
        })
    })
}

/// The pixels that samples of the curve's box fall into where they are within the curve (even-odd rule).
fn inside(curve: &[Point]) -> Vec<[i64; 2]> {
    let bounds = |axis: usize| {
        let values = curve.iter().map(|point| point[axis]);
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let step = (high - low) / (GRID - 1) as f64;
        (0..GRID).map(move |i| i as f64 * step + low)
    };
    let mut pixels = Vec::new();
    for y in bounds(1) {
        // Where the curve crosses this height; a point is inside if an odd number of crossings lies to its right.
        let pairs = curve.iter().zip(curve.iter().cycle().skip(curve.len() - 1));
        let crossings: Vec<f64> = pairs
            .filter(|(k, j)| (k[1] > y) != (j[1] > y))
            .map(|(k, j)| (j[0] - k[0]) * (y - k[1]) / (j[1] - k[1]) + k[0])
            .collect();
        let within = |x: f64| crossings.iter().filter(|&&crossing| x < crossing).count() % 2 == 1;
        pixels.extend(bounds(0).filter(|&x| within(x)).map(|x| [x as i64, y as i64]));
    }
    pixels.dedup();
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn an_outline_is_closed_and_encloses_its_triangle() {
        let mut random = Random::chacha(4, 0);
        for _ in 0..20 {
            let points = ordered(triangle(&mut random.default_rng())).map(|point| point.map(|v| 50.0 * v));
            let curve = outline(points);
            assert_eq!(curve.len(), 300);
            for i in 0..3 {
                let (end, start) = (curve[100 * i + 99], curve[(100 * (i + 1)) % 300]);
                assert!((end[0] - start[0]).abs() < 1e-9 && (end[1] - start[1]).abs() < 1e-9);
            }
            let middle = [0, 1].map(|i| ((points[0][i] + points[1][i] + points[2][i]) / 3.0) as i64);
            assert!(inside(&curve).contains(&middle));
        }
    }
}
