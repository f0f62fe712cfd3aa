use ndarray::ArrayView2;
use protocols::{ScoreFault, check_scores};

use crate::Error;

/// Refuses an option that is zero.
///
/// # Errors
///
/// [`Error::Zero`] names the option.
///
/// # Examples
///
/// ```
/// use inference::{available_threads, positive};
///
/// let threads = positive("threads", None)?.unwrap_or_else(available_threads);
/// assert!(threads >= 1);
/// assert_eq!(positive("batch_size", Some(0)).unwrap_err().to_string(), "batch_size is 0, expected at least 1");
/// # Ok::<(), inference::Error>(())
/// ```
pub fn positive(option: &'static str, value: Option<usize>) -> Result<Option<usize>, Error> {
    if value == Some(0) { Err(Error::Zero { option }) } else { Ok(value) }
}

/// The columns of a network's output for `images` images: one per class, or a single one for two classes.
///
/// Axes of length 1 behind the first, as of `(images, classes, 1, 1)`, do not count.
///
/// # Errors
///
/// [`Error::Shape`] for any other shape.
///
/// # Examples
///
/// ```
/// use inference::columns;
///
/// assert_eq!(columns(&[8, 10, 1, 1], 8, 10)?, 10);
/// assert_eq!(columns(&[8, 1], 8, 2)?, 1);
/// assert!(columns(&[8, 9], 8, 10).is_err());
/// # Ok::<(), inference::Error>(())
/// ```
pub fn columns(shape: &[usize], images: usize, classes: usize) -> Result<usize, Error> {
    let refused = || Error::Shape { found: shape.to_vec(), expected: [images, classes] };
    let (&rows, rest) = shape.split_first().ok_or_else(refused)?;
    let mut long = rest.iter().filter(|&&side| side != 1);
    let columns = long.next().copied().unwrap_or(1);
    let is_matrix = rows == images && !rest.is_empty() && long.next().is_none();
    if is_matrix && (columns == classes || (columns, classes) == (1, 2)) {
        Ok(columns)
    } else {
        Err(refused())
    }
}

/// Refuses scores that are NaN or infinite; `first` is the position in the batch of the first row's image.
///
/// # Errors
///
/// [`Error::NotFinite`] names the first of them.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let scores = array![[0.5, 0.5], [0.25, f32::NAN]];
/// let error = inference::check_finite(scores.view(), 16).unwrap_err().to_string();
/// assert_eq!(error, "image 17 of the batch has the score NaN for class 1, expected a finite number");
/// ```
pub fn check_finite(scores: ArrayView2<'_, f32>, first: usize) -> Result<(), Error> {
    match check_scores(scores, scores.nrows(), scores.ncols()) {
        Err(ScoreFault::NotFinite { row, class, value }) => {
            Err(Error::NotFinite { position: first + row, class, value })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_one_row_per_image_and_one_column_per_class() {
        for (shape, classes, expected) in [
            (&[4, 3][..], 3, Some(3)),
            (&[4, 3, 1, 1], 3, Some(3)),
            (&[4, 1, 3], 3, Some(3)),
            (&[4, 1], 2, Some(1)),
            (&[4, 1], 1, Some(1)),
            (&[4], 1, None),
            (&[], 1, None),
            (&[4, 1], 3, None),
            (&[3, 3], 3, None),
            (&[4, 3, 3], 3, None),
            (&[4, 0], 2, None),
        ] {
            let found = columns(shape, 4, classes);
            let refused = Error::Shape { found: shape.to_vec(), expected: [4, classes] };
            assert_eq!(found, expected.ok_or(refused), "{shape:?}");
        }
    }
}
