//! Checks of what a model returned.

use ndarray::ArrayView2;
use protocols::Model;

use crate::{Error, ScoredImage};

/// Refuses scores of a shape other than (images, classes), and scores that are not finite.
pub(crate) fn check_batch(
    model: &dyn Model,
    scores: ArrayView2<'_, f32>,
    images: usize,
    image: impl Fn(usize) -> ScoredImage,
) -> Result<(), Error> {
    let expected = (images, model.metadata().labels.len());
    if scores.dim() != expected {
        let (actual, expected) = (scores.shape().to_vec(), vec![expected.0, expected.1]);
        return Err(Error::Shape { what: "the array of the model's scores", actual, expected });
    }
    match scores.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, class), &value)) => Err(Error::Score { image: image(row), class, value }),
        None => Ok(()),
    }
}
