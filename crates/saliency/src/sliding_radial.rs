use crate::{Error, MaskGenerator, Masks, mask};

/// Masks that hide one ellipse each, the centres a stride apart, optionally blurred.
///
/// The centres begin at the top left pixel and go row by row. Without `sigma` a pixel is hidden, 0, where
/// `((y - cy) / ry)^2 + ((x - cx) / rx)^2 < 1`. With `sigma` the ellipse is blurred by a Gaussian and divided by its
/// largest value, which hides its middle fully and its surroundings partly. These are the masks of XAITK's
/// `SlidingRadial`; a radius of 0, from which it makes masks of NaN, is refused.
///
/// # Examples
///
/// ```
/// use saliency::{MaskGenerator, SlidingRadial};
///
/// let masks = SlidingRadial::new((2.0, 2.0), (4, 4))?.masks(5, 5)?;
/// assert_eq!(masks.len(), 4);
/// masks.rows(0, &mut |y, row| {
///     assert_eq!(row, if y < 2 { [0.0, 0.0, 1.0, 1.0, 1.0] } else { [1.0; 5] });
/// });
/// assert!(SlidingRadial::new((2.0, 2.0), (4, 4))?.sigma((1.0, 1.0)).is_ok());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlidingRadial {
    radius: (f64, f64),
    stride: (usize, usize),
    sigma: Option<(f64, f64)>,
}

impl SlidingRadial {
    /// Ellipses of a radius at a stride, each (vertical, horizontal) in pixels, that are not blurred.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless both radii are positive and finite, and both strides are from 1 to 2^31.
    pub fn new(radius: (f64, f64), stride: (usize, usize)) -> Result<Self, Error> {
        positive("radius", radius)?;
        if let Some(&value) = [stride.0, stride.1].iter().find(|stride| !(1..=1 << 31).contains(*stride)) {
            let (component, expected) = ("SlidingRadial", "a number of pixels from 1 to 2^31");
            return Err(Error::Parameter { component, parameter: "stride", value: value as f64, expected });
        }
        Ok(Self { radius, stride, sigma: None })
    }

    /// Blurs the ellipses by a Gaussian of these standard deviations (vertical, horizontal) in pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless both are positive and at most 1000.
    pub fn sigma(self, sigma: (f64, f64)) -> Result<Self, Error> {
        positive("sigma", sigma)?;
        if let Some(&value) = [sigma.0, sigma.1].iter().find(|sigma| **sigma > 1000.0) {
            let (component, expected) = ("SlidingRadial", "at most 1000 pixels");
            return Err(Error::Parameter { component, parameter: "sigma", value, expected });
        }
        Ok(Self { sigma: Some(sigma), ..self })
    }
}

fn positive(parameter: &'static str, (vertical, horizontal): (f64, f64)) -> Result<(), Error> {
    match [vertical, horizontal].into_iter().find(|value| !(*value > 0.0 && value.is_finite())) {
        None => Ok(()),
        Some(value) => {
            let (component, expected) = ("SlidingRadial", "a positive number of pixels");
            Err(Error::Parameter { component, parameter, value, expected })
        }
    }
}

impl MaskGenerator for SlidingRadial {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        mask::check_size(height, width)?;
        let centres = |size: usize, stride: usize| (0..size).step_by(stride).collect();
        Ok(Box::new(Radials {
            shape: (height, width),
            rows: centres(height, self.stride.0),
            columns: centres(width, self.stride.1),
            radius: self.radius,
            kernels: self.sigma.map(|(vertical, horizontal)| [gaussian(vertical), gaussian(horizontal)]),
        }))
    }
}

#[derive(Clone, Debug)]
struct Radials {
    shape: (usize, usize),
    rows: Vec<usize>,
    columns: Vec<usize>,
    radius: (f64, f64),
    kernels: Option<[Vec<f64>; 2]>,
}

