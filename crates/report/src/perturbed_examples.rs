use ndarray::ArrayView3;
use results::Setting;

use crate::chart::groups;
use crate::svg::{Anchor, Style, Svg};
use crate::units::axis_label;
use crate::{Error, Figure};

const SIDE: f64 = 160.0;
const GAP: f64 = 10.0;

/// A picture at one setting.
///
/// ```
/// use ndarray::Array3;
/// use report::{PerturbedExample, perturbed_examples};
/// use results::{Setting, Value};
///
/// let image = Array3::<u8>::zeros((8, 8, 3));
/// let setting = Setting::new("GaussianBlur", "ksize", Value::from(5.0));
/// let figure = perturbed_examples(&[PerturbedExample { setting: &setting, image: image.view() }])?;
/// assert!(figure.svg().contains("ksize 5"));
/// # Ok::<(), report::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PerturbedExample<'a> {
    /// What was done to the picture.
    pub setting: &'a Setting,
    /// The picture, `(height, width, 1 or 3)`.
    pub image: ArrayView3<'a, u8>,
}

/// Draws a picture at every setting: a strip a perturber.
///
/// # Errors
///
/// [`Error::Empty`] without examples, [`Error::Picture`] for a picture of another number of channels.
pub fn perturbed_examples(examples: &[PerturbedExample<'_>]) -> Result<Figure, Error> {
    let strips = groups(examples, |example| example.setting);
    let longest = strips.iter().map(Vec::len).max().ok_or(Error::Empty { what: "examples" })?;
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
            svg.picture(left, top + 52.0, SIDE, example.image, &example.setting.to_string())?;
        }
    }
    Ok(svg.finish("A sample image at every setting"))
}
