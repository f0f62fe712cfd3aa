//! A panel with axes.

use results::Setting;

use crate::fonts;
use crate::svg::{Anchor, FAINT, GRID, INK, Style, Svg};

/// Colours that colour-blind readers can tell apart (Okabe and Ito 2008, and a purple of Tol 2021, which is darker).
pub(crate) const BLUE: &str = "#0072b2";
pub(crate) const ORANGE: &str = "#d55e00";
pub(crate) const GREEN: &str = "#009e73";
pub(crate) const PURPLE: &str = "#aa4499";

pub(crate) const WIDTH: f64 = 420.0;
pub(crate) const HEIGHT: f64 = 300.0;
pub(crate) const LEFT: f64 = 62.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 52.0;

/// Rows of one setting each, in the order in which the settings came.
pub(crate) fn by_setting<'a, R>(
    rows: impl IntoIterator<Item = &'a R>,
    setting: impl Fn(&R) -> &Setting,
) -> Vec<Vec<&'a R>> {
    let mut settings: Vec<Vec<&R>> = Vec::new();
    for row in rows {
        // Rows mostly come setting by setting.
        match settings.iter_mut().rfind(|rows| setting(rows[0]) == setting(row)) {
            Some(rows) => rows.push(row),
            None => settings.push(vec![row]),
        }
    }
    settings
}

/// Rows of one perturber and parameter, in the order in which they came.
pub(crate) fn groups<R>(rows: &[R], setting: impl Fn(&R) -> &Setting) -> Vec<Vec<&R>> {
    let mut groups: Vec<Vec<&R>> = Vec::new();
    for row in rows {
        let Setting { perturber, parameter, .. } = setting(row);
        let theirs = |group: &&mut Vec<&R>| {
            let first = setting(group[0]);
            first.perturber == *perturber && first.parameter == *parameter
        };
        match groups.iter_mut().find(theirs) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// The positions of a sweep's settings on an axis: their values, or their order if a setting has several.
pub(crate) fn positions<'a>(settings: impl Iterator<Item = &'a Setting> + Clone) -> Vec<f64> {
    let values: Option<Vec<f64>> = settings.clone().map(|setting| setting.value.number()).collect();
    match values {
        Some(values) if values.iter().all(|value| value.is_finite()) => values,
        _ => settings.enumerate().map(|(i, _)| i as f64).collect(),
    }
}

/// The settings of a sweep with their positions on an axis.
pub(crate) fn places<'a>(settings: impl Iterator<Item = &'a Setting> + Clone) -> Vec<(f64, String)> {
    positions(settings.clone()).into_iter().zip(settings.map(|setting| setting.value.to_string())).collect()
}

/// The texts of a panel: its title, the labels of its axes, and the settings along the lower one.
pub(crate) struct Labels<'a> {
    pub(crate) title: &'a str,
    pub(crate) below: &'a str,
    pub(crate) beside: &'a str,
    /// The position and value of each setting.
    pub(crate) settings: &'a [(f64, String)],
}

/// The position of a panel, and the ranges of its axes.
pub(crate) struct Panel {
    origin: (f64, f64),
    x: (f64, f64),
    y: (f64, f64),
}

/// The ends of a range that holds all finite values and is never a point.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    match high - low {
        span if span > 0.0 => (low, high),
        _ if low.is_finite() => (low - 0.5, low + 0.5),
        _ => (0.0, 1.0),
    }
}

/// About five round numbers within a range.
fn ticks((low, high): (f64, f64)) -> (Vec<f64>, usize) {
    let rough = (high - low) / 5.0;
    let mut decimals = 0_i32;
    let mut unit = 1.0;
    while unit > rough {
        unit /= 10.0;
        decimals += 1;
    }
    while unit * 10.0 <= rough {
        unit *= 10.0;
        decimals -= 1;
    }
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * unit)
        .find(|step| *step >= rough)
        .unwrap_or(unit);
    let decimals = if step >= 10.0 * unit { decimals - 1 } else { decimals };
    let first = (low / step - 1e-9).ceil();
    let ticks = (0..20)
        .map(|i| (first + f64::from(i)) * step)
        .take_while(|tick| *tick <= high + 1e-9 * step)
        .collect();
    (ticks, decimals.max(0) as usize)
}

