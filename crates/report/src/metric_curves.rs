use results::SaliencyComparison;

use crate::chart::{BLUE, HEIGHT, Panel, WIDTH, groups, positions, range};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::{Error, Figure};

type Value = fn(&SaliencyComparison) -> f64;

/// A metric's name and unit, and where it stands in a row.
const METRICS: [(&str, Value); 3] =
    [("entropy [bits]", |row| row.entropy), ("SSD", |row| row.ssd), ("cross-correlation", |row| row.xcorr)];

/// Draws how the saliency metrics move with the strength of each perturbation: the median over the images and
/// the middle half of them, a row of panels a perturber.
///
/// Values that are not finite are left out, and counted below.
///
/// # Errors
///
/// [`Error::Empty`] without rows.
///
/// # Examples
///
/// ```
/// assert!(report::metric_curves(&[]).is_err());
/// ```
pub fn metric_curves(rows: &[SaliencyComparison]) -> Result<Figure, Error> {
    let groups = groups(rows, |row| &row.setting);
    if groups.is_empty() {
        return Err(Error::Empty { what: "metrics" });
    }
    let mut svg = Svg::new(WIDTH * 3.0, HEIGHT * groups.len() as f64 + 32.0);
    for (i, group) in groups.iter().enumerate() {
        let mut settings: Vec<Vec<&SaliencyComparison>> = Vec::new();
        for &row in group {
            match settings.iter_mut().find(|rows| rows[0].setting == row.setting) {
                Some(rows) => rows.push(row),
                None => settings.push(vec![row]),
            }
        }
        let at = positions(settings.iter().map(|rows| &rows[0].setting));
        for (k, (name, value)) in METRICS.iter().enumerate() {
            let quartiles: Vec<[f64; 3]> =
                settings.iter().map(|rows| quartiles(rows.iter().map(|row| value(row)).collect())).collect();
            let setting = &group[0].setting;
            let titles = [setting.perturber.as_str(), setting.parameter.as_str(), name];
            let origin = (k as f64 * WIDTH, i as f64 * HEIGHT);
            let over = range(quartiles.iter().flatten().copied());
            let panel = Panel::draw(&mut svg, origin, range(at.iter().copied()), over, titles);
            let series = |quartile: usize| -> Vec<(f64, f64)> {
                let points = at.iter().zip(&quartiles).map(|(&x, values)| (x, values[quartile]));
                points.filter(|(_, y)| y.is_finite()).collect()
            };
            panel.band(&mut svg, &series(0), &series(2), BLUE);
            panel.curve(&mut svg, &series(1), BLUE, true);
        }
    }
    let undefined =
        rows.iter().flat_map(|row| METRICS.map(|(_, value)| value(row))).filter(|v| !v.is_finite()).count();
    let left_out =
        if undefined > 0 { format!("; {undefined} undefined values are left out") } else { String::new() };
    let note = format!("line: median over the images; band: the middle half of them{left_out}");
    let below = HEIGHT * groups.len() as f64 + 14.0;
    svg.text(62.0, below, Style::new(11.0).color(FAINT).anchor(Anchor::Start), &note);
    Ok(svg.finish("Saliency metrics over the strength of each perturbation"))
}

/// The quartiles of the finite values, between neighbours where they fall between (NumPy's `linear`); NaN
/// without any.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    [0.25, 0.5, 0.75].map(|share| {
        let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
        let position = share * last as f64;
        let (below, above) = (values[position.floor() as usize], values[position.ceil() as usize]);
        below + (above - below) * position.fract()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Setting, Value};

    #[test]
    fn quartiles_fall_between_neighbours_and_pass_over_what_is_not_finite() {
        assert_eq!(quartiles(vec![4.0, 1.0, f64::INFINITY, 2.0, 3.0]), [1.75, 2.5, 3.25]);
        assert!(quartiles(vec![f64::NAN]).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn undefined_values_are_counted_below() {
        let row = |ksize: f64, ssd| SaliencyComparison {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
            image_id: 0,
            truth: "a".into(),
            predicted: "b".into(),
            truth_score: 0.1,
            predicted_score: 0.9,
            entropy: 11.0,
            ssd,
            xcorr: 0.5,
        };
        let figure = metric_curves(&[row(1.0, 0.2), row(3.0, f64::INFINITY)]).unwrap();
        assert!(figure.svg().contains("1 undefined values are left out"));
        figure.image().unwrap();
    }
}
