use results::{SaliencyComparison, Setting};

use crate::chart::{BLUE, HEIGHT, LEFT, Labels, Panel, WIDTH, by_setting, groups, places, range};
use crate::saliency_metric::{SaliencyMetric, saliency_metrics};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{Error, Figure};

/// The quartiles of the metrics over the images of a setting.
pub(crate) struct Quartiles<'a> {
    pub(crate) setting: &'a Setting,
    /// How many images there are.
    pub(crate) images: usize,
    /// Lower quartile, median and upper quartile of each metric's finite values.
    pub(crate) of: Vec<[f64; 3]>,
    /// How many values of all metrics are not finite.
    pub(crate) undefined: usize,
}

/// Returns the quartiles of each setting, sweep after sweep.
pub(crate) fn quartiles<'a>(
    rows: &'a [SaliencyComparison],
    metrics: &[SaliencyMetric],
) -> Vec<Vec<Quartiles<'a>>> {
    groups(rows, |row| &row.setting)
        .into_iter()
        .map(|sweep| {
            by_setting(sweep, |row| &row.setting)
                .into_iter()
                .map(|rows| Quartiles::new(&rows, metrics))
                .collect()
        })
        .collect()
}

impl<'a> Quartiles<'a> {
    /// The quartiles of one setting's rows, of which there is at least one.
    fn new(rows: &[&'a SaliencyComparison], metrics: &[SaliencyMetric]) -> Self {
        let values: Vec<Vec<f64>> =
            metrics.iter().map(|metric| rows.iter().map(|row| metric.value(row)).collect()).collect();
        Self {
            setting: &rows[0].setting,
            images: rows.len(),
            undefined: values.iter().flatten().filter(|value| !value.is_finite()).count(),
            of: values.into_iter().map(quartiles_of).collect(),
        }
    }
}

/// Panels side by side.
const ACROSS: usize = 3;

/// Draws how the saliency metrics change with the strength of each perturbation: the median over the images and the
/// middle half of them, one panel per perturber and metric. The panels of a metric share one axis.
///
/// Values that are not finite are left out; a note below the panels says how many.
///
/// # Errors
///
/// [`Error::Empty`] without rows.
///
/// # Examples
///
/// ```
/// use report::metric_curves;
/// use results::{SaliencyComparison, Setting, Value, Values};
///
/// let row = |ksize: f64, entropy| SaliencyComparison {
///     setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///     image_id: 0,
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     truth_score: 0.2,
///     predicted_score: 0.7,
///     metrics: Values::from_iter([("entropy", entropy), ("ssd", 0.2), ("xcorr", 0.9)]),
/// };
/// let figure = metric_curves(&[row(1.0, 11.8), row(5.0, 11.9)])?;
/// assert!(figure.svg().contains("entropy [bits]"));
/// # Ok::<(), report::Error>(())
/// ```
pub fn metric_curves(rows: &[SaliencyComparison]) -> Result<Figure, Error> {
    let metrics = saliency_metrics(rows);
    let sweeps = quartiles(rows, &metrics);
    if metrics.is_empty() {
        return Err(Error::Empty { what: "metrics" });
    }
    let across = metrics.len().min(ACROSS);
    let rows_per_sweep = metrics.len().div_ceil(across);
    let height = HEIGHT * (rows_per_sweep * sweeps.len()) as f64;
    let mut svg = Svg::new(WIDTH * across as f64, height + 32.0);
    for (i, sweep) in sweeps.iter().enumerate() {
        for (k, metric) in metrics.iter().enumerate() {
            let down = i * rows_per_sweep + k / across;
            let origin = ((k % across) as f64 * WIDTH, down as f64 * HEIGHT);
            panel(&mut svg, origin, sweep, (k, metric), metric_range(&sweeps, k));
        }
    }
    let style = Style::new(11.0).color(FAINT).anchor(Anchor::Start);
    svg.fitted(LEFT, height + 14.0, style, &note(&sweeps), WIDTH * across as f64 - LEFT);
    Ok(svg.finish("Saliency metrics over the strength of each perturbation"))
}

/// The range of a metric's axis, the same for all sweeps.
fn metric_range(sweeps: &[Vec<Quartiles<'_>>], metric: usize) -> (f64, f64) {
    range(sweeps.iter().flatten().flat_map(|quartiles| quartiles.of[metric]))
}

/// How to read the curves.
fn note(sweeps: &[Vec<Quartiles<'_>>]) -> String {
    let undefined: usize = sweeps.iter().flatten().map(|quartiles| quartiles.undefined).sum();
    let read = "line: median over the images; band: the middle half of them";
    if undefined == 0 { read.to_owned() } else { format!("{read}; {}", left_out(undefined)) }
}

/// Says how many values are not finite.
pub(crate) fn left_out(undefined: usize) -> String {
    match undefined {
        1 => "1 undefined value is left out".to_owned(),
        _ => format!("{undefined} undefined values are left out"),
    }
}

fn panel(
    svg: &mut Svg,
    origin: (f64, f64),
    sweep: &[Quartiles<'_>],
    (index, metric): (usize, &SaliencyMetric),
    range: (f64, f64),
) {
    let Some(first) = sweep.first() else { return };
    let settings = places(sweep.iter().map(|quartiles| quartiles.setting));
    let labels = Labels {
        title: &first.setting.perturber,
        below: &axis_label(&first.setting.parameter),
        beside: &metric.label(),
        settings: &settings,
    };
    let panel = Panel::draw(svg, origin, range, &labels);
    let along = || settings.iter().map(|(at, _)| *at).zip(sweep.iter().map(|quartiles| quartiles.of[index]));
    panel.band(svg, along().map(|(x, [lower, _, upper])| (x, (lower, upper))), BLUE);
    let tooltips: Vec<String> = sweep
        .iter()
        .map(|quartiles| {
            let [lower, median, upper] = quartiles.of[index];
            format!("{}: median {median:.3}, middle half {lower:.3} to {upper:.3}", quartiles.setting)
        })
        .collect();
    panel.curve(
        svg,
        along().zip(&tooltips).map(|((x, [_, median, _]), tooltip)| (x, median, tooltip.as_str())),
        BLUE,
        true,
    );
}

/// The quartiles of the finite values, interpolated between neighbours as by NumPy's `linear`; NaN without any.
pub(crate) fn quartiles_of(mut values: Vec<f64>) -> [f64; 3] {
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
    use results::{Value, Values};

    #[test]
    fn quartiles_are_interpolated_and_ignore_what_is_not_finite() {
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
            metrics: Values::from_iter([("entropy", 11.0), ("ssd", ssd), ("xcorr", 0.5)]),
        };
        let figure = metric_curves(&[row(1.0, 0.2), row(3.0, f64::INFINITY)]).unwrap();
        assert!(figure.svg().contains("1 undefined value is left out"));
        figure.image().unwrap();
    }
}
