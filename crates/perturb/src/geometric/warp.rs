/// An affine map of the plane: the two upper rows of its matrix.
pub(super) type Affine = [[f64; 3]; 2];

/// Bits of the fraction of a pixel, and of an affine map's products.
const FRACTION: u32 = 5;
const PRECISION: u32 = 10;

/// Moves each pixel by `map`, as `cv2.warpAffine` with bilinear interpolation and a constant border does:
/// fixed-point weights of 1/32 of a pixel.
pub(super) fn affine(
    from: &[u8],
    to: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    map: &Affine,
    fill: &[u8],
) {
    let [[a, b, c], [d, e, f]] = inverted(map);
    let scaled = |value: f64| saturated((value * f64::from(1 << PRECISION)).round_ties_even());
    let columns: Vec<[i32; 2]> = (0..width).map(|x| [scaled(a * x as f64), scaled(d * x as f64)]).collect();
    let half = 1 << (PRECISION - FRACTION - 1);
    let at = |x: i32, y: i32, k: usize| {
        let inside = (0..height as i32).contains(&y) && (0..width as i32).contains(&x);
        u32::from(if inside { from[(y as usize * width + x as usize) * channels + k] } else { fill[k] })
    };
    for (y, row) in to.chunks_exact_mut(width * channels).enumerate() {
        let start =
            [scaled(b * y as f64 + c).wrapping_add(half), scaled(e * y as f64 + f).wrapping_add(half)];
        for (pixel, column) in row.chunks_exact_mut(channels).zip(&columns) {
            let source = |i: usize| start[i].wrapping_add(column[i]) >> (PRECISION - FRACTION);
            let (x, y) = (source(0), source(1));
            let (right, down) = ((x & 31) as u32, (y & 31) as u32);
            let (x, y) = (x >> FRACTION, y >> FRACTION);
            for (k, value) in pixel.iter_mut().enumerate() {
                let upper = (32 - right) * at(x, y, k) + right * at(x + 1, y, k);
                let lower = (32 - right) * at(x, y + 1, k) + right * at(x + 1, y + 1, k);
                *value = (((32 - down) * upper + down * lower + 512) >> 10) as u8;
            }
        }
    }
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

fn saturated(value: f64) -> i32 {
    value as i32
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
