use std::collections::BTreeMap;

use ndarray::Axis;
use serde_json::Value;

use super::attempt::{Failure, attempt};
use super::{Violation, Violations};
use crate::{MergeableMetric, Metric, MetricValue, Predictions};

/// Two values may differ by this share of the larger of 1 and the value: sums in another order are not
/// exact.
const TOLERANCE: f64 = 1e-6;

const UPDATE: &str = "predictions can be added";
const COMPUTE: &str = "values can be computed from predictions";
const AGAIN: &str = "`compute` returns the same values whenever it is called";
const BATCHES: &str = "the values do not depend on how the data are split into batches";
const ORDER: &str = "the values do not depend on the order of the data";
const RESET: &str = "`reset` forgets all batches";
const LENGTHS: &str = "`update` refuses another number of targets than of images";
const REFUSED: &str = "a refused batch changes nothing";
const PARTS: &str = "the merged states of parts are the state of the whole, in any order";
const RESTORED: &str = "merging a state into a metric that is reset restores it";
const NEUTRAL: &str = "the state of no data changes nothing";
const STORED: &str = "a state that is written as JSON text and read back is the same state";
const FOREIGN: &str = "`merge` refuses a value that is not a state, and changes nothing";

/// Returns the promises of [`Metric`] that a metric breaks on these predictions.
///
/// The predictions should be ones that the metric is meant for, at least three, and of several classes. The
/// metric is reset first and afterwards. Values may differ by 0.000001 times the larger of 1 and the value.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{ArrayView2, array};
/// use protocols::conformance::check_metric;
/// use protocols::{
///     BoxError, DatumMetadata, Metric, MetricMetadata, MetricValue, Predictions, argmax,
/// };
///
/// /// The mean of the batches' accuracies is a common mistake.
/// struct MeanAccuracy(MetricMetadata, Vec<f64>);
///
/// impl Metric for MeanAccuracy {
///     fn metadata(&self) -> &MetricMetadata {
///         &self.0
///     }
///
///     fn reset(&mut self) {
///         self.1.clear();
///     }
///
///     fn update(&mut self, s: ArrayView2<'_, f32>, t: &[usize], _: &[DatumMetadata]) -> Result<(), BoxError> {
///         if s.nrows() != t.len() {
///             return Err("expected one target per image".into());
///         }
///         let hits = s.rows().into_iter().zip(t).filter(|(row, t)| argmax(*row) == Some(**t)).count();
///         self.1.push(hits as f64 / t.len() as f64);
///         Ok(())
///     }
///
///     fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
///         let mean = self.1.iter().sum::<f64>() / self.1.len() as f64;
///         Ok(BTreeMap::from([("accuracy".to_owned(), MetricValue::Scalar(mean))]))
///     }
/// }
///
/// let metadata = (0..3).map(|i| DatumMetadata::new(i.to_string(), i)).collect();
/// let scores = array![[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]];
/// let predictions = Predictions::new(scores, vec![0, 1, 1], metadata)?;
/// let violations = check_metric(&mut MeanAccuracy(MetricMetadata::new("mean"), vec![]), &predictions);
/// assert_eq!(
///     violations.to_string(),
///     "the values do not depend on how the data are split into batches: \
///      `accuracy` is 0.6666666666666666 in one batch and 0.75 in two\n"
/// );
/// # Ok::<(), protocols::Error>(())
/// ```
pub fn check_metric(metric: &mut dyn Metric, predictions: &Predictions) -> Violations {
    let mut violations = Violations::default();
    let forward: Vec<usize> = (0..predictions.len()).collect();
    let whole = match values(metric, predictions, &[&forward]) {
        Ok(values) => values,
        Err((promise, failure)) => {
            violations.push(Violation::new(promise, format!("the metric {failure}")));
            return violations;
        }
    };
    let again = attempt(|| metric.compute()).map_err(|failure| (COMPUTE, failure));
    violations.extend(difference(AGAIN, &whole, again, "when computed again"));
    let (first, second) = forward.split_at(forward.len() / 2);
    let single: Vec<&[usize]> = forward.chunks(1).collect();
    // What is not forgotten may not show in a ratio, hence several batches.
    for rows in [first, second].into_iter().chain(single.first().copied()).chain(single.last().copied()) {
        // The whole can be added, so a part that cannot is reported by the check of batches.
        let _ = add(metric, predictions, rows);
        let reset = values(metric, predictions, &[&forward]);
        if let Some(violation) = difference(RESET, &whole, reset, "after a reset") {
            // Without a reset nothing else can be told apart.
            violations.push(violation);
            return violations;
        }
    }
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    for (promise, batches, how) in [
        (BATCHES, &[first, second][..], "in two"),
        (BATCHES, &single, "one by one"),
        (ORDER, &[&backward], "in reverse order"),
    ] {
        violations.extend(difference(promise, &whole, values(metric, predictions, batches), how));
    }
    violations.extend(refusal(metric, predictions, &whole));
    metric.reset();
    violations
}

