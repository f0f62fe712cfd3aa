use results::Setting;

use crate::accuracy::AccuracyPoint;
use crate::chart::{groups, positions};
use crate::confusion::Confusion;

/// How a model's accuracy falls along one perturber's sweep, compared with the sweep's first setting.
///
/// Accuracies are micro averages: the share of images recognised.
///
/// ```
/// use report::{accuracy_points, falls};
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let rows: Vec<ItemResponse> = [(1.0, 0.9), (5.0, 0.6), (11.0, 0.2)]
///     .map(|(ksize, accuracy)| ItemResponse {
///         setting: Setting::new("GaussianBlur", "ksize", Value::from(ksize)),
///         accuracy_macro: accuracy,
///         accuracy_micro: accuracy,
///         count: 40,
///         metrics: Values::default(),
///     })
///     .into();
/// let falls = falls(&accuracy_points(&rows, &[], 1), &[]);
/// let half = falls[0].half.as_ref().ok_or("never halved")?;
/// assert_eq!(half.at.value.number(), Some(11.0));
/// // From 0.6 at 5 to 0.2 at 11, a straight line passes 0.45 here.
/// assert!((half.near.ok_or("a number")? - 7.25).abs() < 1e-9);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fall {
    /// The sweep's first setting, which the others are compared with.
    pub first: AccuracyPoint,
    /// The sweep's last setting.
    pub last: AccuracyPoint,
    /// Where half of the first accuracy is lost; none if it never is, or if it was 0 from the start.
    pub half: Option<Half>,
    /// The classes of which half is lost: sorted by setting, then by the share lost, then by the number of images.
    pub broken: Vec<BrokenClass>,
    /// The class that most wrong predictions at the last setting go to; none if all are right.
    pub refuge: Option<Refuge>,
}

/// Where an accuracy has fallen to half.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Half {
    /// The setting before `at`.
    pub before: Setting,
    /// The first setting at which the accuracy is at most half.
    pub at: Setting,
    /// The parameter at which a straight line between the two passes half, if the settings are single numbers.
    pub near: Option<f64>,
}

/// A class of which at most half as many images are recognised as at the first setting.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BrokenClass {
    /// The class's name.
    pub label: String,
    /// The first setting at which at most half is left.
    pub at: Setting,
    /// How many of the class's images were recognised at the first setting, and how many there are.
    pub before: (u64, u64),
    /// How many are recognised at `at`, and how many there are.
    pub after: (u64, u64),
}

/// The class that wrong predictions go to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refuge {
    /// The class's name.
    pub label: String,
    /// How many images of other classes are predicted as it.
    pub taken: u64,
    /// How many predictions are wrong in all.
    pub wrong: u64,
}

/// Returns how the accuracy falls along each sweep, in the order of the sweeps.
///
/// The classes' part comes from the `confusions`, and is empty without them.
#[must_use]
pub fn falls(points: &[AccuracyPoint], confusions: &[Confusion]) -> Vec<Fall> {
    groups(points, AccuracyPoint::setting)
        .into_iter()
        .filter_map(|sweep| {
            let (first, last) = (*sweep.first()?, *sweep.last()?);
            let matrices: Vec<&Confusion> = sweep
                .iter()
                .filter_map(|point| confusions.iter().find(|confusion| confusion.setting == *point.setting()))
                .collect();
            Some(Fall {
                first: first.clone(),
                last: last.clone(),
                half: half(&sweep),
                broken: broken(&matrices),
                refuge: matrices.last().and_then(|matrix| refuge(matrix)),
            })
        })
        .collect()
}

fn half(sweep: &[&AccuracyPoint]) -> Option<Half> {
    let accuracy = |point: &AccuracyPoint| point.response.accuracy_micro;
    let half = accuracy(sweep[0]) / 2.0;
    let crossing = sweep.iter().position(|point| accuracy(point) <= half).filter(|_| half > 0.0)?;
    let (before, at) = (sweep[crossing - 1], sweep[crossing]);
    let near = match (before.setting().value.number(), at.setting().value.number()) {
        (Some(_), Some(_)) => {
            let places = positions([before.setting(), at.setting()].into_iter());
            let share = (accuracy(before) - half) / (accuracy(before) - accuracy(at));
            Some(places[0] + share * (places[1] - places[0])).filter(|near| near.is_finite())
        }
        _ => None,
    };
    Some(Half { before: before.setting().clone(), at: at.setting().clone(), near })
}