impl Panel {
    /// Draws the axes of a panel whose corner is at `origin`, over the settings' positions and the range `y`.
    pub(crate) fn draw(svg: &mut Svg, origin: (f64, f64), y: (f64, f64), labels: &Labels<'_>) -> Self {
        let x = range(labels.settings.iter().map(|(at, _)| *at));
        let margin = (x.1 - x.0) * 0.04;
        let panel = Self { origin, x: (x.0 - margin, x.1 + margin), y };
        let (left, right) = panel.sides();
        let bottom = origin.1 + HEIGHT - BOTTOM;
        let (values, decimals) = ticks(y);
        for tick in values {
            let (_, at) = panel.at(x.0, tick);
            svg.line((left, at), (right, at), GRID, 1.0);
            let label = format!("{tick:.decimals$}");
            svg.text(left - 7.0, at + 4.0, Style::new(11.0).color(FAINT).anchor(Anchor::End), &label);
        }
        panel.label_settings(svg, labels.settings, bottom);
        svg.line((left, bottom), (right, bottom), INK, 1.0);
        let middle = f64::midpoint(left, right);
        svg.fitted(middle, origin.1 + 20.0, Style::new(14.0).bold(), labels.title, WIDTH - 20.0);
        svg.fitted(middle, bottom + 38.0, Style::new(12.0), labels.below, right - left);
        let halfway = f64::midpoint(origin.1 + TOP, bottom);
        svg.upward(origin.0 + 16.0, halfway, Style::new(12.0), labels.beside);
        panel
    }

    /// Draws one tick per setting; a label that would overlap the one before is left out.
    fn label_settings(&self, svg: &mut Svg, settings: &[(f64, String)], bottom: f64) {
        let mut ordered: Vec<&(f64, String)> = settings.iter().collect();
        ordered.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut free = self.origin.0;
        for (at, label) in ordered {
            let (at, _) = self.at(*at, self.y.0);
            svg.line((at, bottom), (at, bottom + 4.0), FAINT, 1.0);
            let half = fonts::width(label, 11.0, false) / 2.0;
            if at - half >= free && at + half <= self.origin.0 + WIDTH {
                svg.text(at, bottom + 18.0, Style::new(11.0).color(FAINT), label);
                free = at + half + 6.0;
            }
        }
    }

    fn sides(&self) -> (f64, f64) {
        (self.origin.0 + LEFT, self.origin.0 + WIDTH - RIGHT)
    }

    /// The position of a point; one outside the ranges is drawn at the border.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| ((value - low) / (high - low)).clamp(0.0, 1.0);
        let (left, right) = self.sides();
        let (top, bottom) = (self.origin.1 + TOP, self.origin.1 + HEIGHT - BOTTOM);
        (left + share(x, self.x) * (right - left), bottom - share(y, self.y) * (bottom - top))
    }

    /// Draws a curve with markers and their tooltips. Points that are not finite are left out.
    pub(crate) fn curve<'a>(
        &self,
        svg: &mut Svg,
        points: impl Iterator<Item = (f64, f64, &'a str)>,
        color: &str,
        solid: bool,
    ) {
        let (places, tooltips): (Vec<_>, Vec<_>) =
            points.filter(|(_, y, _)| y.is_finite()).map(|(x, y, tooltip)| (self.at(x, y), tooltip)).unzip();
        svg.path(&places, color, !solid);
        places.iter().zip(tooltips).for_each(|(&place, tooltip)| svg.marker(place, color, solid, tooltip));
    }

    /// Draws the area between lower and upper ends over the same positions. Ends that are not finite are left out.
    pub(crate) fn band(&self, svg: &mut Svg, ends: impl Iterator<Item = (f64, (f64, f64))>, color: &str) {
        let (lower, upper): (Vec<_>, Vec<_>) = ends
            .filter(|(_, (low, high))| low.is_finite() && high.is_finite())
            .map(|(x, (low, high))| (self.at(x, low), self.at(x, high)))
            .unzip();
        let around: Vec<_> = lower.iter().chain(upper.iter().rev()).copied().collect();
        svg.area(&around, color, 0.15);
    }
}

/// Draws an entry of a legend: a piece of the curve and what it stands for.
pub(crate) fn legend(svg: &mut Svg, (x, y): (f64, f64), color: &str, solid: bool, text: &str) {
    svg.area(&[(x, y - 6.0), (x + 28.0, y - 6.0), (x + 28.0, y + 6.0), (x, y + 6.0)], color, 0.15);
    svg.path(&[(x, y), (x + 28.0, y)], color, !solid);
    svg.marker((x + 14.0, y), color, solid, "");
    svg.text(x + 36.0, y + 4.0, Style::new(12.0).anchor(Anchor::Start), text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_range() {
        assert_eq!(ticks((0.0, 1.0)).0.len(), 6);
        assert_eq!(ticks((1.0, 21.0)).0, [5.0, 10.0, 15.0, 20.0]);
        let (values, decimals) = ticks((11.82, 11.93));
        assert!(
            values.iter().all(|tick| (11.82..=11.93).contains(tick)) && decimals == 2,
            "{values:?} {decimals}"
        );
    }

    #[test]
    fn a_range_is_never_a_point() {
        assert_eq!(range([3.0, f64::NAN, 3.0].into_iter()), (2.5, 3.5));
        assert_eq!(range([f64::INFINITY].into_iter()), (0.0, 1.0));
    }
}