impl Radials {
    fn is_inside(&self, centre: (usize, usize), y: usize, x: usize) -> bool {
        let part = |at: usize, centre: usize, radius: f64| ((at as f64 - centre as f64) / radius).powi(2);
        part(y, centre.0, self.radius.0) + part(x, centre.1, self.radius.1) < 1.0
    }
}

impl Masks for Radials {
    fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        let centre = (self.rows[index / self.columns.len()], self.columns[index % self.columns.len()]);
        let (height, width) = self.shape;
        let inside: Vec<f32> = (0..height * width)
            .map(|pixel| f32::from(u8::from(self.is_inside(centre, pixel / width, pixel % width))))
            .collect();
        let hidden = match &self.kernels {
            None => inside,
            Some([vertical, horizontal]) => {
                let mut blurred = blur(&inside, vertical, height, width, width);
                blurred = blur(&blurred, horizontal, width, 1, width);
                let largest = blurred.iter().copied().fold(0.0_f32, f32::max);
                blurred.iter_mut().for_each(|value| *value /= largest);
                blurred
            }
        };
        let mut row = vec![0.0; width];
        for (y, hidden) in hidden.chunks_exact(width).enumerate() {
            row.iter_mut().zip(hidden).for_each(|(to, hidden)| *to = 1.0 - hidden);
            visit(y, &row);
        }
    }
}

/// The weights of `scipy.ndimage.gaussian_filter`, from the middle outwards, cut at four deviations.
fn gaussian(sigma: f64) -> Vec<f64> {
    let radius = (4.0 * sigma + 0.5) as i32;
    let weight = |x: i32| (-0.5 / (sigma * sigma) * f64::from(x * x)).exp();
    let total: f64 = (-radius..=radius).map(weight).sum();
    (0..=radius).map(|x| weight(x) / total).collect()
}

/// Filters along an axis of `size` positions that are `step` apart, with repeated borders, in the order of sums of
/// `scipy.ndimage`.
fn blur(values: &[f32], kernel: &[f64], size: usize, step: usize, width: usize) -> Vec<f32> {
    let reflect = |at: i64| {
        let folded = at.rem_euclid(2 * size as i64);
        folded.min(2 * size as i64 - 1 - folded) as usize
    };
    (0..values.len())
        .map(|pixel| {
            let position = if step == 1 { pixel % width } else { pixel / width };
            let value = |offset: i64| {
                f64::from(values[pixel - position * step + reflect(position as i64 + offset) * step])
            };
            let middle = value(0) * kernel[0];
            let pairs = kernel.iter().enumerate().skip(1).rev();
            pairs.fold(middle, |sum, (k, weight)| sum + (value(-(k as i64)) + value(k as i64)) * weight)
                as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (radius, stride, name) in [
            ((0.0, 3.0), (6, 6), "radius"),
            ((3.0, f64::NAN), (6, 6), "radius"),
            ((3.0, 3.0), (0, 4), "stride"),
        ] {
            let error = SlidingRadial::new(radius, stride).unwrap_err();
            assert!(matches!(error, Error::Parameter { parameter, .. } if parameter == name), "{error}");
        }
        let radial = SlidingRadial::new((3.0, 3.0), (6, 6)).unwrap();
        assert!(radial.sigma((0.0, 1.0)).is_err() && radial.sigma((1.0, 1e6)).is_err());
    }

    #[test]
    fn blurred_masks_hide_their_middle_fully() {
        let masks = SlidingRadial::new((6.0, 9.0), (10, 10)).unwrap().sigma((2.0, 3.0)).unwrap();
        let masks = masks.masks(30, 30).unwrap();
        let mut least = 1.0_f32;
        masks.rows(4, &mut |_, row| {
            assert!(row.iter().all(|value| (0.0..=1.0).contains(value)));
            least = row.iter().copied().fold(least, f32::min);
        });
        assert_eq!(least, 0.0);
    }
}