/// Returns the promises of [`MergeableMetric`], and of [`Metric`], that a metric breaks on these
/// predictions.
///
/// The predictions should be ones that the metric is meant for, at least three, and of several classes. The
/// metric is reset first and afterwards. `merge` is called with the JSON string `"not a state"`, too.
///
/// ```
/// # use std::collections::BTreeMap;
/// #
/// # use ndarray::{ArrayView2, array};
/// # use protocols::{BoxError, DatumMetadata, Metric, MetricMetadata, MetricValue};
/// use protocols::conformance::check_mergeable_metric;
/// use protocols::{MergeableMetric, Predictions};
/// use serde_json::Value;
///
/// /// The number of images.
/// struct Count(/* ... */
/// #   MetricMetadata,
///     u64,
/// );
/// #
/// # impl Metric for Count {
/// #     fn metadata(&self) -> &MetricMetadata {
/// #         &self.0
/// #     }
/// #     fn reset(&mut self) {
/// #         self.1 = 0;
/// #     }
/// #     fn update(&mut self, s: ArrayView2<'_, f32>, t: &[usize], _: &[DatumMetadata]) -> Result<(), BoxError> {
/// #         if s.nrows() != t.len() {
/// #             return Err("expected one target per image".into());
/// #         }
/// #         self.1 += t.len() as u64;
/// #         Ok(())
/// #     }
/// #     fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
/// #         Ok(BTreeMap::from([("count".to_owned(), MetricValue::Scalar(self.1 as f64))]))
/// #     }
/// # }
///
/// impl MergeableMetric for Count {
///     fn state(&self) -> Value {
///         self.1.into()
///     }
///
///     fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
///         self.1 = state.as_u64().ok_or("expected a count")?;
///         Ok(())
///     }
/// }
///
/// # let metadata = (0..3).map(|i| DatumMetadata::new(i.to_string(), i)).collect();
/// # let scores = array![[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]];
/// let predictions = Predictions::new(scores, vec![0, 1, 1], metadata)?;
/// let violations = check_mergeable_metric(&mut Count(MetricMetadata::new("count"), 0), &predictions);
/// let expected = "the merged states of parts are the state of the whole, in any order: \
///                 `count` is 3 in one batch and 2 merged from two parts\n";
/// assert!(violations.to_string().starts_with(expected));
/// # Ok::<(), protocols::Error>(())
/// ```
pub fn check_mergeable_metric(metric: &mut dyn MergeableMetric, predictions: &Predictions) -> Violations {
    let mut violations = check_metric(metric, predictions);
    let forward: Vec<usize> = (0..predictions.len()).collect();
    let Ok(whole) = values(metric, predictions, &[&forward]) else { return violations };
    // Parts of different sizes, since what replaces instead of merging may not show in a ratio.
    let (first, second) = forward.split_at(forward.len().min(1));
    let mut state = |rows: &[usize]| {
        metric.reset();
        // The whole can be added, so a part that cannot is reported by the check of batches.
        let _ = add(metric, predictions, rows);
        metric.state()
    };
    let [none, all, first, second] = [&[], forward.as_slice(), first, second].map(&mut state);

    let read = serde_json::from_str::<Value>(&all.to_string()).ok();
    if read.as_ref() != Some(&all) {
        let found = read.map_or("it cannot be read back".to_owned(), |read| format!("{all} becomes {read}"));
        violations.push(Violation::new(STORED, found));
    }
    for (promise, states, how) in [
        (RESTORED, &[&all][..], "merged into a metric that is reset"),
        (PARTS, &[&first, &second], "merged from two parts"),
        (PARTS, &[&second, &first], "merged from two parts in reverse order"),
        (NEUTRAL, &[&none, &all, &none], "merged with the state of no data"),
    ] {
        metric.reset();
        let merged = states.iter().try_for_each(|state| attempt(|| metric.merge(state)));
        let merged = merged.map_err(|failure| (promise, failure)).and_then(|()| computed(metric));
        violations.extend(difference(promise, &whole, merged, how));
    }
    metric.reset();
    // If the whole cannot be added any more, its values differ below.
    let _ = add(metric, predictions, &forward);
    violations.extend(match attempt(|| metric.merge(&"not a state".into())) {
        Ok(()) => Some(Violation::new(FOREIGN, "`\"not a state\"` was merged")),
        Err(Failure::Panic) => Some(Violation::new(FOREIGN, "`\"not a state\"` made it panic")),
        Err(Failure::Error(_)) => difference(FOREIGN, &whole, computed(metric), "after `\"not a state\"`"),
    });
    metric.reset();
    violations
}

