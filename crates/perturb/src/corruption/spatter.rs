use std::collections::VecDeque;

use ndarray::{Array2, Array3, ArrayRef3, Axis};

use crate::Random;
use crate::blur::reflect_101;
use crate::gaussian_filter::{self, Border, Precision};

/// Drops of water up to severity 3, of mud above.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let (mean, deviation, sigma, threshold) = [
        (0.65, 0.3, 4.0, 0.69),
        (0.65, 0.3, 3.0, 0.68),
        (0.65, 0.3, 2.0, 0.68),
        (0.65, 0.3, 1.0, 0.65),
        (0.67, 0.4, 1.0, 0.65),
    ][level];
    let (height, width, _) = image.dim();
    let mut draws = random.legacy();
    let mut liquid = Array2::from_shape_simple_fn((height, width), || draws.normal(mean, deviation));
    gaussian_filter::filter(
        liquid.view_mut().insert_axis(Axis(2)),
        [sigma; 2],
        4.0,
        Border::Nearest,
        Precision::Double,
    );
    if level < 3 {
        let liquid = liquid.mapv_into(|value| if value < threshold { 0.0 } else { value });
        water(image, &liquid, [0.6, 0.6, 0.5][level])
    } else {
        mud(image, liquid.mapv_into(|value| f64::from(u8::from(value > threshold))))
    }
}

/// Pale turquoise where the liquid is, the brighter the further from its edges.
fn water(image: &ArrayRef3<u8>, liquid: &Array2<f64>, strength: f32) -> Array3<u8> {
    const TURQUOISE: [f64; 3] = [175.0 / 255.0, 238.0 / 255.0, 238.0 / 255.0];
    // Modulo 256, as the original's cast does.
    let liquid = liquid.mapv(|value| (value * 255.0) as i64 as u8);
    let distances = distances(&edges(&liquid)).mapv_into(|distance| distance.min(20.0));
    let distances = mean_of_nine(&distances.mapv(f64::from)).mapv(|mean| mean as u8);
    let relief = correlated(&equalised(&distances), &[[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]);
    let relief = mean_of_nine(&relief.mapv(f64::from)).mapv(f64::round);
    let layer = Array2::from_shape_fn(liquid.dim(), |at| f32::from(liquid[at]) * relief[at] as f32);
    let most = layer.iter().copied().fold(0.0, f32::max);
    if most == 0.0 {
        // The original divides by it.
        return image.to_owned();
    }
    Array3::from_shape_fn(image.dim(), |(y, x, k)| {
        let value = (f64::from(image[[y, x, k]]) / 255.0) as f32;
        let added = layer[[y, x]] / most * strength * TURQUOISE[k] as f32;
        ((value + added).clamp(0.0, 1.0) * 255.0) as u8
    })
}

/// Brown where the liquid is.
fn mud(image: &ArrayRef3<u8>, mut liquid: Array2<f64>) -> Array3<u8> {
    const BROWN: [f64; 3] = [63.0 / 255.0, 42.0 / 255.0, 20.0 / 255.0];
    gaussian_filter::filter(
        liquid.view_mut().insert_axis(Axis(2)),
        [1.5; 2],
        4.0,
        Border::Nearest,
        Precision::Single,
    );
    Array3::from_shape_fn(image.dim(), |(y, x, k)| {
        let cover = liquid[[y, x]] as f32;
        let cover = if cover < 0.8 { 0.0 } else { cover };
        let value = (f64::from(image[[y, x, k]]) / 255.0) as f32 * (1.0 - cover);
        ((f64::from(value) + BROWN[k] * f64::from(cover)).clamp(0.0, 1.0) * 255.0) as u8
    })
}

/// Which pixels are edges: `cv2.Canny(image, 50, 150)`.
fn edges(image: &Array2<u8>) -> Array2<bool> {
    const LOW: i32 = 50;
    const HIGH: i32 = 150;
    /// The tangent of 22.5 degrees with 15 bits of fraction.
    const TANGENT: i32 = 13_573;
    let (height, width) = image.dim();
    let at = |y: usize, x: usize| {
        // The position is one more than the pixel's.
        i32::from(image[[y.clamp(1, height) - 1, x.clamp(1, width) - 1]])
    };
    let gradient = Array2::from_shape_fn((height, width), |(y, x)| {
        let (y, x) = (y + 1, x + 1);
        let right = |y: usize| at(y, x + 1) - at(y, x - 1);
        let down = |x: usize| at(y + 1, x) - at(y - 1, x);
        (right(y - 1) + 2 * right(y) + right(y + 1), down(x - 1) + 2 * down(x) + down(x + 1))
    });
    let magnitude = |y: isize, x: isize| {
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        if inside {
            let (right, down): (i32, i32) = gradient[[y as usize, x as usize]];
            right.abs() + down.abs()
        } else {
            0
        }
    };
    let is_ridge = |y: isize, x: isize, m: i32| {
        let (right, down) = gradient[[y as usize, x as usize]];
        let (across, upright) = (right.abs(), down.abs() << 15);
        let level = across * TANGENT;
        if upright < level {
            m > magnitude(y, x - 1) && m >= magnitude(y, x + 1)
        } else if upright > level + (across << 16) {
            m > magnitude(y - 1, x) && m >= magnitude(y + 1, x)
        } else {
            let s = if (right ^ down) < 0 { -1 } else { 1 };
            m > magnitude(y - 1, x - s) && m > magnitude(y + 1, x + s)
        }
    };
    let strength = Array2::from_shape_fn((height, width), |(y, x)| {
        let (y, x) = (y as isize, x as isize);
        let m = magnitude(y, x);
        if m > LOW && is_ridge(y, x, m) { m } else { 0 }
    });
    // Weak ridges count where they are joined to strong ones.
    let mut edges = strength.mapv(|m| m > HIGH);
    let mut queue: VecDeque<(usize, usize)> =
        edges.indexed_iter().filter(|(_, edge)| **edge).map(|(at, _)| at).collect();
    while let Some((y, x)) = queue.pop_front() {
        for y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
            for x in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                if strength[[y, x]] > 0 && !edges[[y, x]] {
                    edges[[y, x]] = true;
                    queue.push_back((y, x));
                }
            }
        }
    }
    edges
}

