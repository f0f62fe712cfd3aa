use results::{ExplainedImage, SaliencyComparison};

use crate::explained_image::{check_sizes, row_of};
use crate::figure::display_pixels;
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{Colormap, Error, Figure, overlay, shrink};

const SIDE: f64 = 200.0;
const GAP: f64 = 12.0;
const RIGHT: &str = "#1a7f37";
const WRONG: &str = "#cf222e";

/// Draws the tutorial's grid, one row per image: the perturbed image, and the maps of its true and its predicted
/// class laid over it. A prediction's label is green with a tick if it is right, and red with a cross if it is wrong.
///
/// Classes and scores come from the `rows` of the same setting and image. [`Colormap::Jet`] clips the maps to 0 to 1
/// as the tutorial does; [`Colormap::RedBlue`] also shows what speaks against a class, in colours that colour-blind
/// readers can tell apart.
///
/// # Errors
///
/// [`Error::Empty`] without images, [`Error::NoRow`] for an image without a row, [`Error::ImageShape`] and
/// [`Error::MapSize`] for arrays that do not fit.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use report::{Colormap, saliency_grid};
/// use results::{ExplainedImage, SaliencyComparison, Setting, Value, Values};
///
/// let row = SaliencyComparison {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(11.0)),
///     image_id: 0,
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     truth_score: 0.2,
///     predicted_score: 0.7,
///     metrics: Values::from_iter([("entropy", 11.9), ("ssd", 0.2), ("xcorr", 0.9)]),
/// };
/// let explained = ExplainedImage {
///     setting: row.setting.clone(),
///     image_id: 0,
///     image: Array3::zeros((8, 8, 3)),
///     truth: Array2::zeros((8, 8)),
///     predicted: Array2::zeros((8, 8)),
/// };
/// let figure = saliency_grid(&[explained], &[row], Colormap::Jet)?;
/// assert!(figure.svg().contains("River: 0.70"));
/// # Ok::<(), report::Error>(())
/// ```
pub fn saliency_grid(
    images: &[ExplainedImage],
    rows: &[SaliencyComparison],
    colors: Colormap,
) -> Result<Figure, Error> {
    let first = images.first().ok_or(Error::Empty { what: "saliency maps" })?;
    let row_height = SIDE + 34.0;
    let below = 74.0 + row_height * images.len() as f64;
    let mut svg = Svg::new(3.0 * (SIDE + GAP) + GAP, below + 46.0);
    let column = |k: usize| GAP + k as f64 * (SIDE + GAP);
    let middle = |k: usize| column(k) + SIDE / 2.0;
    let setting = &first.setting;
    let heading =
        format!("{}: {}, image {}", setting.perturber, axis_label(&setting.parameter), first.image_id);
    svg.fitted(GAP, 24.0, Style::new(15.0).bold().anchor(Anchor::Start), &heading, 3.0 * (SIDE + GAP));
    for (k, name) in ["Perturbed", "Truth: score", "Prediction: score"].iter().enumerate() {
        svg.text(middle(k), 52.0, Style::new(14.0).bold(), name);
    }
    for (i, cell) in images.iter().enumerate() {
        let top = 66.0 + i as f64 * row_height;
        let row = row_of(cell, rows)?;
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
        check_sizes(cell)?;
        let pixels = display_pixels(SIDE);
        let image = shrink::image(cell.image.view(), pixels)?;
        svg.image(column(0), top + 20.0, SIDE, image.view(), &name)?;
        for (k, (map, class)) in
            [(&cell.truth, &row.truth), (&cell.predicted, &row.predicted)].iter().enumerate()
        {
            let drawn = overlay(image.view(), shrink::map(map.view(), pixels).view(), colors)
                .map_err(Error::render)?;
            svg.image(column(k + 1), top + 20.0, SIDE, drawn.view(), &format!("saliency of {class}"))?;
        }
    }
    scale(&mut svg, (column(1), below), 2.0 * SIDE + GAP, colors);
    Ok(svg.finish("Where the model looks as the perturbation grows"))
}

/// A bar of the colours, with the values that they stand for.
fn scale(svg: &mut Svg, (left, top): (f64, f64), width: f64, colors: Colormap) {
    let step = width / 256.0;
    for (i, [r, g, b]) in colors.table().into_iter().enumerate() {
        // The rectangles overlap slightly, so that the background does not shine through.
        let (corner, size) = ((left + i as f64 * step, top), (step + 0.4, 10.0));
        svg.cell(corner, size, &format!("#{r:02x}{g:02x}{b:02x}"), "");
    }
    let (low, high) = colors.range();
    let style = Style::new(11.0).color(FAINT);
    svg.text(left, top + 24.0, style.anchor(Anchor::Start), &format!("{low}"));
    svg.text(left + width / 2.0, top + 24.0, style, "saliency [share of its largest magnitude]");
    svg.text(left + width, top + 24.0, style.anchor(Anchor::End), &format!("{high}"));
}
