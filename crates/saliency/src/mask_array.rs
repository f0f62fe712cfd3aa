use ndarray::Array3;

use crate::{Error, Masks, mask};

/// Masks that are held as an array, from wherever they come.
///
/// # Examples
///
/// ```
/// use ndarray::Array3;
/// use saliency::{MaskArray, Masks};
///
/// let masks = MaskArray::new(Array3::from_elem((4, 2, 3), 0.5))?;
/// assert_eq!((masks.len(), masks.shape()), (4, (2, 3)));
/// assert!(MaskArray::new(Array3::from_elem((4, 2, 3), 1.5)).is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MaskArray {
    masks: Array3<f32>,
}

impl MaskArray {
    /// Takes masks of shape (masks, height, width), values from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] if a mask has no pixels; [`Error::MaskValue`] if a value lies outside [0, 1]
    /// or is NaN.
    pub fn new(masks: Array3<f32>) -> Result<Self, Error> {
        let (_, height, width) = masks.dim();
        mask::check_size(height, width)?;
        if let Some(((mask, _, _), &value)) =
            masks.indexed_iter().find(|(_, value)| !(0.0..=1.0).contains(*value))
        {
            return Err(Error::MaskValue { mask, value });
        }
        // Rows are handed out as slices.
        Ok(Self { masks: masks.as_standard_layout().into_owned() })
    }
}

impl Masks for MaskArray {
    fn len(&self) -> usize {
        self.masks.dim().0
    }

    fn shape(&self) -> (usize, usize) {
        let (_, height, width) = self.masks.dim();
        (height, width)
    }

    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
        for (y, row) in self.masks.index_axis(ndarray::Axis(0), index).rows().into_iter().enumerate() {
            visit(y, row.as_slice().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3};

    use super::*;

    #[test]
    fn permuted_arrays_are_read_in_their_own_order() {
        let array = Array3::from_shape_fn((2, 5, 7), |(i, y, x)| (i * 35 + y * 7 + x) as f32 / 70.0);
        let permuted = array.clone().permuted_axes([0, 2, 1]);
        let masks = MaskArray::new(permuted.clone()).unwrap();
        let mut mask = Array2::zeros((7, 5));
        masks.write(1, mask.view_mut());
        assert_eq!(mask, permuted.index_axis(ndarray::Axis(0), 1));
    }

    #[test]
    fn nan_is_refused() {
        let error = MaskArray::new(Array3::from_elem((1, 1, 1), f32::NAN)).unwrap_err();
        assert!(matches!(error, Error::MaskValue { mask: 0, .. }));
    }
}
