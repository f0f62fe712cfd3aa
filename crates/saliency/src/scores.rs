//! Checks of what a model returned.

use ndarray::ArrayView2;
use protocols::{Model, ScoreFault, check_scores};

use crate::{Error, ScoredImage};

/// Refuses scores of a shape other than (images, classes), and scores that are not finite; `image(row)` names the
/// image of a row.
pub(crate) fn check_batch(
    model: &dyn Model,
    scores: ArrayView2<'_, f32>,
    images: usize,
    image: impl Fn(usize) -> ScoredImage,
) -> Result<(), Error> {
    check_scores(scores, images, model.metadata().labels.len()).map_err(|fault| match fault {
        ScoreFault::NotFinite { row, class, value } => Error::Score { image: image(row), class, value },
        source => Error::Scores { image: image(0), source },
    })
}
