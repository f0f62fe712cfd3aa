use ndarray::{Array2, Array3};

use crate::Setting;

/// One image at one setting, with the saliency maps of its true and its predicted class.
///
/// The maps have the image's height and width. Classes, scores and metrics are in the
/// [`SaliencyComparison`](crate::SaliencyComparison) of the same setting and image.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use results::{ExplainedImage, Setting, Value};
///
/// let explained = ExplainedImage {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
///     image_id: 6,
///     image: Array3::zeros((64, 64, 3)),
///     truth: Array2::zeros((64, 64)),
///     predicted: Array2::zeros((64, 64)),
/// };
/// assert_eq!(explained.setting.to_string(), "GaussianBlur ksize 11");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedImage {
    /// How the image was perturbed.
    pub setting: Setting,
    /// The image's position in the dataset.
    pub image_id: usize,
    /// The perturbed image, `(height, width, 1 or 3)`.
    pub image: Array3<u8>,
    /// The true class's map, `(height, width)`, -1 to 1.
    pub truth: Array2<f32>,
    /// The predicted class's map, `(height, width)`, -1 to 1.
    pub predicted: Array2<f32>,
}
