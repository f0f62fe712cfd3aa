//! `cv2.warpAffine` of 8-bit images, with the pixels of OpenCV 4.11.

use multiversion::multiversion;

/// An affine map of the plane: the two upper rows of its matrix.
pub(super) type Affine = [[f64; 3]; 2];

/// Bits of the fraction of a pixel, and of an affine map's products.
const FRACTION: u32 = 5;
const PRECISION: u32 = 10;

/// One pixel, in fractions.
const ONE: i32 = 1 << FRACTION;

/// Channels of a pixel that are computed together.
const LANES: usize = 4;

/// Moves each pixel by `map`, as `cv2.warpAffine` with bilinear interpolation and a constant border does:
/// fixed-point weights of 1/32 of a pixel.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn affine(
    from: &[u8],
    to: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    map: &Affine,
    fill: &[u8],
) {
    let [[a, b, c], [d, e, f]] = inverted(map);
    let columns: Vec<[i32; 2]> = (0..width).map(|x| [scaled(a * x as f64), scaled(d * x as f64)]).collect();
    let half = 1 << (PRECISION - FRACTION - 1);
    for y in 0..height {
        let start =
            [scaled(b * y as f64 + c).wrapping_add(half), scaled(e * y as f64 + f).wrapping_add(half)];
        for (x, column) in columns.iter().enumerate() {
            let source = |i: usize| start[i].wrapping_add(column[i]) >> (PRECISION - FRACTION);
            let source = [source(0), source(1)];
            let to = &mut to[(y * width + x) * channels..];
            if !inside(from, to, (height, width, channels), source) {
                at_border(from, &mut to[..channels], (height, width, channels), source, fill);
            }
        }
    }
}

/// Writes a pixel if its four neighbours are inside the image, and tells whether they are.
///
/// Only where there is room for [`LANES`] values in either buffer: those beyond the pixel's channels spill into the
/// next pixel, which is written later.
#[inline(always)]
fn inside(
    from: &[u8],
    to: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    [x, y]: [i32; 2],
) -> bool {
    let (right, down) = (x & (ONE - 1), y & (ONE - 1));
    // What is negative becomes too large.
    let (x, y) = ((x >> FRACTION) as u32 as usize, (y >> FRACTION) as u32 as usize);
    if x >= width - 1 || y >= height - 1 || channels > LANES {
        return false;
    }
    let start = (y * width + x) * channels;
    let row = |start: usize| from.get(start..start + channels + LANES);
    let (Some(upper), Some(lower), Some(pixel)) =
        (row(start), row(start + width * channels), to.first_chunk_mut::<LANES>())
    else {
        return false;
    };
    let near = [upper, &upper[channels..], lower, &lower[channels..]].map(|values| &values[..LANES]);
    let weights = [(ONE - right) * (ONE - down), right * (ONE - down), (ONE - right) * down, right * down];
    for k in 0..LANES {
        let mut sum = 1 << (2 * FRACTION - 1);
        for i in 0..4 {
            sum += i32::from(near[i][k]) * weights[i];
        }
        pixel[k] = (sum >> (2 * FRACTION)) as u8;
    }
    true
}

/// Writes a pixel whose neighbours may be outside the image, where they are `fill`.
fn at_border(
    from: &[u8],
    pixel: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    [x, y]: [i32; 2],
    fill: &[u8],
) {
    let (right, down) = (x & (ONE - 1), y & (ONE - 1));
    let (x, y) = (x >> FRACTION, y >> FRACTION);
    if !(-1..height as i32).contains(&y) || !(-1..width as i32).contains(&x) {
        pixel.copy_from_slice(fill);
        return;
    }
    let at = |x: i32, y: i32, k: usize| {
        let inside = (0..height as i32).contains(&y) && (0..width as i32).contains(&x);
        i32::from(if inside { from[(y as usize * width + x as usize) * channels + k] } else { fill[k] })
    };
    for (k, value) in pixel.iter_mut().enumerate() {
        let upper = (ONE - right) * at(x, y, k) + right * at(x + 1, y, k);
        let lower = (ONE - right) * at(x, y + 1, k) + right * at(x + 1, y + 1, k);
        *value = (((ONE - down) * upper + down * lower + 512) >> 10) as u8;
    }
}

