use std::ops::ControlFlow;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use protocols::BoxError;
use results::{ItemResponse, Prediction, SaliencyComparison, Skipped};

/// The two passes of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pass {
    /// Every picture at every setting is scored.
    Accuracy,
    /// Every picture at every setting is explained.
    Saliency,
}

/// What a comparison was computed from.
#[derive(Clone, Copy, Debug)]
pub struct Explained<'a> {
    /// The perturbed picture, `(height, width, channels)`.
    pub image: ArrayView3<'a, u8>,
    /// The true class's map, `(height, width)`, -1 to 1.
    pub truth: ArrayView2<'a, f32>,
    /// The predicted class's map, `(height, width)`, -1 to 1.
    pub predicted: ArrayView2<'a, f32>,
}

/// [`Explained`] to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The perturbed picture, `(height, width, channels)`.
    pub image: Array3<u8>,
    /// The true class's map, `(height, width)`, -1 to 1.
    pub truth: Array2<f32>,
    /// The predicted class's map, `(height, width)`, -1 to 1.
    pub predicted: Array2<f32>,
}

impl From<Explained<'_>> for Sample {
    fn from(explained: Explained<'_>) -> Self {
        Self {
            image: explained.image.to_owned(),
            truth: explained.truth.to_owned(),
            predicted: explained.predicted.to_owned(),
        }
    }
}

/// Follows a study: its progress, and each result as soon as it is there.
///
/// An observer that writes results down makes a study that survives: what it has goes back into
/// [`Study::resume`](crate::Study::resume).
///
/// Every method does nothing unless it is overridden.
///
/// ```
/// use results::ItemResponse;
/// use study::Observer;
///
/// struct Print(Vec<String>);
///
/// impl Observer for Print {
///     fn item_response(&mut self, row: &ItemResponse) -> Result<(), protocols::BoxError> {
///         self.0.push(format!("{}: {}", row.setting, row.accuracy_macro));
///         Ok(())
///     }
/// }
/// # let _: &mut dyn Observer = &mut Print(Vec::new());
/// ```
pub trait Observer {
    /// A pass begins that handles `total` pictures, each setting's counted by itself, of which `done` were
    /// finished by an earlier run.
    fn begin(&mut self, pass: Pass, done: usize, total: usize) {
        let _ = (pass, done, total);
    }

    /// `count` more pictures are done. Breaking stops the study, keeping what it has.
    ///
    /// While a picture is being explained this is asked with a `count` of 0 now and then.
    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        let _ = count;
        ControlFlow::Continue(())
    }

    /// A batch of pictures is scored at a setting: a row a picture, in the dataset's order.
    ///
    /// # Errors
    ///
    /// The rows cannot be kept; the study ends.
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        let _ = rows;
        Ok(())
    }

    /// Every picture at a setting is scored and the accuracy known; this is told again of a setting that an
    /// earlier run finished.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        let _ = row;
        Ok(())
    }

    /// A picture at a setting is explained.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn comparison(&mut self, row: &SaliencyComparison, explained: Explained<'_>) -> Result<(), BoxError> {
        let _ = (row, explained);
        Ok(())
    }

    /// A picture at a setting is left out, which
    /// [`Study::skip_failures`](crate::Study::skip_failures) lets happen.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        let _ = row;
        Ok(())
    }
}

/// Follows nothing.
impl Observer for () {}
