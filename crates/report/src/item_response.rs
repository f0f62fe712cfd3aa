use classification_metrics::wilson_interval;
use results::ItemResponse;

use crate::chart::{BLUE, HEIGHT, ORANGE, Panel, WIDTH, groups, legend, positions, range};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::{Error, Figure};

/// Draws the item-response curves: accuracy over the strength of each perturbation, a panel a perturber.
///
/// Both averages are drawn, and the 95 % confidence interval of the micro one (Wilson 1927).
///
/// # Errors
///
/// [`Error::Empty`] without rows.
///
/// # Examples
///
/// ```
/// assert!(report::item_response_curves(&[]).is_err());
/// ```
pub fn item_response_curves(rows: &[ItemResponse]) -> Result<Figure, Error> {
    let groups = groups(rows, |row| &row.setting);
    if groups.is_empty() {
        return Err(Error::Empty { what: "accuracies" });
    }
    let across = groups.len().min(3);
    let down = groups.len().div_ceil(across);
    let mut svg = Svg::new(WIDTH * across as f64, HEIGHT * down as f64 + 54.0);
    for (i, group) in groups.iter().enumerate() {
        let origin = ((i % across) as f64 * WIDTH, (i / across) as f64 * HEIGHT);
        let at = positions(group.iter().map(|row| &row.setting));
        let setting = &group[0].setting;
        let titles = [setting.perturber.as_str(), setting.parameter.as_str(), "accuracy"];
        let panel = Panel::draw(&mut svg, origin, range(at.iter().copied()), (0.0, 1.0), titles);
        let series = |value: &dyn Fn(&ItemResponse) -> f64| -> Vec<(f64, f64)> {
            at.iter().zip(group).map(|(&x, row)| (x, value(row))).collect()
        };
        let interval = |row: &ItemResponse| {
            let successes = (row.accuracy_micro * row.count as f64).round() as u64;
            wilson_interval(successes, row.count as u64, 0.95).unwrap_or((0.0, 1.0))
        };
        panel.band(&mut svg, &series(&|row| interval(row).0), &series(&|row| interval(row).1), BLUE);
        panel.curve(&mut svg, &series(&|row| row.accuracy_macro), ORANGE, false);
        panel.curve(&mut svg, &series(&|row| row.accuracy_micro), BLUE, true);
    }
    let below = HEIGHT * down as f64 + 14.0;
    legend(&mut svg, (62.0, below), BLUE, true, "micro: share of images");
    legend(&mut svg, (262.0, below), ORANGE, false, "macro: mean over classes");
    let counts = groups.iter().flatten().map(|row| row.count);
    let (fewest, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let images = if fewest == most { format!("{most}") } else { format!("{fewest} to {most}") };
    let note = format!("{images} images a setting; band: 95 % confidence of micro (Wilson)");
    svg.text(62.0, below + 26.0, Style::new(11.0).color(FAINT).anchor(Anchor::Start), &note);
    Ok(svg.finish("Item-response curves: accuracy over the strength of each perturbation"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Setting, Value};

    #[test]
    fn every_perturber_has_a_panel_and_one_setting_is_enough() {
        let row = |perturber: &str, value: Value| ItemResponse {
            setting: Setting::new(perturber, "p & q", value),
            accuracy_macro: f64::NAN,
            accuracy_micro: 0.5,
            count: 4,
        };
        let rows = [row("Blur", Value::from(1.0)), row("Salt <x>", Value::from(vec![1.0, 2.0]))];
        let figure = item_response_curves(&rows).unwrap();
        assert!(figure.svg().contains("Blur") && figure.svg().contains("Salt &lt;x&gt;"));
        assert!(figure.image().unwrap().width() > 1000);
    }
}
