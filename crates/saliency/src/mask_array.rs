use ndarray::{ArcArray, Array3, Axis, Ix3};

use crate::{Error, MaskGenerator, Masks, mask};

/// Masks that are held as an array, such as your own.
///
/// The array is both a set of masks and the [`MaskGenerator`] of it, for images of its size alone.
///
/// # Examples
///
/// An explainer that hides each quarter of an image in turn:
///
/// ```
/// use ndarray::Array3;
/// use saliency::{Error, MaskArray, MaskGenerator, Masks, Occlusion, OcclusionScoring};
///
/// let quarters = Array3::from_shape_fn((4, 8, 8), |(i, y, x)| if 2 * (y / 4) + x / 4 == i { 0.0 } else { 1.0 });
/// let masks = MaskArray::new(quarters)?;
/// assert_eq!((masks.len(), masks.shape()), (4, (8, 8)));
/// let error = masks.masks(9, 8).unwrap_err();
/// assert!(matches!(error, Error::MaskSize { masks: (8, 8), image: (9, 8) }));
///
/// let explainer = Occlusion::builder(masks, OcclusionScoring::new()).build()?;
/// # let _: &dyn saliency::Explainer = &explainer;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MaskArray {
    /// In standard layout, since rows are handed out as slices.
    masks: ArcArray<f32, Ix3>,
}

impl MaskArray {
    /// Takes masks of shape (masks, height, width), values from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] if a mask has no pixels; [`Error::MaskValue`] if a value is outside [0, 1] or NaN.
    pub fn new(masks: Array3<f32>) -> Result<Self, Error> {
        let (_, height, width) = masks.dim();
        mask::check_size(height, width)?;
        if let Some(((mask, _, _), &value)) =
            masks.indexed_iter().find(|(_, value)| !(0.0..=1.0).contains(*value))
        {
            return Err(Error::MaskValue { mask, value });
        }
        let masks = if masks.is_standard_layout() { masks } else { masks.as_standard_layout().into_owned() };
        Ok(Self { masks: masks.into_shared() })
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
        for (y, row) in self.masks.index_axis(Axis(0), index).outer_iter().enumerate() {
            #[expect(clippy::expect_used, reason = "the array is in standard layout from its construction")]
            visit(y, row.to_slice().expect("a row of an array in standard layout is contiguous"));
        }
    }
}

impl MaskGenerator for MaskArray {
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
        if self.shape() != (height, width) {
            return Err(Error::MaskSize { masks: self.shape(), image: (height, width) });
        }
        Ok(Box::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn permuted_arrays_are_read_in_their_own_order() {
        let array = Array3::from_shape_fn((2, 5, 7), |(i, y, x)| (i * 35 + y * 7 + x) as f32 / 70.0);
        let permuted = array.clone().permuted_axes([0, 2, 1]);
        let masks = MaskArray::new(permuted.clone()).unwrap();
        let mut mask = Array2::zeros((7, 5));
        masks.write(1, mask.view_mut());
        assert_eq!(mask, permuted.index_axis(Axis(0), 1));
    }

    #[test]
    fn nan_is_refused() {
        let error = MaskArray::new(Array3::from_elem((1, 1, 1), f32::NAN)).unwrap_err();
        assert!(matches!(error, Error::MaskValue { mask: 0, .. }));
    }

    #[test]
    fn as_a_generator_it_hands_out_itself_for_its_size_alone() {
        let masks = MaskArray::new(Array3::from_elem((3, 5, 7), 0.25)).unwrap();
        let generated = masks.masks(5, 7).unwrap();
        assert_eq!((generated.len(), generated.shape()), (3, (5, 7)));
        let error = masks.masks(7, 5).unwrap_err();
        assert_eq!(error.to_string(), "the masks are 5x7, expected 7x5 like the image");
    }
}
