use crate::chart::{BLUE, HEIGHT, LEFT, Labels, ORANGE, Panel, WIDTH, groups, legend, places, range};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::units::axis_label;
use crate::{DriftSummary, Error, Figure, Spread};

/// Draws how far the true class's maps have moved along each sweep: the median over the images of their correlation with
/// the maps at the sweep's first setting, the middle half of it, and the correlation that noise alone would leave. There
/// is one panel per perturber.
///
/// # Errors
///
/// [`Error::Empty`] without summaries.
///
/// # Examples
///
/// ```
/// assert!(report::drift_curves(&[]).is_err());
/// ```
pub fn drift_curves(summaries: &[DriftSummary]) -> Result<Figure, Error> {
    let sweeps = groups(summaries, |summary| &summary.setting);
    if sweeps.is_empty() {
        return Err(Error::Empty { what: "maps that have moved" });
    }
    let ends = summaries.iter().flat_map(|summary| {
        let quartiles = summary.all.measure("truth_pearson").map_or([f64::NAN; 3], |spread| spread.quartiles);
        quartiles.into_iter().chain([summary.all.noise.median()])
    });
    let (low, _) = range(ends);
    let range = (low.min(0.0), 1.0);
    let across = sweeps.len().min(3);
    let height = HEIGHT * sweeps.len().div_ceil(across) as f64;
    let mut svg = Svg::new(WIDTH * across as f64, height + 76.0);
    for (i, sweep) in sweeps.iter().enumerate() {
        let origin = ((i % across) as f64 * WIDTH, (i / across) as f64 * HEIGHT);
        panel(&mut svg, origin, range, sweep);
    }
    legend(&mut svg, (LEFT, height + 10.0), BLUE, true, "true class’s map against the first setting’s");
    legend(&mut svg, (LEFT, height + 32.0), ORANGE, false, "what the masks’ noise alone would leave");
    let note = "lines: median over the images; band: the middle half of them";
    svg.text(LEFT, height + 60.0, Style::new(11.0).color(FAINT).anchor(Anchor::Start), note);
    Ok(svg.finish("Drift of the saliency maps over the strength of each perturbation"))
}

fn panel(svg: &mut Svg, origin: (f64, f64), range: (f64, f64), sweep: &[&DriftSummary]) {
    let settings = places(sweep.iter().map(|summary| &summary.setting));
    let setting = &sweep[0].setting;
    let labels = Labels {
        title: &setting.perturber,
        below: &axis_label(&setting.parameter),
        beside: "correlation",
        settings: &settings,
    };
    let panel = Panel::draw(svg, origin, range, &labels);
    let along = || settings.iter().map(|(at, _)| *at).zip(sweep);
    let spreads =
        || along().filter_map(|(x, summary)| Some((x, summary, summary.all.measure("truth_pearson")?)));
    panel.band(
        svg,
        spreads().map(|(x, _, Spread { quartiles: [low, _, high], .. })| (x, (*low, *high))),
        BLUE,
    );
    let noises: Vec<String> = along()
        .map(|(_, summary)| format!("{}: noise alone {:.3}", summary.setting, summary.all.noise.median()))
        .collect();
    let noise =
        along().zip(&noises).map(|((x, summary), tooltip)| (x, summary.all.noise.median(), &**tooltip));
    panel.curve(svg, noise, ORANGE, false);
    let tooltips: Vec<String> = spreads()
        .map(|(_, summary, spread)| {
            let ([low, median, high], (from, to)) = (spread.quartiles, spread.intervals[1]);
            format!(
                "{}: median {median:.3} (95 %: {from:.3} to {to:.3}), middle half {low:.3} to {high:.3}",
                summary.setting
            )
        })
        .collect();
    let medians = spreads().zip(&tooltips).map(|((x, _, spread), tooltip)| (x, spread.median(), &**tooltip));
    panel.curve(svg, medians, BLUE, true);
}