/// Distances to the nearest edge in steps of 1, 1.4 and 2.1969: `cv2.distanceTransform` with a mask of 5.
fn distances(edges: &Array2<bool>) -> Array2<f32> {
    const STEPS: [(isize, isize, i32); 8] = [
        (-2, -1, 143_976),
        (-2, 1, 143_976),
        (-1, -2, 143_976),
        (-1, -1, 91_750),
        (-1, 0, 65_536),
        (-1, 1, 91_750),
        (-1, 2, 143_976),
        (0, -1, 65_536),
    ];
    const FAR: i32 = i32::MAX >> 2;
    let (height, width) = edges.dim();
    let mut fixed = edges.mapv(|edge| if edge { 0 } else { FAR });
    let mut pass = |y: usize, x: usize, sign: isize| {
        let nearest = STEPS.iter().filter_map(|&(down, right, step)| {
            let y = y.checked_add_signed(sign * down)?;
            let x = x.checked_add_signed(sign * right)?;
            Some(fixed.get([y, x])? + step)
        });
        let nearest = nearest.min().unwrap_or(FAR);
        fixed[[y, x]] = fixed[[y, x]].min(nearest);
    };
    (0..height).for_each(|y| (0..width).for_each(|x| pass(y, x, 1)));
    (0..height).rev().for_each(|y| (0..width).rev().for_each(|x| pass(y, x, -1)));
    fixed.mapv(|distance| distance as f32 * (1.0 / 65_536.0))
}

/// The mean of each square of 3 x 3, mirrored at the border.
fn mean_of_nine(plane: &Array2<f64>) -> Array2<f64> {
    let (height, width) = plane.dim();
    Array2::from_shape_fn(plane.dim(), |(y, x)| {
        let around = (-1..=1).flat_map(|j| (-1..=1).map(move |i| (y as isize + j, x as isize + i)));
        let sum: f64 = around.map(|(y, x)| plane[[reflect_101(y, height), reflect_101(x, width)]]).sum();
        f64::from((sum * (1.0 / 9.0)) as f32)
    })
}

/// Correlates 8-bit values with a kernel, mirrored at the border.
fn correlated(plane: &Array2<u8>, kernel: &[[i32; 3]; 3]) -> Array2<u8> {
    let (height, width) = plane.dim();
    Array2::from_shape_fn(plane.dim(), |(y, x)| {
        let mut sum = 0;
        for (j, row) in (-1..).zip(kernel) {
            for (i, weight) in (-1..).zip(row) {
                let (y, x) = (reflect_101(y as isize + j, height), reflect_101(x as isize + i, width));
                sum += weight * i32::from(plane[[y, x]]);
            }
        }
        sum.clamp(0, 255) as u8
    })
}

/// Spreads the values so that each is about as frequent: `cv2.equalizeHist`.
fn equalised(plane: &Array2<u8>) -> Array2<u8> {
    let mut counts = [0_i32; 256];
    plane.iter().for_each(|&value| counts[usize::from(value)] += 1);
    let first = counts.iter().position(|&count| count > 0).unwrap_or(0);
    let rest = plane.len() as i32 - counts[first];
    if rest == 0 {
        return plane.clone();
    }
    let scale = 255.0 / rest as f32;
    let mut table = [0; 256];
    let mut sum = 0;
    for value in first + 1..256 {
        sum += counts[value];
        table[value] = (sum as f32 * scale).round_ties_even() as u8;
    }
    plane.mapv(|value| table[usize::from(value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_of_a_square_is_found_and_measured_from() {
        let image = Array2::from_shape_fn((20, 20), |(y, x)| if y >= 6 && x >= 6 { 200_u8 } else { 0 });
        let edges = edges(&image);
        assert!((8..20).all(|y| edges.row(y).iter().filter(|edge| **edge).count() == 1));
        let distances = distances(&edges);
        let edge = edges.row(15).iter().position(|&edge| edge).unwrap();
        assert_eq!((distances[[15, edge]], distances[[15, edge - 3]]), (0.0, 3.0));
    }

    #[test]
    fn nothing_spread_changes_nothing() {
        let image = Array3::<u8>::from_elem((32, 32, 3), 90);
        assert_eq!(water(&image, &Array2::zeros((32, 32)), 0.6), image);
    }
}
