use ndarray::ArrayView1;

/// Returns the position of the largest score, the first one if several are equally large.
///
/// `None` for an empty row and for one that holds a NaN, which has no largest score. (The original,
/// `torch.argmax`, returns the position of the first NaN.)
///
/// ```
/// use ndarray::array;
/// use protocols::argmax;
///
/// assert_eq!(argmax(array![0.2, 0.4, 0.4].view()), Some(1));
/// assert_eq!(argmax(array![0.2, f32::NAN].view()), None);
/// ```
#[must_use]
pub fn argmax(scores: ArrayView1<'_, f32>) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (i, &score) in scores.iter().enumerate() {
        if score.is_nan() {
            return None;
        }
        if best.is_none_or(|(_, largest)| score > largest) {
            best = Some((i, score));
        }
    }
    best.map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn the_first_of_equal_maxima_wins() {
        assert_eq!(argmax(array![0.0, 1.0, 0.5, 1.0].view()), Some(1));
        assert_eq!(argmax(Array1::from_elem(4, 0.25).view()), Some(0));
    }

    #[test]
    fn negative_and_infinite_scores_have_a_maximum() {
        assert_eq!(argmax(array![-3.0, -1.0, -2.0].view()), Some(1));
        assert_eq!(argmax(array![f32::NEG_INFINITY, f32::NEG_INFINITY].view()), Some(0));
        assert_eq!(argmax(array![1.0, f32::INFINITY].view()), Some(1));
    }

    #[test]
    fn a_row_without_a_maximum_has_none() {
        assert_eq!(argmax(Array1::zeros(0).view()), None);
        assert_eq!(argmax(array![1.0, f32::NAN, 2.0].view()), None);
    }
}