type Values = BTreeMap<String, MetricValue>;

/// A failure, and the promise that it breaks.
type Broken = (&'static str, Failure);

/// The values of batches, each given by its rows.
fn values(
    metric: &mut dyn Metric,
    predictions: &Predictions,
    batches: &[&[usize]],
) -> Result<Values, Broken> {
    metric.reset();
    for rows in batches.iter().filter(|rows| !rows.is_empty()) {
        add(metric, predictions, rows).map_err(|failure| (UPDATE, failure))?;
    }
    computed(metric)
}

fn computed(metric: &(impl Metric + ?Sized)) -> Result<Values, Broken> {
    attempt(|| metric.compute()).map_err(|failure| (COMPUTE, failure))
}

fn add(
    metric: &mut (impl Metric + ?Sized),
    predictions: &Predictions,
    rows: &[usize],
) -> Result<(), Failure> {
    let scores = predictions.scores().select(Axis(0), rows);
    let targets = rows.iter().filter_map(|&row| predictions.targets().get(row).copied());
    let metadata = rows.iter().filter_map(|&row| predictions.metadata().get(row).cloned());
    let (targets, metadata): (Vec<_>, Vec<_>) = (targets.collect(), metadata.collect());
    attempt(|| metric.update(scores.view(), &targets, &metadata))
}

/// Whether a batch with a target too few is refused and forgotten.
fn refusal(metric: &mut dyn Metric, predictions: &Predictions, whole: &Values) -> Option<Violation> {
    let (_, short) = predictions.targets().split_last()?;
    let refused = attempt(|| metric.update(predictions.scores(), short, predictions.metadata()));
    let (images, targets) = (predictions.len(), short.len());
    match refused {
        Ok(()) => Some(Violation::new(LENGTHS, format!("{targets} targets for {images} images were added"))),
        Err(Failure::Panic) => {
            Some(Violation::new(LENGTHS, format!("{targets} targets for {images} images made it panic")))
        }
        Err(Failure::Error(_)) => difference(REFUSED, whole, computed(metric), "after a refused batch"),
    }
}

/// What differs when the values are computed in another way.
fn difference(
    promise: &'static str,
    before: &Values,
    after: Result<Values, Broken>,
    how: &str,
) -> Option<Violation> {
    let found = match after {
        Err((_, failure)) => Some(format!("the metric {failure} {how}")),
        Ok(after) if !before.keys().eq(after.keys()) => {
            Some(format!("the values are {:?} in one batch and {:?} {how}", before.keys(), after.keys()))
        }
        Ok(after) => {
            before.iter().zip(after).find(|((_, a), (_, b))| !close(a, b)).map(|((name, a), (_, b))| {
                format!("`{name}` is {} in one batch and {} {how}", text(a), text(&b))
            })
        }
    };
    found.map(|found| Violation::new(promise, found))
}

fn close(a: &MetricValue, b: &MetricValue) -> bool {
    let near = |a: &f64, b: &f64| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
    };
    match (a, b) {
        (MetricValue::Scalar(a), MetricValue::Scalar(b)) => near(a, b),
        (MetricValue::PerClass(a), MetricValue::PerClass(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b))
        }
        (MetricValue::Matrix(a), MetricValue::Matrix(b)) => {
            a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| near(a, b))
        }
        _ => false,
    }
}

