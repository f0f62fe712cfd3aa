//! A panel with axes.

use results::Setting;

use crate::svg::{Anchor, FAINT, GRID, INK, Style, Svg};

/// Colours that are told apart by the colour-blind too (Okabe and Ito 2008).
pub(crate) const BLUE: &str = "#0072B2";
pub(crate) const ORANGE: &str = "#D55E00";

pub(crate) const WIDTH: f64 = 420.0;
pub(crate) const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 52.0;

/// Rows of one perturber and parameter, in the order in which they came.
pub(crate) fn groups<R>(rows: &[R], setting: impl Fn(&R) -> &Setting) -> Vec<Vec<&R>> {
    let mut groups: Vec<Vec<&R>> = Vec::new();
    for row in rows {
        let name = |row: &R| (setting(row).perturber.clone(), setting(row).parameter.clone());
        match groups.iter_mut().find(|group| name(group[0]) == name(row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// Where settings stand on an axis: by value, or one after the other where there is no single one.
pub(crate) fn positions<'a>(settings: impl Iterator<Item = &'a Setting> + Clone) -> Vec<f64> {
    let values: Option<Vec<f64>> = settings.clone().map(|setting| setting.value.number()).collect();
    match values {
        Some(values) if values.iter().all(|value| value.is_finite()) => values,
        _ => settings.enumerate().map(|(i, _)| i as f64).collect(),
    }
}

/// A panel's place, and what its axes run over.
pub(crate) struct Panel {
    origin: (f64, f64),
    x: (f64, f64),
    y: (f64, f64),
}

/// The ends of a range that holds all values, and is never a point.
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
    /// Draws the axes of a panel whose corner is at `origin`.
    pub(crate) fn draw(
        svg: &mut Svg,
        origin: (f64, f64),
        x: (f64, f64),
        y: (f64, f64),
        [title, below, beside]: [&str; 3],
    ) -> Self {
        let margin = (x.1 - x.0) * 0.04;
        let panel = Self { origin, x: (x.0 - margin, x.1 + margin), y };
        let (values, decimals) = ticks(y);
        for tick in values {
            let ((_, at), (left, right)) = (panel.at(x.0, tick), panel.sides());
            svg.line((left, at), (right, at), GRID, 1.0);
            let label = format!("{tick:.decimals$}");
            svg.text(left - 7.0, at + 4.0, Style::new(11.0).color(FAINT).anchor(Anchor::End), &label);
        }
        let (values, decimals) = ticks(x);
        let bottom = origin.1 + HEIGHT - BOTTOM;
        for tick in values {
            let (at, _) = panel.at(tick, y.0);
            svg.line((at, bottom), (at, bottom + 4.0), FAINT, 1.0);
            svg.text(at, bottom + 17.0, Style::new(11.0).color(FAINT), &format!("{tick:.decimals$}"));
        }
        let (left, right) = panel.sides();
        svg.line((left, bottom), (right, bottom), INK, 1.0);
        let middle = f64::midpoint(left, right);
        svg.text(middle, origin.1 + 20.0, Style::new(14.0).bold(), title);
        svg.text(middle, bottom + 36.0, Style::new(12.0), below);
        let halfway = f64::midpoint(origin.1 + TOP, bottom);
        svg.upward(origin.0 + 16.0, halfway, Style::new(12.0), beside);
        panel
    }

    fn sides(&self) -> (f64, f64) {
        (self.origin.0 + LEFT, self.origin.0 + WIDTH - RIGHT)
    }

    /// The place of a point; what lies outside is drawn at the border.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| ((value - low) / (high - low)).clamp(0.0, 1.0);
        let (left, right) = self.sides();
        let (top, bottom) = (self.origin.1 + TOP, self.origin.1 + HEIGHT - BOTTOM);
        (left + share(x, self.x) * (right - left), bottom - share(y, self.y) * (bottom - top))
    }

    /// A curve with markers.
    pub(crate) fn curve(&self, svg: &mut Svg, points: &[(f64, f64)], color: &str, first: bool) {
        let places: Vec<_> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        svg.path(&places, color, !first);
        places.iter().for_each(|&place| svg.marker(place, color, first));
    }

    /// The area between two curves over the same positions.
    pub(crate) fn band(&self, svg: &mut Svg, lower: &[(f64, f64)], upper: &[(f64, f64)], color: &str) {
        let around: Vec<_> = lower.iter().chain(upper.iter().rev()).map(|&(x, y)| self.at(x, y)).collect();
        svg.area(&around, color, 0.15);
    }
}

/// A line of a legend: a piece of the curve and what it stands for.
pub(crate) fn legend(svg: &mut Svg, (x, y): (f64, f64), color: &str, first: bool, text: &str) {
    svg.path(&[(x, y), (x + 28.0, y)], color, !first);
    svg.marker((x + 14.0, y), color, first);
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
