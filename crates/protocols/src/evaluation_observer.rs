use ndarray::ArrayView2;

use crate::forward::forward;
use crate::{DatumMetadata, Error, Observer};

/// Follows an evaluation: its progress, its scores as they are computed, and the data it skips.
///
/// ```
/// use ndarray::ArrayView2;
/// use protocols::{DatumMetadata, EvaluationObserver, Observer};
///
/// /// Keeps the names of the images that were scored.
/// struct Names(Vec<String>);
///
/// impl Observer for Names {}
///
/// impl EvaluationObserver for Names {
///     fn scored(&mut self, _: ArrayView2<'_, f32>, _: &[usize], metadata: &[DatumMetadata]) {
///         self.0.extend(metadata.iter().map(|datum| datum.id.clone()));
///     }
/// }
/// # let _: &mut dyn EvaluationObserver = &mut Names(vec![]);
/// ```
pub trait EvaluationObserver: Observer {
    /// A batch is scored. `scores` is `(images, classes)` and finite; `targets` and `metadata` have one
    /// entry per image. Batches arrive in the order of the data.
    fn scored(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        let _ = (scores, targets, metadata);
    }

    /// A datum is skipped, as [`EvaluateOptions::skip_failures`](crate::EvaluateOptions::skip_failures)
    /// allows.
    fn skipped(&mut self, error: &Error) {
        let _ = error;
    }
}

impl EvaluationObserver for () {}

forward!(EvaluationObserver for &mut T, Box<T> => {
    fn scored(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
        (**self).scored(scores, targets, metadata);
    }

    fn skipped(&mut self, error: &Error) {
        (**self).skipped(error);
    }
});
