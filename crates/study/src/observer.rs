use protocols::{BoxError, Observer};
use results::{
    ExplainedImage, ItemResponse, Prediction, SaliencyComparison, SaliencyDrift, Skipped, UnscaledMaps,
};

/// What an image's explanation at one setting gave.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ImageResults<'a> {
    /// The maps of the true and of the predicted class compared.
    pub comparison: &'a SaliencyComparison,
    /// How the maps have moved from those at the sweep's first setting; none if the image was skipped there.
    pub drift: Option<&'a SaliencyDrift>,
    /// The perturbed image and the two maps.
    pub image: &'a ExplainedImage,
    /// The maps that the drift is computed from.
    pub unscaled: &'a UnscaledMaps,
}

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

    /// An image at a setting is explained. Images come one after the other, each at all settings.
    ///
    /// # Errors
    ///
    /// The results cannot be kept; the study ends.
    fn explained(&mut self, results: ImageResults<'_>) -> Result<(), BoxError> {
        let _ = results;
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

    fn explained(&mut self, results: ImageResults<'_>) -> Result<(), BoxError> {
        (**self).explained(results)
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        (**self).skipped(row)
    }
}
