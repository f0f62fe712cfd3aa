use results::ExplainedImage;

use crate::chart::groups;
use crate::figure::display_pixels;
use crate::svg::{Anchor, Style, Svg};
use crate::units::axis_label;
use crate::{Error, Figure, shrink};

const SIDE: f64 = 160.0;
const GAP: f64 = 10.0;

/// Draws an image at every setting, as one strip per perturber. The maps are not drawn.
///
/// # Errors
///
/// [`Error::Empty`] without images, and [`Error::ImageShape`] for an image that is neither grey nor RGB.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::perturbed_examples;
/// use results::{ExplainedImage, Setting, Value};
///
/// let example = ExplainedImage {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(5.0)),
///     image_id: 0,
///     image: Array3::zeros((8, 8, 3)),
///     truth: Array2::zeros((8, 8)),
///     predicted: Array2::zeros((8, 8)),
/// };
/// assert!(perturbed_examples(&[example])?.svg().contains("ksize 5"));
/// # Ok::<(), report::Error>(())
/// ```
pub fn perturbed_examples(examples: &[ExplainedImage]) -> Result<Figure, Error> {
    let strips = groups(examples, |example| &example.setting);
    let longest = strips.iter().map(Vec::len).max().ok_or(Error::Empty { what: "explained images" })?;
    let height = SIDE + 62.0;
    let mut svg = Svg::new((SIDE + GAP) * longest as f64 + GAP, height * strips.len() as f64 + 6.0);
    for (i, strip) in strips.iter().enumerate() {
        let top = i as f64 * height;
        let title = Style::new(14.0).bold().anchor(Anchor::Start);
        let setting = &strip[0].setting;
        let heading = format!("{}: {}", setting.perturber, axis_label(&setting.parameter));
        svg.fitted(GAP, top + 22.0, title, &heading, (SIDE + GAP) * longest as f64);
        for (k, example) in strip.iter().enumerate() {
            let left = GAP + k as f64 * (SIDE + GAP);
            let label = format!("{} {}", example.setting.parameter, example.setting.value);
            svg.fitted(left + SIDE / 2.0, top + 44.0, Style::new(12.0), &label, SIDE);
            let image = shrink::image(example.image.view(), display_pixels(SIDE))?;
            svg.image(left, top + 52.0, SIDE, image.view(), &example.setting.to_string())?;
        }
    }
    Ok(svg.finish("A sample image at every setting"))
}
