use ndarray::{Array3, ArrayView3};

use crate::Error;

/// The kernel's side, its standard deviation, and the radius at which scipy truncates the Gaussian.
const SIDE: usize = 11;
const SIGMA: f64 = 5.0;
const RADIUS: i64 = 20;

/// Returns the blurred image that RISE's insertion metric starts with.
///
/// The kernel is the original's `gkern(11, 5)`: an impulse in the middle of 11 x 11 pixels, filtered by
/// `scipy.ndimage.gaussian_filter` with a standard deviation of 5, whose tails are reflected at the borders. The
/// original blurs its normalised input and pads it with zeros, the mean colour. So `outside` is the colour, a number
/// per channel, that is assumed around the image; with the mean colour of the data the result is the original's,
/// rounded to whole grey levels (halves up).
///
/// # Errors
///
/// [`Error::Shape`] unless `outside` has a number for each of the image's channels, [`Error::Parameter`] unless these
/// are from 0 to 255.
///
/// # Examples
///
/// ```
/// use ndarray::Array3;
/// use saliency::blurred_substrate;
///
/// let flat = Array3::from_elem((20, 30, 3), 90);
/// assert_eq!(blurred_substrate(flat.view(), &[90.0; 3])?, flat);
/// assert!(blurred_substrate(flat.view(), &[90.0]).is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
pub fn blurred_substrate(image: ArrayView3<'_, u8>, outside: &[f64]) -> Result<Array3<u8>, Error> {
    let (height, width, channels) = image.dim();
    if outside.len() != channels {
        let (actual, expected) = (vec![outside.len()], vec![channels]);
        return Err(Error::Shape { what: "the colour outside", actual, expected });
    }
    if let Some(&value) = outside.iter().find(|value| !(0.0..=255.0).contains(*value)) {
        let (component, parameter, expected) = ("blurred_substrate", "outside", "a colour from 0 to 255");
        return Err(Error::Parameter { component, parameter, value, expected });
    }
    let kernel = kernel();
    let half = (SIDE / 2) as isize;
    // Along rows first, then along columns; a tap outside the image has no position.
    let tap = |position: usize, k: usize, length: usize| {
        usize::try_from(position as isize + k as isize - half).ok().filter(|&at| at < length)
    };
    let across = Array3::from_shape_fn((height, width, channels), |(y, x, channel)| {
        let value = |at: Option<usize>| at.map_or(outside[channel], |x| f64::from(image[[y, x, channel]]));
        kernel.iter().enumerate().map(|(k, weight)| weight * value(tap(x, k, width))).sum::<f64>()
    });
    Ok(Array3::from_shape_fn((height, width, channels), |(y, x, channel)| {
        let value = |at: Option<usize>| at.map_or(outside[channel], |y| across[[y, x, channel]]);
        let sum: f64 = kernel.iter().enumerate().map(|(k, weight)| weight * value(tap(y, k, height))).sum();
        (sum + 0.5) as u8
    }))
}

/// One axis of the kernel: the Gaussian's weights at the positions of their taps after reflection.
fn kernel() -> [f64; SIDE] {
    let weight = |offset: i64| (-0.5 * (offset as f64 / SIGMA).powi(2)).exp();
    let total: f64 = (-RADIUS..=RADIUS).map(weight).sum();
    let (side, middle) = (SIDE as i64, SIDE as i64 / 2);
    std::array::from_fn(|i| {
        let reflected = |offset: i64| {
            let at = (i as i64 + offset).rem_euclid(2 * side);
            if at < side { at } else { 2 * side - 1 - at }
        };
        (-RADIUS..=RADIUS).filter(|&offset| reflected(offset) == middle).map(weight).sum::<f64>() / total
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_scipys() {
        // scipy.ndimage.gaussian_filter(impulse, 5).sum(axis=1) for an impulse in the middle of 11 x 11.
        let scipys = [0.087_958_15, 0.088_896_12, 0.090_474_2, 0.092_191_12, 0.093_489_39, 0.093_982_06];
        for (i, expected) in scipys.into_iter().chain(scipys.into_iter().rev().skip(1)).enumerate() {
            approx::assert_abs_diff_eq!(kernel()[i], expected, epsilon = 5e-9);
        }
    }

    #[test]
    fn a_colour_that_is_none_is_refused() {
        let image = Array3::zeros((3, 3, 1));
        for value in [-1.0, 256.0, f64::NAN] {
            assert!(matches!(blurred_substrate(image.view(), &[value]), Err(Error::Parameter { .. })));
        }
    }

    #[test]
    fn the_colour_outside_enters_at_the_border() {
        let image = Array3::from_elem((21, 21, 1), 200);
        let blurred = blurred_substrate(image.view(), &[0.0]).unwrap();
        let kernel = kernel();
        let inside: f64 = kernel[5..].iter().sum();
        assert_eq!(blurred[[10, 10, 0]], 200);
        assert_eq!(blurred[[10, 0, 0]], (200.0 * inside + 0.5) as u8);
        assert_eq!(blurred[[0, 0, 0]], (200.0 * inside * inside + 0.5) as u8);
    }
}