fn text(value: &MetricValue) -> String {
    match value {
        MetricValue::Scalar(value) => value.to_string(),
        MetricValue::PerClass(values) => format!("{values:?}"),
        MetricValue::Matrix(values) => format!("{values:?}"),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayView2, array};

    use super::*;
    use crate::{BoxError, DatumMetadata, MetricMetadata, argmax};

    /// The share of hits, computed with one fault.
    #[derive(Clone)]
    struct Accuracy {
        metadata: MetricMetadata,
        hits: u64,
        count: u64,
        fault: &'static str,
    }

    impl Accuracy {
        fn new(fault: &'static str) -> Self {
            Self { metadata: MetricMetadata::new("accuracy"), hits: 0, count: 0, fault }
        }
    }

    impl Metric for Accuracy {
        fn metadata(&self) -> &MetricMetadata {
            &self.metadata
        }

        fn reset(&mut self) {
            if self.fault != "reset" {
                (self.hits, self.count) = (0, 0);
            }
        }

        fn update(
            &mut self,
            scores: ArrayView2<'_, f32>,
            targets: &[usize],
            _: &[DatumMetadata],
        ) -> Result<(), BoxError> {
            match self.fault {
                "update" => return Err("no".into()),
                "refused" => self.count += 1,
                _ => {}
            }
            if scores.nrows() != targets.len() && self.fault != "lengths" {
                return Err("expected one target per image".into());
            }
            if self.fault == "refused" {
                self.count -= 1;
            }
            if self.fault == "batches" {
                (self.hits, self.count) = (0, 0);
            }
            for (row, &target) in scores.rows().into_iter().zip(targets) {
                let predicted = argmax(row).unwrap();
                self.hits += u64::from(predicted == target);
                self.count += 1;
                if self.fault == "order" && self.count == 1 {
                    self.hits += 10 * target as u64;
                }
            }
            Ok(())
        }

        fn compute(&self) -> Result<Values, BoxError> {
            if self.count == 0 || self.fault == "compute" {
                return Err("nothing was counted".into());
            }
            let accuracy = self.hits as f64 / self.count as f64;
            Ok(BTreeMap::from([("accuracy".to_owned(), MetricValue::Scalar(accuracy))]))
        }
    }

    impl MergeableMetric for Accuracy {
        fn state(&self) -> Value {
            match self.fault {
                "neutral" => serde_json::json!([self.hits + 1, self.count]),
                _ => serde_json::json!([self.hits, self.count]),
            }
        }

        fn merge(&mut self, state: &Value) -> Result<(), BoxError> {
            if self.fault == "foreign" && state.is_string() {
                return Ok(());
            }
            if self.fault == "foreign changes" {
                self.count += 1;
            }
            let (hits, count): (u64, u64) = serde_json::from_value(state.clone())?;
            if self.fault == "foreign changes" {
                self.count -= 1;
            }
            if self.fault == "parts" {
                (self.hits, self.count) = (hits, count);
            } else {
                self.hits += hits;
                self.count += count;
            }
            Ok(())
        }
    }

    fn predictions() -> Predictions {
        let metadata = (0..4).map(|i| DatumMetadata::new(i.to_string(), i)).collect();
        let scores = array![[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]];
        Predictions::new(scores, vec![0, 1, 1, 1], metadata).unwrap()
    }

    /// The promises that a metric with a fault breaks.
    fn broken(fault: &'static str) -> Vec<&'static str> {
        let violations = check_mergeable_metric(&mut Accuracy::new(fault), &predictions());
        violations.iter().map(|violation| violation.promise).collect()
    }

    #[test]
    fn a_conforming_metric_breaks_no_promise_and_is_reset() {
        let mut metric = Accuracy::new("none");
        let violations = check_mergeable_metric(&mut metric, &predictions());
        assert!(violations.is_empty(), "{violations}");
        assert_eq!(metric.count, 0);
    }

    #[test]
    fn each_broken_promise_of_a_metric_is_found() {
        assert_eq!(broken("update"), [UPDATE]);
        assert_eq!(broken("compute"), [COMPUTE]);
        assert_eq!(broken("reset")[0], RESET);
        assert_eq!(broken("batches")[0], BATCHES);
        assert_eq!(broken("order")[0], ORDER);
        assert_eq!(broken("lengths"), [LENGTHS]);
        assert_eq!(broken("refused"), [REFUSED]);
    }

    #[test]
    fn each_broken_promise_of_a_mergeable_metric_is_found() {
        assert_eq!(broken("parts"), [PARTS, NEUTRAL]);
        assert_eq!(broken("neutral"), [RESTORED, PARTS, NEUTRAL]);
        assert_eq!(broken("foreign"), [FOREIGN]);
        assert_eq!(broken("foreign changes"), [FOREIGN]);
    }
}
