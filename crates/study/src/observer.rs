use protocols::{BoxError, Observer};
use results::{ExplainedImage, ItemResponse, Prediction, SaliencyComparison, Skipped};

/// Follows a study: its progress, and each result as soon as it is computed.
///
/// An observer that keeps the results makes a study that survives interruptions: what it has kept goes back into
/// [`Study::resume`](crate::Study::resume). The crate `study-store` does this with a folder of files.
///
/// The passes are named `accuracy` and `saliency` and count images, at every setting. While an image is being
/// explained, `advanced` is called with a count of 0 from time to time.
///
/// By default every method does nothing.
///
/// ```
/// use protocols::{BoxError, Observer};
/// use results::ItemResponse;
/// use study::StudyObserver;
///
/// struct Curve(Vec<f64>);
///
/// impl Observer for Curve {}
///
/// impl StudyObserver for Curve {
///     fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
///         self.0.push(row.accuracy_macro);
///         Ok(())
///     }
/// }
/// # let _: &mut dyn StudyObserver = &mut Curve(Vec::new());
/// ```
pub trait StudyObserver: Observer {
    /// A batch of images is scored at a setting: one row per image, in the dataset's order.
    ///
    /// # Errors
    ///
    /// The rows cannot be kept; the study ends.
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        let _ = rows;
        Ok(())
    }

    /// Every image at a setting is scored. This is also called for settings that an earlier run finished.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        let _ = row;
        Ok(())
    }

    /// An image at a setting is explained.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn explained(&mut self, row: &SaliencyComparison, image: &ExplainedImage) -> Result<(), BoxError> {
        let _ = (row, image);
        Ok(())
    }

    /// An image at a setting is skipped, as [`OnError::Skip`](crate::OnError::Skip) allows.
    ///
    /// # Errors
    ///
    /// The row cannot be kept; the study ends.
    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        let _ = row;
        Ok(())
    }
}

impl StudyObserver for () {}

impl<T: StudyObserver + ?Sized> StudyObserver for &mut T {
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        (**self).predictions(rows)
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        (**self).item_response(row)
    }

    fn explained(&mut self, row: &SaliencyComparison, image: &ExplainedImage) -> Result<(), BoxError> {
        (**self).explained(row, image)
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        (**self).skipped(row)
    }
}
