use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use crate::{BlendRounding, Error, Fill, Masks, kernel};

/// Occludes an image: blends it with a fill under masks, `mask * image + (1 - mask) * fill`, as u8.
///
/// With [`BlendRounding::Truncate`] the values are those of XAITK's `occlude_image_streaming`.
///
/// # Examples
///
/// ```
/// use ndarray::{Array3, array};
/// use saliency::{Fill, MaskArray, Occluder, BlendRounding};
///
/// let image = Array3::from_elem((1, 3, 1), 200);
/// let masks = MaskArray::new(array![[[1.0, 0.5, 0.0]]])?;
/// let occluder = Occluder::new(image.view(), &Fill::Value(100), BlendRounding::Truncate)?;
/// assert_eq!(occluder.occlude(&masks, 0)?, array![[[200], [150], [100]]]);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occluder {
    shape: (usize, usize, usize),
    /// The image's channels, one plane after the other.
    planes: Vec<u8>,
    hidden: Hidden,
    rounding: BlendRounding,
}

/// The fill in the form that the inner loops take.
#[derive(Clone, Debug)]
enum Hidden {
    Single(u8),
    Double(Vec<u8>),
    Planes(Vec<u8>),
}

impl Occluder {
    /// Prepares an image (height, width, channels) and a fill.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] if the image has no values, [`Error::FillChannels`] or [`Error::FillShape`] if the fill
    /// does not match it.
    pub fn new(image: ArrayView3<'_, u8>, fill: &Fill, rounding: BlendRounding) -> Result<Self, Error> {
        let shape @ (height, width, channels) = image.dim();
        if image.is_empty() {
            return Err(Error::EmptyImage { height, width, channels });
        }
        let hidden = match fill {
            Fill::Black => Hidden::Single(0),
            Fill::Value(value) => Hidden::Single(*value),
            Fill::Color(color) if color.len() != channels => {
                return Err(Error::FillChannels { fill: color.len(), image: channels });
            }
            Fill::Color(color) => Hidden::Double(color.clone()),
            Fill::Image(fill) if fill.dim() != shape => {
                return Err(Error::FillShape { fill: fill.dim(), image: shape });
            }
            Fill::Image(fill) => Hidden::Planes(planes(fill.view())),
        };
        Ok(Self { shape, planes: planes(image), hidden, rounding })
    }

    /// The image's height, width and number of channels.
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        self.shape
    }

    /// Returns the image under mask `index`.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Panics
    ///
    /// If `index >= masks.len()`.
    pub fn occlude(&self, masks: &dyn Masks, index: usize) -> Result<Array3<u8>, Error> {
        let mut buffer = Array3::zeros(self.shape);
        self.write(masks, index, buffer.view_mut())?;
        Ok(buffer)
    }

    /// Writes the image under mask `index` into `buffer`.
    ///
    /// # Errors
    ///
    /// [`Error::MaskSize`] if the masks' size is not the image's, [`Error::Shape`] if the buffer's shape is not the
    /// image's or a mask's rows are not as many or as long as they should be.
    ///
    /// # Panics
    ///
    /// If `index >= masks.len()`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array3;
    /// use saliency::{Fill, MaskArray, Occluder, BlendRounding};
    ///
    /// let image = Array3::from_elem((5, 7, 3), 200);
    /// let masks = MaskArray::new(Array3::zeros((1, 5, 7)))?;
    /// let mut buffer = Array3::zeros((5, 7, 3));
    /// Occluder::new(image.view(), &Fill::Value(9), BlendRounding::Truncate)?.write(&masks, 0, buffer.view_mut())?;
    /// assert!(buffer.iter().all(|&value| value == 9));
    /// # Ok::<(), saliency::Error>(())
    /// ```
    pub fn write(
        &self,
        masks: &dyn Masks,
        index: usize,
        mut buffer: ArrayViewMut3<'_, u8>,
    ) -> Result<(), Error> {
        let (height, width, channels) = self.shape;
        if masks.shape() != (height, width) {
            return Err(Error::MaskSize { masks: masks.shape(), image: (height, width) });
        }
        if buffer.dim() != self.shape {
            let (actual, expected) = (buffer.shape().to_vec(), vec![height, width, channels]);
            return Err(Error::Shape { what: "the buffer for an occluded image", actual, expected });
        }
        let mut blended = vec![0; channels * width];
        let mut rows = buffer.outer_iter_mut();
        let (mut written, mut narrow) = (0, None);
        masks.rows(index, &mut |y, mask| {
            let Some(mut row) = rows.next().filter(|_| y == written && mask.len() == width) else {
                narrow = narrow.or(Some((y, mask.len())));
                return;
            };
            written += 1;
            for (channel, out) in blended.chunks_exact_mut(width).enumerate() {
                self.blend(out, mask, channel, y);
            }
            match row.as_slice_mut() {
                Some(row) if channels == 3 => {
                    let (red, rest) = blended.split_at(width);
                    let (green, blue) = rest.split_at(width);
                    kernel::interleave_three(row, red, green, blue);
                }
                _ => {
                    for (channel, values) in blended.chunks_exact(width).enumerate() {
                        row.column_mut(channel).iter_mut().zip(values).for_each(|(to, &from)| *to = from);
                    }
                }
            }
        });
        if let Some((y, length)) = narrow {
            return Err(Error::Shape {
                what: "a mask's row",
                actual: vec![y, length],
                expected: vec![written, width],
            });
        }
        if written != height {
            return Err(Error::Shape {
                what: "a mask",
                actual: vec![written, width],
                expected: vec![height, width],
            });
        }
        Ok(())
    }

    /// Blends one channel of row `y`.
    fn blend(&self, out: &mut [u8], mask: &[f32], channel: usize, y: usize) {
        let (height, width, _) = self.shape;
        let row = (channel * height + y) * width..(channel * height + y + 1) * width;
        let image = &self.planes[row.clone()];
        let half = if self.rounding == BlendRounding::Nearest { 0.5 } else { 0.0 };
        match (&self.hidden, self.rounding) {
            (Hidden::Single(fill), BlendRounding::Truncate) => kernel::blend_single(out, mask, image, *fill),
            (Hidden::Single(fill), BlendRounding::Nearest) => {
                kernel::blend_double(out, mask, image, *fill, half);
            }
            (Hidden::Double(color), _) => kernel::blend_double(out, mask, image, color[channel], half),
            (Hidden::Planes(planes), BlendRounding::Truncate) => {
                kernel::blend_single_rows(out, mask, image, &planes[row]);
            }
            (Hidden::Planes(planes), BlendRounding::Nearest) => {
                kernel::blend_double_rows(out, mask, image, &planes[row], half);
            }
        }
    }
}

