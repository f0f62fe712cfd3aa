//! An image's values as slices: row by row, a pixel's channels side by side.

#![expect(clippy::expect_used, reason = "an array in standard layout is one slice")]

use ndarray::{Array3, ArrayView3};

/// A new image of the same shape, whose values are written from those of `image`.
///
/// `write` sees no image without values.
pub(crate) fn written(image: ArrayView3<'_, u8>, write: impl FnOnce(&[u8], &mut [u8])) -> Array3<u8> {
    written_as(image, image.dim(), write)
}

/// A new image of another shape, whose values are written from those of `image`.
///
/// `write` sees no image without values.
pub(crate) fn written_as(
    image: ArrayView3<'_, u8>,
    shape: (usize, usize, usize),
    write: impl FnOnce(&[u8], &mut [u8]),
) -> Array3<u8> {
    let image = image.as_standard_layout();
    let mut out = Array3::zeros(shape);
    if !image.is_empty() && !out.is_empty() {
        let to = out.as_slice_mut().expect("zeros are in standard layout");
        write(image.as_slice().expect("the layout was made standard"), to);
    }
    out
}

/// A copy of `image` whose values are edited.
pub(crate) fn edited(image: ArrayView3<'_, u8>, edit: impl FnOnce(&mut [u8])) -> Array3<u8> {
    let mut image = copied(image);
    edit(image.as_slice_mut().expect("the copy is in standard layout"));
    image
}

/// A copy of `image` in standard layout.
pub(crate) fn copied(image: ArrayView3<'_, u8>) -> Array3<u8> {
    image.as_standard_layout().into_owned()
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::*;

    #[test]
    fn values_come_in_the_order_in_which_they_are_seen() {
        let image = Array3::from_shape_fn((2, 3, 2), |(y, x, c)| (6 * y + 2 * x + c) as u8);
        let mut turned = image.view().permuted_axes([1, 0, 2]);
        turned.invert_axis(Axis(0));
        let expected: Vec<u8> = turned.iter().copied().collect();
        assert_eq!(written(turned, |from, to| to.copy_from_slice(from)).as_slice(), Some(&expected[..]));
        let edited = edited(turned, |values| assert_eq!(values, expected));
        assert_eq!(edited, turned);
    }

    #[test]
    fn images_without_values_are_copied() {
        for shape in [(0, 4, 3), (4, 0, 3), (2, 2, 0)] {
            let image = Array3::zeros(shape);
            assert_eq!(written(image.view(), |_, _| panic!("nothing to write")).dim(), shape);
            assert_eq!(edited(image.view(), |values| assert!(values.is_empty())).dim(), shape);
        }
    }
}
