use results::{SaliencyComparison, Setting};

use crate::chart::{BLUE, HEIGHT, LEFT, Labels, Panel, WIDTH, groups, places, range};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{Error, Figure};

/// A metric of the tables.
#[derive(Clone, Copy)]
pub(crate) struct Metric {
    /// Its name, and its unit or range.
    pub(crate) name: &'static str,
    /// Its column in the tables.
    pub(crate) column: &'static str,
    pub(crate) value: fn(&SaliencyComparison) -> f64,
}

pub(crate) const METRICS: [Metric; 3] = [
    Metric { name: "entropy [bits]", column: "entropy", value: |row| row.entropy },
    Metric { name: "SSD [normalised]", column: "ssd", value: |row| row.ssd },
    Metric { name: "cross-correlation [-1 to 1]", column: "xcorr", value: |row| row.xcorr },
];

/// A setting's quartiles of the metrics over the images.
pub(crate) struct Quartiles<'a> {
    pub(crate) setting: &'a Setting,
    /// How many images there are.
    pub(crate) images: usize,
    /// For each metric the lower quartile, the median and the upper quartile of the finite values.
    pub(crate) of: [[f64; 3]; 3],
    /// How many values of any metric are not finite.
    pub(crate) undefined: usize,
}

/// Returns the quartiles of each setting, sweep after sweep.
pub(crate) fn quartiles(rows: &[SaliencyComparison]) -> Vec<Vec<Quartiles<'_>>> {
    groups(rows, |row| &row.setting)
        .into_iter()
        .map(|sweep| by_setting(sweep).into_iter().map(Quartiles::of).collect())
        .collect()
}

fn by_setting(sweep: Vec<&SaliencyComparison>) -> Vec<Vec<&SaliencyComparison>> {
    let mut settings: Vec<Vec<&SaliencyComparison>> = Vec::new();
    for row in sweep {
        match settings.iter_mut().rfind(|rows| rows[0].setting == row.setting) {
            Some(rows) => rows.push(row),
            None => settings.push(vec![row]),
        }
    }
    settings
}

impl<'a> Quartiles<'a> {
    /// Of the rows of one setting, of which there is one at least.
    fn of(rows: Vec<&'a SaliencyComparison>) -> Self {
        let values = METRICS.map(|metric| rows.iter().map(|row| (metric.value)(row)).collect::<Vec<f64>>());
        Self {
            setting: &rows[0].setting,
            images: rows.len(),
            undefined: values.iter().flatten().filter(|value| !value.is_finite()).count(),
            of: values.map(quartiles_of),
        }
    }
}

/// Draws how the saliency metrics move with the strength of each perturbation: the median over the images and
/// the middle half of them, a row of panels a perturber. A metric has the same axis for all perturbers.
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
    let sweeps = quartiles(rows);
    if sweeps.is_empty() {
        return Err(Error::Empty { what: "metrics" });
    }
    let mut svg = Svg::new(WIDTH * 3.0, HEIGHT * sweeps.len() as f64 + 32.0);
    for (i, sweep) in sweeps.iter().enumerate() {
        for k in 0..METRICS.len() {
            panel(&mut svg, (k as f64 * WIDTH, i as f64 * HEIGHT), sweep, k, metric_range(&sweeps, k));
        }
    }
    let below = HEIGHT * sweeps.len() as f64 + 14.0;
    let style = Style::new(11.0).color(FAINT).anchor(Anchor::Start);
    svg.text(LEFT, below, style, &note(&sweeps));
    Ok(svg.finish("Saliency metrics over the strength of each perturbation"))
}

/// One metric along one sweep as a figure of its own.
pub(crate) fn metric_panel(sweep: &[Quartiles<'_>], metric: usize, over: (f64, f64)) -> Figure {
    let mut svg = Svg::new(WIDTH, HEIGHT);
    panel(&mut svg, (0.0, 0.0), sweep, metric, over);
    let setting = sweep.first().map(|quartiles| quartiles.setting.perturber.as_str()).unwrap_or_default();
    svg.finish(&format!("{} over the strength of {setting}", METRICS[metric].name))
}

/// What a metric's axis runs over, for all sweeps alike.
pub(crate) fn metric_range(sweeps: &[Vec<Quartiles<'_>>], metric: usize) -> (f64, f64) {
    range(sweeps.iter().flatten().flat_map(|quartiles| quartiles.of[metric]))
}

/// How the curves are read.
pub(crate) fn note(sweeps: &[Vec<Quartiles<'_>>]) -> String {
    let undefined: usize = sweeps.iter().flatten().map(|quartiles| quartiles.undefined).sum();
    let left_out =
        if undefined > 0 { format!("; {undefined} undefined values are left out") } else { String::new() };
    format!("line: median over the images; band: the middle half of them{left_out}")
}

fn panel(svg: &mut Svg, origin: (f64, f64), sweep: &[Quartiles<'_>], metric: usize, over: (f64, f64)) {
    let Some(first) = sweep.first() else { return };
    let settings = places(sweep.iter().map(|quartiles| quartiles.setting));
    let labels = Labels {
        title: &first.setting.perturber,
        below: &axis_label(&first.setting.parameter),
        beside: METRICS[metric].name,
        settings: &settings,
    };
    let panel = Panel::draw(svg, origin, over, &labels);
    let along = || settings.iter().map(|(at, _)| *at).zip(sweep.iter().map(|quartiles| quartiles.of[metric]));
    panel.band(svg, along().map(|(x, [lower, _, upper])| (x, (lower, upper))), BLUE);
    let says: Vec<String> = sweep
        .iter()
        .map(|quartiles| {
            let [lower, median, upper] = quartiles.of[metric];
            format!("{}: median {median:.3}, middle half {lower:.3} to {upper:.3}", quartiles.setting)
        })
        .collect();
    panel.curve(
        svg,
        along().zip(&says).map(|((x, [_, median, _]), says)| (x, median, says.as_str())),
        BLUE,
        true,
    );
}

/// The quartiles of the finite values, between neighbours where they fall between (NumPy's `linear`); NaN
/// without any.
fn quartiles_of(mut values: Vec<f64>) -> [f64; 3] {
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
    use results::Value;

    #[test]
    fn quartiles_fall_between_neighbours_and_pass_over_what_is_not_finite() {
        assert_eq!(quartiles_of(vec![4.0, 1.0, f64::INFINITY, 2.0, 3.0]), [1.75, 2.5, 3.25]);
        assert!(quartiles_of(vec![f64::NAN]).iter().all(|value| value.is_nan()));
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
