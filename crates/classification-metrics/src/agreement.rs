use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::parse;
use crate::{Counts, Error};

/// How much a confusion of two classes counts in Cohen's kappa.
///
/// ```
/// use classification_metrics::Weighting;
///
/// assert_eq!("quadratic".parse::<Weighting>()?, Weighting::Quadratic);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Weighting {
    /// Every confusion counts 1.
    #[default]
    None,
    /// The difference of the class indices, for classes in an order.
    Linear,
    /// The square of that difference.
    Quadratic,
}

impl Weighting {
    /// All weightings.
    pub const ALL: &[Self] = &[Self::None, Self::Linear, Self::Quadratic];

    fn weight(self, a: usize, b: usize) -> f64 {
        let difference = a.abs_diff(b) as f64;
        match self {
            Self::None => difference.min(1.0),
            Self::Linear => difference,
            Self::Quadratic => difference * difference,
        }
    }
}

impl fmt::Display for Weighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Linear => "linear",
            Self::Quadratic => "quadratic",
        })
    }
}

impl FromStr for Weighting {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("weighting", text, Self::ALL)
    }
}

/// The targets and the predictions of each class.
fn margins(counts: &Counts) -> (Vec<f64>, Vec<f64>) {
    let (mut targets, mut predictions) = (vec![0.0; counts.classes()], vec![0.0; counts.classes()]);
    for (target, predicted, count) in counts.cells() {
        targets[target] += count as f64;
        predictions[predicted] += count as f64;
    }
    (targets, predictions)
}

/// Returns Cohen's kappa: agreement beyond chance, 1 if all predictions are correct, 0 for chance.
///
/// ```text
/// kappa = 1 - sum_ij w_ij M_ij / sum_ij w_ij t_i p_j / n
/// ```
///
/// M is the confusion matrix of n images, t and p are its row and column sums. The value is NaN if there is
/// nothing to agree on: all targets and all predictions are one class.
///
/// Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960; "Weighted kappa", 1968. It is
/// torchmetrics' `MulticlassCohenKappa`.
///
/// # Errors
///
/// [`Error::Empty`] if nothing is counted.
///
/// # Examples
///
/// ```
/// use classification_metrics::{Counts, Weighting, cohen_kappa};
///
/// let mut counts = Counts::new(2, 1)?;
/// for (target, predicted) in [(0, 0), (0, 0), (1, 1), (1, 0)] {
///     counts.count(target, predicted)?;
/// }
/// assert_eq!(cohen_kappa(&counts, Weighting::None)?, 0.5);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn cohen_kappa(counts: &Counts, weighting: Weighting) -> Result<f64, Error> {
    if counts.total() == 0 {
        return Err(Error::Empty);
    }
    let (targets, predictions) = margins(counts);
    let observed: f64 = counts.cells().map(|(a, b, count)| weighting.weight(a, b) * count as f64).sum();
    // Only classes that occur, since there may be a million.
    let occurring = |margin: &[f64]| -> Vec<(usize, f64)> {
        margin.iter().copied().enumerate().filter(|(_, count)| *count > 0.0).collect()
    };
    let predictions = occurring(&predictions);
    let by_chance = |(a, count): (usize, f64)| -> f64 {
        predictions.iter().map(|&(b, predicted)| weighting.weight(a, b) * count * predicted).sum()
    };
    let expected: f64 = occurring(&targets).into_iter().map(by_chance).sum::<f64>() / counts.total() as f64;
    Ok(1.0 - observed / expected)
}

/// Returns Matthews' correlation coefficient of targets and predictions, -1 to 1.
///
/// ```text
/// (n c - t.p) / sqrt((n^2 - t.t) (n^2 - p.p))
/// ```
///
/// n images, of which c are correct; t and p are the targets and the predictions of each class. The value is
/// 0 if all targets or all predictions are one class: the root is then 0. (torchmetrics returns other values
/// in that case if there are two classes: 1, -1, or one that depends on a small constant.)
///
/// Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
/// It is torchmetrics' `MulticlassMatthewsCorrCoef`.
///
/// # Errors
///
/// [`Error::Empty`] if nothing is counted.
///
/// # Examples
///
/// ```
/// use classification_metrics::{Counts, matthews_correlation};
///
/// let mut counts = Counts::new(2, 1)?;
/// for (target, predicted) in [(0, 0), (1, 1), (1, 1)] {
///     counts.count(target, predicted)?;
/// }
/// assert_eq!(matthews_correlation(&counts)?, 1.0);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn matthews_correlation(counts: &Counts) -> Result<f64, Error> {
    if counts.total() == 0 {
        return Err(Error::Empty);
    }
    let (targets, predictions) = margins(counts);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let n = counts.total() as f64;
    let correct: f64 = counts.cells().filter(|(a, b, _)| a == b).map(|(.., count)| count as f64).sum();
    let covariance = n * correct - product(&targets, &predictions);
    let root = ((n * n - product(&targets, &targets)) * (n * n - product(&predictions, &predictions))).sqrt();
    Ok(if root == 0.0 { 0.0 } else { covariance / root })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(classes: usize, pairs: &[(usize, usize)]) -> Counts {
        let mut counts = Counts::new(classes, 1).unwrap();
        pairs.iter().for_each(|&(target, predicted)| counts.count(target, predicted).unwrap());
        counts
    }

    #[test]
    fn where_everything_is_one_class_kappa_is_undefined_and_matthews_zero() {
        let one = counts(3, &[(1, 1), (1, 1)]);
        assert!(Weighting::ALL.iter().all(|&weighting| cohen_kappa(&one, weighting).unwrap().is_nan()));
        assert_eq!(matthews_correlation(&one), Ok(0.0));
        assert_eq!(matthews_correlation(&counts(2, &[(0, 1), (0, 1)])), Ok(0.0));
    }

    #[test]
    fn independent_predictions_have_no_agreement() {
        let chance = counts(2, &[(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert_eq!(cohen_kappa(&chance, Weighting::None), Ok(0.0));
        assert_eq!(matthews_correlation(&chance), Ok(0.0));
    }

    #[test]
    fn near_confusions_count_less_when_weighted() {
        let near = counts(4, &[(0, 0), (1, 2), (2, 1), (3, 3)]);
        let far = counts(4, &[(0, 3), (1, 1), (2, 2), (3, 0)]);
        let kappa = |counts, weighting| cohen_kappa(counts, weighting).unwrap();
        assert_eq!(kappa(&near, Weighting::None), kappa(&far, Weighting::None));
        assert!(kappa(&near, Weighting::Linear) > kappa(&far, Weighting::Linear));
        assert!(kappa(&near, Weighting::Quadratic) > kappa(&near, Weighting::Linear));
    }

    #[test]
    fn nothing_counted_has_no_value() {
        assert_eq!(cohen_kappa(&counts(2, &[]), Weighting::None), Err(Error::Empty));
        assert_eq!(matthews_correlation(&counts(2, &[])), Err(Error::Empty));
    }
}
