use ndarray::ArrayView2;

/// What is wrong with a model's scores.
///
/// ```
/// use ndarray::array;
/// use protocols::{ScoreFault, check_scores};
///
/// let fault = check_scores(array![[0.1, 0.9], [0.3, f32::NAN]].view(), 2, 2);
/// let Err(ScoreFault::NotFinite { row: 1, class: 1, .. }) = fault else { panic!("{fault:?}") };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreFault {
    /// There is not one row per image and one column per class.
    #[error(
        "the scores are {rows}x{columns}, expected {expected_rows}x{expected_columns} (images x classes)"
    )]
    Shape {
        /// Rows of the scores.
        rows: usize,
        /// Columns of the scores.
        columns: usize,
        /// The number of images.
        expected_rows: usize,
        /// The number of classes.
        expected_columns: usize,
    },
    /// A score is NaN or infinite.
    #[error("the score of class {class} for image {row} of the batch is {value}, expected a finite number")]
    NotFinite {
        /// The row of the first such score.
        row: usize,
        /// Its column.
        class: usize,
        /// The score.
        value: f32,
    },
}

/// Checks that scores are `(images, classes)` and finite.
///
/// ```
/// use ndarray::array;
/// use protocols::check_scores;
///
/// let scores = array![[0.1, 0.9]];
/// assert!(check_scores(scores.view(), 1, 2).is_ok());
/// assert_eq!(
///     check_scores(scores.view(), 3, 2).unwrap_err().to_string(),
///     "the scores are 1x2, expected 3x2 (images x classes)",
/// );
/// ```
///
/// # Errors
///
/// [`ScoreFault::Shape`], or [`ScoreFault::NotFinite`] for the first score that is NaN or infinite, in
/// row-major order.
pub fn check_scores(scores: ArrayView2<'_, f32>, images: usize, classes: usize) -> Result<(), ScoreFault> {
    let (rows, columns) = scores.dim();
    if (rows, columns) != (images, classes) {
        let (expected_rows, expected_columns) = (images, classes);
        return Err(ScoreFault::Shape { rows, columns, expected_rows, expected_columns });
    }
    match scores.indexed_iter().find(|(_, score)| !score.is_finite()) {
        Some(((row, class), &value)) => Err(ScoreFault::NotFinite { row, class, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn another_shape_is_refused() {
        for (rows, columns) in [(1, 3), (2, 2), (0, 3), (3, 2)] {
            let fault = check_scores(Array2::zeros((rows, columns)).view(), 2, 3);
            let expected = ScoreFault::Shape { rows, columns, expected_rows: 2, expected_columns: 3 };
            assert_eq!(fault, Err(expected));
        }
        assert_eq!(check_scores(Array2::zeros((0, 3)).view(), 0, 3), Ok(()));
    }

    #[test]
    fn the_first_score_that_is_not_finite_is_named() {
        let scores = array![[1.0, 2.0], [3.0, f32::NEG_INFINITY], [f32::NAN, 0.0]];
        let value = f32::NEG_INFINITY;
        assert_eq!(check_scores(scores.view(), 3, 2), Err(ScoreFault::NotFinite { row: 1, class: 1, value }));
    }
}
