use crate::accuracy::AccuracyPoint;
use crate::chart::{BLUE, HEIGHT, LEFT, Labels, ORANGE, Panel, WIDTH, groups, legend, places};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{Error, Figure};

/// Draws the item-response curves: accuracy over the strength of each perturbation, one panel per perturber. Both
/// averages are drawn, with their 95 % confidence intervals as bands.
///
/// # Errors
///
/// [`Error::Empty`] without points.
///
/// # Examples
///
/// ```
/// use report::{accuracy_points, item_response_curves};
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.5, count: 10, metrics: Values::default() };
/// let figure = item_response_curves(&accuracy_points(&[row], &[], 7))?;
/// assert!(figure.svg().contains("10 images per setting"));
/// # Ok::<(), report::Error>(())
/// ```
pub fn item_response_curves(points: &[AccuracyPoint]) -> Result<Figure, Error> {
    let sweeps = groups(points, AccuracyPoint::setting);
    if sweeps.is_empty() {
        return Err(Error::Empty { what: "accuracies" });
    }
    let across = sweeps.len().min(3);
    let down = sweeps.len().div_ceil(across);
    // Where there is room, the legend takes one line.
    let (right, lower) = if across > 1 { (WIDTH * 0.6, 0.0) } else { (0.0, 22.0) };
    let mut svg = Svg::new(WIDTH * across as f64, HEIGHT * down as f64 + 58.0 + lower);
    for (i, sweep) in sweeps.iter().enumerate() {
        panel(&mut svg, ((i % across) as f64 * WIDTH, (i / across) as f64 * HEIGHT), sweep);
    }
    let below = HEIGHT * down as f64 + 12.0;
    legend(&mut svg, (LEFT, below), BLUE, true, "micro: share of images");
    legend(&mut svg, (LEFT + right, below + lower), ORANGE, false, "macro: mean over classes");
    let note = format!("{}; bands: 95 % confidence", images(points));
    svg.text(LEFT, below + lower + 26.0, Style::new(11.0).color(FAINT).anchor(Anchor::Start), &note);
    Ok(svg.finish("Item-response curves: accuracy over the strength of each perturbation"))
}

/// The panel of one perturber.
fn panel(svg: &mut Svg, origin: (f64, f64), sweep: &[&AccuracyPoint]) {
    let settings = places(sweep.iter().map(|point| point.setting()));
    let setting = sweep[0].setting();
    let labels = Labels {
        title: &setting.perturber,
        below: &axis_label(&setting.parameter),
        beside: "accuracy [share]",
        settings: &settings,
    };
    let panel = Panel::draw(svg, origin, (0.0, 1.0), &labels);
    let along = || settings.iter().map(|(at, _)| *at).zip(sweep);
    let bands = along().filter_map(|(x, point)| Some((x, point.macro_interval?)));
    panel.band(svg, bands, ORANGE);
    panel.band(svg, along().map(|(x, point)| (x, point.micro_interval)), BLUE);
    let tooltips: Vec<[String; 2]> = sweep.iter().map(|point| tooltips(point)).collect();
    let micros = along()
        .zip(&tooltips)
        .map(|((x, point), tooltips)| (x, point.response.accuracy_micro, &*tooltips[0]));
    panel.curve(svg, micros, BLUE, true);
    // The dashes come last: where both averages are equal, the line below them still shows.
    let macros = along()
        .zip(&tooltips)
        .map(|((x, point), tooltips)| (x, point.response.accuracy_macro, &*tooltips[1]));
    panel.curve(svg, macros, ORANGE, false);
}

/// The tooltips of the micro and the macro average.
fn tooltips(point: &AccuracyPoint) -> [String; 2] {
    let row = &point.response;
    let interval = |(low, high): (f64, f64)| format!(" (95 %: {low:.3} to {high:.3})");
    [
        format!("{}: micro {:.3}{}", row.setting, row.accuracy_micro, interval(point.micro_interval)),
        format!(
            "{}: macro {:.3}{}",
            row.setting,
            row.accuracy_macro,
            point.macro_interval.map(interval).unwrap_or_default()
        ),
    ]
}

/// The number of images that the accuracies are over.
pub(crate) fn images(points: &[AccuracyPoint]) -> String {
    let counts = points.iter().map(|point| point.response.count);
    let (fewest, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let images = if fewest == most { format!("{most}") } else { format!("{fewest} to {most}") };
    format!("{images} images per setting")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accuracy_points;
    use results::{ItemResponse, Setting, Value, Values};

    #[test]
    fn every_perturber_has_a_panel_and_one_setting_is_enough() {
        let row = |perturber: &str, value: Value| ItemResponse {
            setting: Setting::new(perturber, "p & q", value),
            accuracy_macro: f64::NAN,
            accuracy_micro: 0.5,
            count: 4,
            metrics: Values::default(),
        };
        let rows = [row("Blur", Value::from(1.0)), row("Salt <x>", Value::from(vec![1.0, 2.0]))];
        let figure = item_response_curves(&accuracy_points(&rows, &[], 1)).unwrap();
        assert!(figure.svg().contains("Blur") && figure.svg().contains("Salt &lt;x&gt;"));
        assert!(!figure.svg().contains("NaN,"), "no place is undefined");
        assert!(figure.image().unwrap().dim().1 > 1000);
    }
}
