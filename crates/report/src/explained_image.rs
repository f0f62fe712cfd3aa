use results::{ExplainedImage, SaliencyComparison};

use crate::{Error, shrink};

/// The longest side, in pixels, at which figures and the page show an image.
const DISPLAY: usize = 400;

/// Reduces an explained image to the size at which figures and the page show it: neither side longer than 400 pixels. A
/// smaller image only gets three channels.
///
/// A program that keeps images for the report keeps kilobytes per photograph this way, and figures are faster.
///
/// # Errors
///
/// [`Error::ImageShape`] unless the image is `(height, width, 1 or 3)` with at least one pixel, [`Error::MapSize`] for a
/// map of another height and width.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::thumbnail;
/// use results::{ExplainedImage, Setting, Value};
///
/// let photograph = ExplainedImage {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(5.0)),
///     image_id: 0,
///     image: Array3::zeros((600, 800, 3)),
///     truth: Array2::zeros((600, 800)),
///     predicted: Array2::zeros((600, 800)),
/// };
/// let small = thumbnail(&photograph)?;
/// assert_eq!((small.image.dim(), small.truth.dim()), ((300, 400, 3), (300, 400)));
/// # Ok::<(), report::Error>(())
/// ```
pub fn thumbnail(explained: &ExplainedImage) -> Result<ExplainedImage, Error> {
    check_sizes(explained)?;
    Ok(ExplainedImage {
        setting: explained.setting.clone(),
        image_id: explained.image_id,
        image: shrink::image(explained.image.view(), DISPLAY)?,
        truth: shrink::map(explained.truth.view(), DISPLAY),
        predicted: shrink::map(explained.predicted.view(), DISPLAY),
    })
}

/// The row of an explained image.
pub(crate) fn row_of<'a>(
    explained: &ExplainedImage,
    rows: impl IntoIterator<Item = &'a SaliencyComparison>,
) -> Result<&'a SaliencyComparison, Error> {
    rows.into_iter()
        .find(|row| row.image_id == explained.image_id && row.setting == explained.setting)
        .ok_or_else(|| Error::NoRow { setting: explained.setting.clone(), image_id: explained.image_id })
}

/// Refuses maps that differ from their image in size.
pub(crate) fn check_sizes(explained: &ExplainedImage) -> Result<(), Error> {
    let (height, width, _) = explained.image.dim();
    for map in [&explained.truth, &explained.predicted] {
        if map.dim() != (height, width) {
            return Err(Error::MapSize { map: map.dim(), image: (height, width) });
        }
    }
    Ok(())
}
