use ndarray::{Array3, ArrayView3, ArrayViewMut3};

/// A grey image and one of many colours, `(height, width, 3)`: what a network returns for them tells
/// [`Outputs::find_out`](crate::Outputs::find_out) whether it is logits or probabilities.
///
/// ```
/// let [grey, coloured] = inference::trial_images((224, 224));
/// assert_eq!(grey.dim(), (224, 224, 3));
/// assert_ne!(grey, coloured);
/// ```
#[must_use]
pub fn trial_images((height, width): (usize, usize)) -> [Array3<u8>; 2] {
    let shape = (height, width, 3);
    [
        Array3::from_elem(shape, 128),
        Array3::from_shape_fn(shape, |(y, x, k)| ((y * 37 + x * 11 + k * 83) % 256) as u8),
    ]
}

/// Draws an image of this shape into memory that is reused from image to image; `draw` writes every value of it.
///
/// ```
/// use ndarray::Array3;
///
/// let mut memory = Array3::zeros((0, 0, 0));
/// let image = inference::drawn(&mut memory, (2, 3, 1), |mut image| image.fill(7));
/// assert_eq!(image, Array3::from_elem((2, 3, 1), 7));
/// ```
pub fn drawn(
    memory: &mut Array3<u8>,
    shape: (usize, usize, usize),
    draw: impl FnOnce(ArrayViewMut3<'_, u8>),
) -> ArrayView3<'_, u8> {
    if memory.dim() != shape {
        *memory = Array3::zeros(shape);
    }
    draw(memory.view_mut());
    memory.view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_one_shape_are_drawn_into_the_same_memory() {
        let mut memory = Array3::zeros((0, 0, 0));
        let mut place = |shape, value| {
            let image = drawn(&mut memory, shape, |mut image| image.fill(value));
            assert_eq!(image, Array3::from_elem(shape, value));
            image.as_ptr()
        };
        let first = place((4, 5, 3), 1);
        assert_eq!(place((4, 5, 3), 2), first);
        place((2, 6, 1), 3);
    }
}