/// Copies an image channel by channel.
fn planes(image: ArrayView3<'_, u8>) -> Vec<u8> {
    image.permuted_axes([2, 0, 1]).iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};
    use proptest::prelude::*;

    use super::*;
    use crate::MaskArray;

    fn masked(mask: Array3<f32>) -> MaskArray {
        MaskArray::new(mask).unwrap()
    }

    #[test]
    fn truncation_loses_a_grey_level_where_rounding_does_not() {
        let image = Array3::from_elem((1, 2, 1), 101);
        let masks = masked(array![[[0.25, 0.25]]]);
        // 25.25 + 0.75 * 2 = 26.75
        for (rounding, expected) in [(BlendRounding::Truncate, 26), (BlendRounding::Nearest, 27)] {
            let occluder = Occluder::new(image.view(), &Fill::Color(vec![2]), rounding).unwrap();
            assert_eq!(occluder.occlude(&masks, 0).unwrap(), Array3::from_elem((1, 2, 1), expected));
        }
    }

    #[test]
    fn nearest_keeps_an_image_blended_with_its_own_colour() {
        let image = Array3::from_elem((5, 7, 3), 124);
        let masks =
            masked(Array3::from_shape_fn((1, 5, 7), |(_, y, x)| ((y * 7 + x) as f32 * 0.618).fract()));
        for fill in [Fill::Value(124), Fill::Color(vec![124; 3]), Fill::Image(image.clone())] {
            let occluder = Occluder::new(image.view(), &fill, BlendRounding::Nearest).unwrap();
            assert_eq!(occluder.occlude(&masks, 0).unwrap(), image);
        }
    }

    #[test]
    fn buffers_of_any_layout_are_written() {
        let image = Array3::from_shape_fn((5, 7, 3), |(y, x, c)| (y * 40 + x * 5 + c) as u8);
        let masks = masked(Array3::ones((1, 5, 7)));
        let occluder = Occluder::new(image.view(), &Fill::Black, BlendRounding::Truncate).unwrap();
        let mut buffer = Array3::zeros((3, 5, 7));
        occluder.write(&masks, 0, buffer.view_mut().permuted_axes([1, 2, 0])).unwrap();
        assert_eq!(buffer.permuted_axes([1, 2, 0]), image);
    }

    #[test]
    fn fills_that_do_not_match_are_refused() {
        let image = Array3::zeros((5, 7, 3));
        let error = Occluder::new(image.view(), &Fill::Color(vec![1]), BlendRounding::Truncate).unwrap_err();
        assert!(matches!(error, Error::FillChannels { fill: 1, image: 3 }));
        let fill = Fill::Image(Array3::zeros((7, 5, 3)));
        let error = Occluder::new(image.view(), &fill, BlendRounding::Truncate).unwrap_err();
        assert!(matches!(error, Error::FillShape { fill: (7, 5, 3), image: (5, 7, 3) }));
    }

    #[test]
    fn masks_and_buffers_of_another_size_are_refused() {
        let image = Array3::zeros((5, 7, 3));
        let occluder = Occluder::new(image.view(), &Fill::Black, BlendRounding::Truncate).unwrap();
        let error = occluder.occlude(&masked(Array3::ones((1, 7, 5))), 0).unwrap_err();
        assert!(matches!(error, Error::MaskSize { masks: (7, 5), image: (5, 7) }));
        let error = occluder.write(&masked(Array3::ones((1, 5, 7))), 0, Array3::zeros((5, 7, 1)).view_mut());
        assert!(matches!(error, Err(Error::Shape { .. })));
    }

    proptest! {
        #[test]
        fn a_colour_is_blended_in_double_precision(mask in 0.0_f32..=1.0, image: u8, fill: u8) {
            let exact = f64::from(mask * f32::from(image)) + f64::from(1.0 - mask) * f64::from(fill);
            let image = Array3::from_elem((1, 1, 1), image);
            let occluder = Occluder::new(image.view(), &Fill::Color(vec![fill]), BlendRounding::Truncate).unwrap();
            let masks = masked(Array3::from_elem((1, 1, 1), mask));
            prop_assert_eq!(occluder.occlude(&masks, 0).unwrap()[[0, 0, 0]], exact as u8);
        }
    }
}
