//! Memory that is used again from one forward pass to the next.

/// So many pixels at a time go through a matrix product.
pub(crate) const PIXELS: usize = 132;

/// The first `len` values, whatever they are.
pub(crate) fn room(values: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if values.len() < len {
        values.resize(len, 0.0);
    }
    &mut values[..len]
}