fn broken(sweep: &[&Confusion]) -> Vec<BrokenClass> {
    let Some(first) = sweep.first() else { return Vec::new() };
    let mut broken: Vec<(usize, f64, BrokenClass)> = Vec::new();
    for (class, label) in first.labels.iter().enumerate() {
        let Some(clean) = first.share_right(class).filter(|&share| share > 0.0) else { continue };
        let lost =
            |confusion: &&Confusion| confusion.share_right(class).is_some_and(|share| share <= clean / 2.0);
        if let Some(at) = sweep.iter().position(lost) {
            let there = BrokenClass {
                label: label.clone(),
                at: sweep[at].setting.clone(),
                before: first.right(class),
                after: sweep[at].right(class),
            };
            broken.push((at, sweep[at].share_right(class).unwrap_or(0.0) / clean, there));
        }
    }
    // Of two classes that lose as much, the one with more images is known better.
    broken.sort_by(|(a, left, one), (b, right, other)| {
        a.cmp(b).then(left.total_cmp(right)).then(other.before.1.cmp(&one.before.1))
    });
    broken.into_iter().map(|(_, _, class)| class).collect()
}

fn refuge(confusion: &Confusion) -> Option<Refuge> {
    let taken = |class: usize| confusion.counts.column(class).sum() - confusion.counts[[class, class]];
    let wrong = confusion.counts.sum() - confusion.counts.diag().sum();
    // The first of equals.
    let class = (0..confusion.labels.len()).rev().max_by_key(|&class| taken(class)).filter(|_| wrong > 0)?;
    Some(Refuge { label: confusion.labels[class].clone(), taken: taken(class), wrong })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accuracy_points;
    use ndarray::array;
    use results::{ItemResponse, Value, Values};

    fn points(accuracies: &[(Value, f64)]) -> Vec<AccuracyPoint> {
        let rows: Vec<ItemResponse> = accuracies
            .iter()
            .map(|(value, accuracy)| ItemResponse {
                setting: Setting::new("Blur", "ksize", value.clone()),
                accuracy_macro: *accuracy,
                accuracy_micro: *accuracy,
                count: 10,
                metrics: Values::default(),
            })
            .collect();
        accuracy_points(&rows, &[], 1)
    }

    #[test]
    fn an_accuracy_that_never_halves_has_no_half() {
        for accuracies in [[0.8, 0.41], [0.0, 0.0], [f64::NAN, 0.1]] {
            let values = [(Value::from(1.0), accuracies[0]), (Value::from(2.0), accuracies[1])];
            assert_eq!(falls(&points(&values), &[])[0].half, None, "{accuracies:?}");
        }
    }

    #[test]
    fn settings_of_several_numbers_are_not_interpolated() {
        let values = [(Value::from(vec![1.0, 2.0]), 1.0), (Value::from(vec![1.0, 3.0]), 0.5)];
        let half = falls(&points(&values), &[])[0].half.clone().unwrap();
        assert_eq!((half.at.value.to_string().as_str(), half.near), ("1;3", None));
    }

    #[test]
    fn classes_break_in_order_and_wrong_predictions_have_a_refuge() {
        let values = [(Value::from(1.0), 0.9), (Value::from(2.0), 0.5), (Value::from(3.0), 0.3)];
        let points = points(&values);
        let matrices = [
            array![[4, 0, 0], [0, 4, 0], [1, 0, 1]],
            array![[1, 3, 0], [0, 4, 0], [0, 1, 1]],
            array![[0, 4, 0], [0, 2, 2], [0, 2, 0]],
        ];
        let confusions: Vec<Confusion> = points
            .iter()
            .zip(matrices)
            .map(|(point, counts)| Confusion {
                setting: point.setting().clone(),
                labels: ["a", "b", "c"].map(str::to_owned).into(),
                counts,
            })
            .collect();
        let fall = &falls(&points, &confusions)[0];
        let broken: Vec<_> =
            fall.broken.iter().map(|class| (class.label.as_str(), class.at.value.number())).collect();
        assert_eq!(broken, [("a", Some(2.0)), ("c", Some(3.0)), ("b", Some(3.0))]);
        assert_eq!((fall.broken[0].before, fall.broken[0].after), ((4, 4), (1, 4)));
        assert_eq!(fall.refuge, Some(Refuge { label: "b".into(), taken: 6, wrong: 8 }));
    }
}
