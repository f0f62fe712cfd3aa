use std::ops::ControlFlow;

use ndarray::{ArrayView2, ArrayView3};
use protocols::BoxError;
use results::{ItemResponse, Prediction, SaliencyComparison};

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

/// Follows a study: its progress, and each result as soon as it is there.
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
    /// A pass begins that will handle `total` pictures, each setting's counted by itself.
    fn begin(&mut self, pass: Pass, total: usize) {
        let _ = (pass, total);
    }

    /// `count` more pictures are done. Breaking stops the study, keeping what it has.
    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        let _ = count;
        ControlFlow::Continue(())
    }

    /// Every picture at a setting is scored: a row a picture, in the dataset's order.
    ///
    /// # Errors
    ///
    /// The rows cannot be kept; the study ends.
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        let _ = rows;
        Ok(())
    }

    /// The accuracy at that setting is known.
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
}

/// Follows nothing.
impl Observer for () {}
