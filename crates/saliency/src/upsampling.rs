//! Bilinear enlargement along one axis, as scikit-image's `resize` does it.

/// A stretch of output positions between the same two cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) low: usize,
    pub(crate) high: usize,
}

/// One axis of the enlargement from `cells` to `(cells + 1) * cell` positions.
///
/// ```text
/// position o lies at (o + 0.5) * cells / size - 0.5, mirrored about the outermost cells' centres
/// ```
///
/// This is `scipy.ndimage.zoom(order=1, mode="mirror", grid_mode=True)`.
#[derive(Clone, Debug)]
pub(crate) struct Upsampling {
    pub(crate) low_weights: Vec<f64>,
    pub(crate) high_weights: Vec<f64>,
    segments: Vec<Segment>,
}

impl Upsampling {
    pub(crate) fn new(cells: usize, size: usize) -> Self {
        let last = cells.saturating_sub(1);
        let scale = cells as f64 / size as f64;
        let mut upsampling = Self {
            low_weights: Vec::with_capacity(size),
            high_weights: Vec::with_capacity(size),
            segments: Vec::with_capacity(cells),
        };
        for position in 0..size {
            let centre = (position as f64 + 0.5) * scale - 0.5;
            let centre = mirror(centre, last as f64);
            let low = (centre.floor() as usize).min(last);
            let high = (low + 1).min(last);
            let fraction = centre - low as f64;
            upsampling.low_weights.push(1.0 - fraction);
            upsampling.high_weights.push(fraction);
            match upsampling.segments.last_mut() {
                Some(segment) if segment.low == low => segment.end = position + 1,
                _ => upsampling.segments.push(Segment { start: position, end: position + 1, low, high }),
            }
        }
        upsampling
    }

    /// The segments within `start..end`, cut to it.
    pub(crate) fn segments(&self, start: usize, end: usize) -> impl Iterator<Item = Segment> + '_ {
        let first = self.segments.partition_point(|segment| segment.end <= start);
        self.segments.iter().skip(first).take_while(move |segment| segment.start < end).map(move |segment| {
            Segment { start: segment.start.max(start), end: segment.end.min(end), ..*segment }
        })
    }
}

/// Reflects about 0 and `last` without repeating either.
fn mirror(centre: f64, last: f64) -> f64 {
    if centre < 0.0 {
        (-centre).min(last)
    } else if centre > last {
        (2.0 * last - centre).max(0.0)
    } else {
        centre
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cells_over_six_positions_are_mirrored_at_both_ends() {
        let upsampling = Upsampling::new(2, 6);
        let centres: Vec<f64> = (0..6).map(|o| f64::from(o) / 3.0 - 1.0 / 3.0).collect();
        // -1/3 mirrors to 1/3 and 4/3 to 2/3.
        let expected = [1.0 / 3.0, centres[1], centres[2], centres[3], 1.0, 2.0 / 3.0];
        for (position, expected) in expected.into_iter().enumerate() {
            let segment = upsampling.segments(position, position + 1).next().unwrap();
            let value = upsampling.low_weights[position] * segment.low as f64
                + upsampling.high_weights[position] * segment.high as f64;
            approx::assert_abs_diff_eq!(value, expected, epsilon = 1e-15);
        }
    }

    #[test]
    fn one_cell_fills_every_position() {
        let upsampling = Upsampling::new(1, 14);
        assert!(upsampling.low_weights.iter().all(|&weight| (weight - 1.0).abs() < 1e-15));
        assert_eq!(upsampling.segments(0, 14).count(), 1);
    }

    #[test]
    fn segments_cover_a_range_without_gaps() {
        let upsampling = Upsampling::new(8, 9 * 28);
        for (start, end) in [(0, 252), (5, 229), (27, 28), (28, 252)] {
            let mut at = start;
            for segment in upsampling.segments(start, end) {
                assert_eq!(segment.start, at);
                at = segment.end;
            }
            assert_eq!(at, end);
        }
    }
}
