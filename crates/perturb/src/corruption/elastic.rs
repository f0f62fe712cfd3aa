use ndarray::{Array2, Array3, ArrayRef3, Axis};

use crate::gaussian_filter::{self, Border, Precision};
use crate::{Draws, Random};

/// Moves pixels by a smooth random field.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let strength = 250.0 * [0.05, 0.065, 0.085, 0.1, 0.12][level];
    let (height, width, _) = image.dim();
    let mut draws = random.legacy();
    let right = field((height, width), strength, &mut draws);
    let down = field((height, width), strength, &mut draws);
    let values = image.mapv(|value| (f64::from(value) / 255.0) as f32);
    Array3::from_shape_fn(image.dim(), |(y, x, k)| {
        let (ys, tall) = tap(y as f64 + down[[y, x]], height);
        let (xs, wide) = tap(x as f64 + right[[y, x]], width);
        let term = |j: usize, i: usize| f64::from(values[[ys[j], xs[i], k]]) * tall[j] * wide[i];
        let sum = (term(0, 0) + term(0, 1) + term(1, 0) + term(1, 1)) as f32;
        // In single precision to the end, which the cut to whole numbers shows.
        (sum.clamp(0.0, 1.0) * 255.0) as u8
    })
}

/// Distances in pixels, smoothed; the image's height is the measure in both directions, as in the original.
fn field((height, width): (usize, usize), strength: f64, draws: &mut Draws<'_>) -> Array2<f64> {
    let most = height as f64 * 0.005;
    let mut field = Array2::from_shape_simple_fn((height, width), || draws.uniform(-most, most));
    let sigma = [height as f64 * 0.01, width as f64 * 0.01];
    gaussian_filter::filter(
        field.view_mut().insert_axis(Axis(2)),
        sigma,
        3.0,
        Border::Reflect,
        Precision::Double,
    );
    field.mapv_into(|distance| f64::from((distance * strength) as f32))
}

/// The two positions that a coordinate lies between and their weights, beyond the border reflected as SciPy does.
fn tap(at: f64, len: usize) -> ([usize; 2], [f64; 2]) {
    let (length, twice) = (len as f64, 2.0 * len as f64);
    // A negative coordinate is mirrored before its fraction is taken, a large one only if it is beyond the edge.
    let at = if at < 0.0 {
        let at = if at < -twice { twice * (-at / twice).trunc() + at } else { at };
        if at < -length { at + twice } else { -at - 1.0 }
    } else if at > length - 1.0 {
        let at = at - twice * (at / twice).trunc();
        if at >= length { twice - at - 1.0 } else { at }
    } else {
        at
    };
    let first = 1.0 - (at - at.floor());
    let within = |at: f64| at.clamp(0.0, length - 1.0) as usize;
    ([within(at.floor()), within(at.floor() + 1.0)], [first, 1.0 - first])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_beyond_the_border_are_reflected() {
        assert_eq!(tap(1.25, 5), ([1, 2], [0.75, 0.25]));
        assert_eq!(tap(-0.25, 5).0, [0, 0]);
        assert_eq!(tap(4.5, 5).0, [4, 4]);
        assert_eq!(tap(-1.5, 5).0, [0, 1]);
        assert_eq!(tap(5.5, 5).0, [3, 4]);
    }
}
