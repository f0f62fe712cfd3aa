use ndarray::ArrayView2;

use crate::Error;

/// Sums are kept in this many lanes, added up at the end: the order is fixed, and the compiler vectorises it.
const LANES: usize = 8;

/// Every pixel in row order as f64, checked to be finite.
pub(crate) fn pixels<A: Copy + Into<f64>>(map: ArrayView2<'_, A>) -> Result<Vec<f64>, Error> {
    let (height, width) = map.dim();
    if map.is_empty() {
        return Err(Error::Empty { height, width });
    }
    let values: Vec<f64> = match map.as_slice() {
        Some(values) => values.iter().map(|&value| value.into()).collect(),
        None => map.iter().map(|&value| value.into()).collect(),
    };
    // A sum of products with zero is NaN as soon as one value is not finite: one pass without branches.
    if sum(&values, |value| value * 0.0) == 0.0 {
        return Ok(values);
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(i) => Err(Error::NotFinite { row: i / width, column: i % width, value: values[i] }),
        None => Ok(values),
    }
}

/// The pixels of two maps of one shape.
pub(crate) fn pairs<A: Copy + Into<f64>>(
    map: ArrayView2<'_, A>,
    reference: ArrayView2<'_, A>,
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    if map.dim() != reference.dim() {
        return Err(Error::ShapeMismatch { map: map.dim(), reference: reference.dim() });
    }
    Ok((pixels(map)?, pixels(reference)?))
}

/// The sum of `term` over the values.
#[inline(always)]
pub(crate) fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|&value| term(value)).sum::<f64>()
}

/// The sums of three terms over pairs of values.
#[inline(always)]
pub(crate) fn sums(a: &[f64], b: &[f64], terms: impl Fn(f64, f64) -> [f64; 3]) -> [f64; 3] {
    let mut lanes = [[0.0; LANES]; 3];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let [x, y, z] = terms(a[lane], b[lane]);
            lanes[0][lane] += x;
            lanes[1][lane] += y;
            lanes[2][lane] += z;
        }
    }
    let mut total = lanes.map(|lanes| lanes.iter().sum::<f64>());
    for (&a, &b) in rest_a.iter().zip(rest_b) {
        for (total, term) in total.iter_mut().zip(terms(a, b)) {
            *total += term;
        }
    }
    total
}

/// `sqrt(a * b)`, also where the product would overflow or vanish.
pub(crate) fn root_of_product(a: f64, b: f64) -> f64 {
    let product = a * b;
    // The root of the product is exact where both are the same; the product of the roots need not be.
    if product.is_normal() { product.sqrt() } else { a.sqrt() * b.sqrt() }
}
