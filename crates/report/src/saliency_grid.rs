use ndarray::{ArrayView2, ArrayView3};
use results::SaliencyComparison;

use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{Colormap, Error, Figure, overlay};

const SIDE: f64 = 200.0;
const GAP: f64 = 12.0;
const RIGHT: &str = "#1a7f37";
const WRONG: &str = "#cf222e";

/// A picture at one setting, with the maps of its true and its predicted class.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::{Colormap, SaliencyCell, saliency_grid};
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
/// let figure = saliency_grid(&[cell], Colormap::Jet)?;
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
/// the predicted class. A prediction's label is green with a tick if it is right, red with a cross if it is wrong.
///
/// [`Colormap::Jet`] cuts the maps to 0 to 1 as the tutorial does; [`Colormap::RedBlue`] shows what speaks against a
/// class too, in colours that the colour-blind tell apart.
///
/// # Errors
///
/// [`Error::Empty`] without cells, [`Error::Picture`] and [`Error::MapSize`] for arrays that do not fit.
pub fn saliency_grid(cells: &[SaliencyCell<'_>], colors: Colormap) -> Result<Figure, Error> {
    let first = cells.first().ok_or(Error::Empty { what: "saliency maps" })?;
    let row_height = SIDE + 34.0;
    let below = 74.0 + row_height * cells.len() as f64;
    let mut svg = Svg::new(3.0 * (SIDE + GAP) + GAP, below + 46.0);
    let column = |k: usize| GAP + k as f64 * (SIDE + GAP);
    let middle = |k: usize| column(k) + SIDE / 2.0;
    let setting = &first.row.setting;
    let heading =
        format!("{}: {}, image {}", setting.perturber, axis_label(&setting.parameter), first.row.image_id);
    svg.fitted(GAP, 24.0, Style::new(15.0).bold().anchor(Anchor::Start), &heading, 3.0 * (SIDE + GAP));
    for (k, name) in ["Perturbed", "Truth: score", "Prediction: score"].iter().enumerate() {
        svg.text(middle(k), 52.0, Style::new(14.0).bold(), name);
    }
    for (i, cell) in cells.iter().enumerate() {
        let top = 66.0 + i as f64 * row_height;
        let row = cell.row;
        let (label, right) = (Style::new(12.0), row.truth == row.predicted);
        let name = format!("{} {}", row.setting.parameter, row.setting.value);
        let (color, mark) = if right { (RIGHT, "✓") } else { (WRONG, "✗") };
        let texts = [
            (label, name.clone()),
            (label, format!("{}: {:.2}", row.truth, row.truth_score)),
            (label.color(color), format!("{mark} {}: {:.2}", row.predicted, row.predicted_score)),
        ];
        for (k, (style, text)) in texts.into_iter().enumerate() {
            svg.fitted(middle(k), top + 12.0, style, &text, SIDE);
        }
        svg.picture(column(0), top + 20.0, SIDE, cell.image, &name)?;
        for (k, (map, class)) in
            [(cell.truth, &row.truth), (cell.predicted, &row.predicted)].iter().enumerate()
        {
            let drawn = overlay(cell.image, *map, colors)?;
            svg.picture(column(k + 1), top + 20.0, SIDE, drawn.view(), &format!("saliency of {class}"))?;
        }
    }
    scale(&mut svg, (column(1), below), 2.0 * SIDE + GAP, colors);
    Ok(svg.finish("Where the model looks as the perturbation grows"))
}

/// A bar of the colours, and what they stand for.
fn scale(svg: &mut Svg, (left, top): (f64, f64), width: f64, colors: Colormap) {
    let step = width / 256.0;
    for (i, [r, g, b]) in colors.entries().enumerate() {
        // Overlapping by a little, so that no ground shines through.
        let (corner, size) = ((left + i as f64 * step, top), (step + 0.4, 10.0));
        svg.cell(corner, size, &format!("#{r:02x}{g:02x}{b:02x}"), "");
    }
    let (low, high) = colors.range();
    let style = Style::new(11.0).color(FAINT);
    svg.text(left, top + 24.0, style.anchor(Anchor::Start), &format!("{low}"));
    svg.text(left + width / 2.0, top + 24.0, style, "saliency [share of its largest magnitude]");
    svg.text(left + width, top + 24.0, style.anchor(Anchor::End), &format!("{high}"));
}
