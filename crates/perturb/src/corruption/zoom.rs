use ndarray::{Array3, ArrayRef3, Axis, s};

use super::{Values, add, unit};

/// The mean of the image at magnifications from 1 up.
pub(super) fn corrupt(image: &ArrayRef3<u8>, level: usize) -> Array3<u8> {
    let (stop, step) = [(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)][level];
    let factors = arange(1.0, stop, step);
    let single = |value: f64| f64::from(value as f32);
    let values = unit(image).mapv_into(single);
    let (height, width, _) = image.dim();
    let mut sum = Array3::zeros(image.dim());
    for &factor in &factors {
        let magnified = magnified(&values, factor).mapv_into(single);
        add(&mut sum, magnified.slice(s![..height, ..width, ..]));
        sum.mapv_inplace(single);
    }
    let count = (factors.len() + 1) as f32;
    add(&mut sum, values.view());
    sum.mapv_inplace(single);
    // In single precision to the end, which the cut to whole numbers shows.
    sum.mapv(|sum| ((sum as f32 / count).clamp(0.0, 1.0) * 255.0) as u8)
}

/// `numpy.arange`, which may reach its end by rounding.
fn arange(start: f64, stop: f64, step: f64) -> Vec<f64> {
    let count = ((stop - start) / step).ceil() as usize;
    let step = (start + step) - start;
    (0..count).map(|i| start + i as f64 * step).collect()
}

/// The central part of the values, enlarged at least to their size as `scipy.ndimage.zoom` does with order 1.
pub(super) fn magnified(values: &Values, factor: f64) -> Values {
    let (height, width, channels) = values.dim();
    let part = |side: usize| {
        let shown = (side as f64 / factor).ceil() as usize;
        (shown, (side - shown) / 2)
    };
    let ((rows, top), (columns, left)) = (part(height), part(width));
    let part = values.slice(s![top..top + rows, left..left + columns, ..]);
    let part = part.as_standard_layout();
    let (down, across) = (taps(rows, factor), taps(columns, factor));
    let mut enlarged = Array3::zeros((down.len(), across.len(), channels));
    for (mut to, down) in enlarged.outer_iter_mut().zip(&down) {
        let (Some(to), Some((ys, tall))) = (to.as_slice_mut(), down) else { continue };
        let lines = ys.map(|y| part.index_axis(Axis(0), y));
        let [Some(upper), Some(lower)] = lines.each_ref().map(|line| line.as_slice()) else { continue };
        for (to, across) in to.chunks_exact_mut(channels).zip(&across) {
            let Some((xs, wide)) = across else { continue };
            let [left, right] = xs.map(|x| x * channels);
            for (k, value) in to.iter_mut().enumerate() {
                // The order of multiplications and additions is part of the result.
                *value = upper[left + k] * tall[0] * wide[0]
                    + upper[right + k] * tall[0] * wide[1]
                    + lower[left + k] * tall[1] * wide[0]
                    + lower[right + k] * tall[1] * wide[1];
            }
        }
    }
    enlarged
}

/// For each enlarged position the two that it lies between, and their weights. None where
/// rounding passes the last one.
fn taps(len: usize, factor: f64) -> Vec<Option<([usize; 2], [f64; 2])>> {
    let enlarged = (len as f64 * factor).round_ties_even() as usize;
    let step = if enlarged > 1 { (len - 1) as f64 / (enlarged - 1) as f64 } else { 1.0 };
    (0..enlarged)
        .map(|i| {
            let at = i as f64 * step;
            let whole = at.floor() as usize;
            let first = 1.0 - (at - at.floor());
            let within = at <= (len - 1) as f64;
            within.then_some(([whole, (whole + 1).min(len - 1)], [first, 1.0 - first]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_magnification_changes_nothing() {
        let values = Array3::from_shape_fn((33, 40, 3), |(y, x, k)| (y * 7 + x * 3 + k) as f64);
        assert_eq!(magnified(&values, 1.0), values);
    }

    #[test]
    fn ranges_are_as_long_as_numpys() {
        assert_eq!(arange(1.0, 1.11, 0.01).len(), 12);
        assert_eq!(arange(1.0, 1.16, 0.01).len(), 16);
        assert_eq!(arange(1.0, 1.31, 0.03).len(), 11);
    }
}
