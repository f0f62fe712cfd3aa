use ndarray::ArrayView3;
use twox_hash::XxHash3_128;

/// What tells images apart: equal images have equal ones, and others differ (by their size, or but for a chance of
/// 2^-128 by the hash of their pixels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pixels {
    dim: (usize, usize, usize),
    hash: u128,
}

impl Pixels {
    pub(crate) fn of(image: ArrayView3<'_, u8>) -> Self {
        let hash = match image.as_slice() {
            Some(pixels) => XxHash3_128::oneshot(pixels),
            None => XxHash3_128::oneshot(&image.iter().copied().collect::<Vec<u8>>()),
        };
        Self { dim: image.dim(), hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn images_are_equal_by_size_and_pixels_whatever_their_layout() {
        let image = Array3::from_shape_fn((4, 6, 3), |(y, x, c)| (y * 18 + x * 3 + c) as u8);
        let mut other = image.clone();
        other[[3, 5, 2]] += 1;
        assert_ne!(Pixels::of(image.view()), Pixels::of(other.view()));
        let reshaped = image.to_shape((6, 4, 3)).unwrap();
        assert_ne!(Pixels::of(image.view()), Pixels::of(reshaped.view()));
        let mut columns_first = Array3::zeros(ndarray::ShapeBuilder::f((4, 6, 3)));
        columns_first.assign(&image);
        assert_eq!(Pixels::of(image.view()), Pixels::of(columns_first.view()));
    }
}
