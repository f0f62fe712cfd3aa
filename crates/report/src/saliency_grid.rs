use ndarray::{ArrayView2, ArrayView3};
use results::SaliencyComparison;

use crate::svg::{Anchor, Style, Svg};
use crate::{Colormap, Error, Figure, overlay};

const SIDE: f64 = 200.0;
const GAP: f64 = 12.0;
const RIGHT: &str = "#1a7f37";
const WRONG: &str = "#cf222e";

/// A picture at one setting, with the maps of its true and its predicted class.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::{SaliencyCell, saliency_grid};
/// use results::{SaliencyComparison, Setting, Value};
///
/// let row = SaliencyComparison {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
///     image_id: 0,
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     truth_score: 0.2,
///     predicted_score: 0.7,
///     entropy: 11.9,
///     ssd: 0.2,
///     xcorr: 0.9,
/// };
/// let (image, map) = (Array3::<u8>::zeros((8, 8, 3)), Array2::zeros((8, 8)));
/// let cell = SaliencyCell { row: &row, image: image.view(), truth: map.view(), predicted: map.view() };
/// let figure = saliency_grid(&[cell])?;
/// assert!(figure.svg().contains("River: 0.70"));
/// # Ok::<(), report::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SaliencyCell<'a> {
    /// The setting, the classes and their scores.
    pub row: &'a SaliencyComparison,
    /// The perturbed picture, `(height, width, 1 or 3)`.
    pub image: ArrayView3<'a, u8>,
    /// The true class's map, `(height, width)`.
    pub truth: ArrayView2<'a, f32>,
    /// The predicted class's map.
    pub predicted: ArrayView2<'a, f32>,
}

/// Draws the tutorial's grid: a row a setting; the perturbed picture, and over it the maps of the true and of
/// the predicted class, cut to 0 to 1, in `jet`. A prediction's label is green with a tick if it is right, red
/// with a cross if it is wrong.
///
/// # Errors
///
/// [`Error::Empty`] without cells, [`Error::Picture`] and [`Error::MapSize`] for arrays that do not fit.
pub fn saliency_grid(cells: &[SaliencyCell<'_>]) -> Result<Figure, Error> {
    let first = cells.first().ok_or(Error::Empty { what: "saliency maps" })?;
    let row_height = SIDE + 34.0;
    let mut svg = Svg::new(3.0 * (SIDE + GAP) + GAP, 74.0 + row_height * cells.len() as f64);
    let column = |k: usize| GAP + k as f64 * (SIDE + GAP);
    let middle = |k: usize| column(k) + SIDE / 2.0;
    let heading = format!("{}, image {}", first.row.setting.perturber, first.row.image_id);
    svg.text(GAP, 24.0, Style::new(15.0).bold().anchor(Anchor::Start), &heading);
    for (k, name) in ["Perturbed", "Truth", "Prediction"].iter().enumerate() {
        svg.text(middle(k), 52.0, Style::new(14.0).bold(), name);
    }
    for (i, cell) in cells.iter().enumerate() {
        let top = 66.0 + i as f64 * row_height;
        let row = cell.row;
        let label = Style::new(12.0);
        let (name, right) =
            (format!("{} {}", row.setting.parameter, row.setting.value), row.truth == row.predicted);
        svg.text(middle(0), top + 12.0, label, &name);
        svg.text(middle(1), top + 12.0, label, &format!("{}: {:.2}", row.truth, row.truth_score));
        let (color, mark) = if right { (RIGHT, "✓") } else { (WRONG, "✗") };
        let prediction = format!("{mark} {}: {:.2}", row.predicted, row.predicted_score);
        svg.text(middle(2), top + 12.0, label.color(color), &prediction);
        let over = |map| overlay(cell.image, map, Colormap::Jet);
        svg.picture(column(0), top + 20.0, SIDE, cell.image, &name)?;
        svg.picture(
            column(1),
            top + 20.0,
            SIDE,
            over(cell.truth)?.view(),
            &format!("saliency of {}", row.truth),
        )?;
        let alt = format!("saliency of {}", row.predicted);
        svg.picture(column(2), top + 20.0, SIDE, over(cell.predicted)?.view(), &alt)?;
    }
    Ok(svg.finish("Where the model looks as the perturbation grows"))
}