/// A coordinate in fixed point; too large ones are saturated.
fn scaled(value: f64) -> i32 {
    (value * f64::from(1 << PRECISION)).round_ties_even() as i32
}

/// The inverse, computed in OpenCV's order.
fn inverted([[a, b, c], [d, e, f]]: &Affine) -> Affine {
    let determinant = 1.0 / (a * e - b * d);
    let (inverse_a, inverse_e) = (e * determinant, a * determinant);
    let (inverse_b, inverse_d) = (-b * determinant, -d * determinant);
    [
        [inverse_a, inverse_b, -inverse_a * c - inverse_b * f],
        [inverse_d, inverse_e, -inverse_d * c - inverse_e * f],
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    /// The definition, for each value of the result.
    fn directly(
        from: &[u8],
        (height, width, channels): (usize, usize, usize),
        map: &Affine,
        fill: &[u8],
    ) -> Vec<u8> {
        let [[a, b, c], [d, e, f]] = inverted(map);
        let at = |x: i64, y: i64, k: usize| {
            let inside = (0..height as i64).contains(&y) && (0..width as i64).contains(&x);
            i64::from(if inside { from[(y as usize * width + x as usize) * channels + k] } else { fill[k] })
        };
        let mut to = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let fixed = |across: f64, down: f64| {
                    (i64::from(scaled(across)) + i64::from(scaled(down)) + 16).div_euclid(32)
                };
                let (x, y) = (x as f64, y as f64);
                let (x, y) = (fixed(a * x, b * y + c), fixed(d * x, e * y + f));
                for k in 0..channels {
                    let mut sum = 512;
                    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        let weight = |at: i64, far: i64| {
                            if far == 1 { at.rem_euclid(32) } else { 32 - at.rem_euclid(32) }
                        };
                        let value = at(x.div_euclid(32) + dx, y.div_euclid(32) + dy, k);
                        sum += weight(x, dx) * weight(y, dy) * value;
                    }
                    to.push((sum >> 10) as u8);
                }
            }
        }
        to
    }

    #[test]
    fn a_shift_by_whole_pixels_moves_them() {
        let from: Vec<u8> = (0..12).collect();
        let mut to = vec![0; 12];
        affine(&from, &mut to, (3, 4, 1), &[[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]], &[99]);
        assert_eq!(to, [99, 4, 5, 6, 99, 8, 9, 10, 99, 99, 99, 99]);
    }

    #[test]
    fn half_a_pixel_is_the_mean_of_two() {
        let mut to = vec![0; 3];
        affine(&[0, 100, 50], &mut to, (1, 3, 1), &[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]], &[20]);
        assert_eq!(to, [10, 50, 75]);
    }

    proptest! {
        #[test]
        fn the_definition_holds_to_the_bit(
            shape in (1_usize..20, 1_usize..20, 1_usize..10),
            (degrees, zoom) in (0.0..360.0_f64, 0.3..3.0),
            (right, down) in (-9.0..9.0, -9.0..9.0),
            seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let from: Vec<u8> = (0..shape.0 * shape.1 * shape.2).map(|_| random.next_u64() as u8).collect();
            let fill: Vec<u8> = (0..shape.2).map(|_| random.next_u64() as u8).collect();
            let (sin, cos) = degrees.to_radians().sin_cos();
            let map = [[zoom * cos, sin, right], [-sin, zoom * cos, down]];
            let mut to = vec![0; from.len()];
            affine(&from, &mut to, shape, &map, &fill);
            prop_assert_eq!(to, directly(&from, shape, &map, &fill));
        }
    }
}
