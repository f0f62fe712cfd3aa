use results::ItemResponse;

use crate::chart::{groups, positions};

/// The area under one perturber's item-response curve, divided by the width of the sweep: the mean accuracy over the
/// strengths from its first to its last, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AreaUnderCurve {
    /// The perturber's name.
    pub perturber: String,
    /// The swept parameter's name.
    pub parameter: String,
    /// The area under the curve of the micro average.
    pub accuracy_micro: f64,
    /// The area under the curve of the macro average.
    pub accuracy_macro: f64,
}

/// Returns the area under each item-response curve by the trapezoidal rule, in the order of the sweeps.
///
/// Settings are placed by their value. Settings of several numbers have no single value and are spaced evenly, in their
/// order. The area of a single setting is its accuracy; an undefined accuracy makes the area NaN.
///
/// ```
/// use report::areas_under_curves;
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let rows: Vec<ItemResponse> = [(1.0, 1.0), (3.0, 0.5), (11.0, 0.25)]
///     .map(|(ksize, accuracy)| ItemResponse {
///         setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///         accuracy_macro: accuracy,
///         accuracy_micro: accuracy,
///         count: 27,
///         metrics: Values::default(),
///     })
///     .into();
/// // 0.75 over a width of 2, and 0.375 over a width of 8.
/// assert_eq!(areas_under_curves(&rows)[0].accuracy_micro, 0.45);
/// ```
#[must_use]
pub fn areas_under_curves(rows: &[ItemResponse]) -> Vec<AreaUnderCurve> {
    let area = |sweep: &[&ItemResponse], accuracy: fn(&ItemResponse) -> f64| {
        let places = positions(sweep.iter().map(|row| &row.setting));
        let mut points: Vec<(f64, f64)> =
            places.into_iter().zip(sweep.iter().map(|row| accuracy(row))).collect();
        points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        mean_over(&points)
    };
    groups(rows, |row| &row.setting)
        .into_iter()
        .map(|sweep| AreaUnderCurve {
            perturber: sweep[0].setting.perturber.clone(),
            parameter: sweep[0].setting.parameter.clone(),
            accuracy_micro: area(&sweep, |row| row.accuracy_micro),
            accuracy_macro: area(&sweep, |row| row.accuracy_macro),
        })
        .collect()
}

/// The mean of the straight lines through points sorted by position; of points at one position their plain mean.
fn mean_over(points: &[(f64, f64)]) -> f64 {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return f64::NAN };
    if last > first {
        let area = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1);
        points.windows(2).map(area).sum::<f64>() / (last - first)
    } else {
        points.iter().map(|(_, accuracy)| accuracy).sum::<f64>() / points.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_has_its_middle_and_a_single_point_itself() {
        assert_eq!(mean_over(&[(0.0, 1.0), (0.5, 0.75), (2.0, 0.0)]), 0.5);
        assert_eq!(mean_over(&[(7.0, 0.25)]), 0.25);
        assert!(mean_over(&[(0.0, 1.0), (1.0, f64::NAN)]).is_nan() && mean_over(&[]).is_nan());
    }
}
