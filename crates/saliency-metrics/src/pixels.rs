use std::borrow::Cow;

use ndarray::ArrayView2;

use crate::pairwise::sum;
use crate::{Error, MapValue};

/// Every pixel in row order, checked to be finite.
pub(crate) fn pixels<'a, A: MapValue>(map: &ArrayView2<'a, A>) -> Result<Cow<'a, [A]>, Error> {
    let (height, width) = map.dim();
    if map.is_empty() {
        return Err(Error::Empty { height, width });
    }
    let values = match map.to_slice() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(map.iter().copied().collect()),
    };
    // A sum of products with zero is NaN as soon as one value is not finite: one pass without branches.
    if sum(&values, |value| value * A::ZERO) == A::ZERO {
        return Ok(values);
    }
    match values.iter().map(|&value| value.into()).enumerate().find(|(_, value)| !value.is_finite()) {
        Some((i, value)) => Err(Error::NotFinite { row: i / width, column: i % width, value }),
        None => Ok(values),
    }
}

/// Refuses maps of different shapes.
pub(crate) fn same_shape<A>(map: &ArrayView2<'_, A>, reference: &ArrayView2<'_, A>) -> Result<(), Error> {
    if map.dim() == reference.dim() {
        return Ok(());
    }
    Err(Error::ShapeMismatch { map: map.dim(), reference: reference.dim() })
}
