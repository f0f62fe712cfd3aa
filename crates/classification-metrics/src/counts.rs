use std::collections::BTreeMap;
use std::iter::Sum;

use ndarray::{Array2, ArrayView1, ArrayView2};
use protocols::argmax;
use serde::{Deserialize, Serialize};

use crate::Error;

/// More classes than any model has; a vector of counts for each class is kept.
const MOST_CLASSES: usize = 1 << 20;

/// How often each class was taken for which: the state that every metric here is computed from.
///
/// Rows are true classes, columns predicted ones. The prediction is the class with the highest score, the
/// first one of several. Of top-k counts it is the true class if that is among the k highest scores, and
/// the highest otherwise, as torchmetrics refines it; equal scores rank by class, since `torch.topk`
/// promises no order.
///
/// ```
/// use classification_metrics::Counts;
/// use ndarray::array;
///
/// let mut counts = Counts::new(2, 1)?;
/// counts.update(array![[0.9, 0.1], [0.8, 0.2]].view(), &[0, 1])?;
/// let mut others = Counts::new(2, 1)?;
/// others.update(array![[0.3, 0.7]].view(), &[1])?;
/// counts.merge(&others)?;
/// assert_eq!(counts.matrix(), array![[1, 0], [1, 1]]);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Counts {
    classes: usize,
    top_k: usize,
    /// By true class and predicted class; what never occurred is not here.
    cells: BTreeMap<(usize, usize), u64>,
    total: u64,
}

/// [`Counts`] as they are written down, not checked yet.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    classes: usize,
    top_k: usize,
    /// True class, predicted class, how often.
    cells: Vec<(usize, usize, u64)>,
}

impl From<Counts> for Unchecked {
    fn from(counts: Counts) -> Self {
        Self { classes: counts.classes, top_k: counts.top_k, cells: counts.cells().collect() }
    }
}

impl TryFrom<Unchecked> for Counts {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        let Unchecked { classes, top_k, cells } = unchecked;
        let mut counts = Self::new(classes, top_k)?;
        for (target, predicted, count) in cells {
            counts.inside(target, predicted)?;
            counts.add(target, predicted, count)?;
        }
        Ok(counts)
    }
}

/// What a class's metrics are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    pub(crate) true_positives: u64,
    pub(crate) false_positives: u64,
    pub(crate) false_negatives: u64,
}

impl ClassCounts {
    pub(crate) fn targets(self) -> u64 {
        self.true_positives + self.false_negatives
    }
}

impl Sum for ClassCounts {
    fn sum<I: Iterator<Item = Self>>(classes: I) -> Self {
        classes.fold(Self::default(), |total, class| Self {
            true_positives: total.true_positives + class.true_positives,
            false_positives: total.false_positives + class.false_positives,
            false_negatives: total.false_negatives + class.false_negatives,
        })
    }
}

impl Counts {
    /// Counts nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] unless there are 2 to 1,048,576 classes, [`Error::TopK`] unless `top_k` is 1 to `classes`.
    pub fn new(classes: usize, top_k: usize) -> Result<Self, Error> {
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(Error::Classes { classes });
        }
        if top_k == 0 || top_k > classes {
            return Err(Error::TopK { top_k, classes });
        }
        Ok(Self { classes, top_k, cells: BTreeMap::new(), total: 0 })
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many of the highest scores count.
    #[must_use]
    pub fn top_k(&self) -> usize {
        self.top_k
    }

    /// How many pictures were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The confusion matrix: true classes down, predicted ones across.
    #[must_use]
    pub fn matrix(&self) -> Array2<u64> {
        let mut matrix = Array2::zeros((self.classes, self.classes));
        for (target, predicted, count) in self.cells() {
            matrix[[target, predicted]] = count;
        }
        matrix
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.cells.clear();
        self.total = 0;
    }

    /// Counts a batch: `scores` is `(pictures, classes)`, `targets` has one entry a picture.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`], [`Error::Columns`], [`Error::Target`], [`Error::NotANumber`], [`Error::TooMany`]; nothing of the
    /// batch is then counted.
    pub fn update(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize]) -> Result<(), Error> {
        let classes = self.classes;
        if scores.nrows() != targets.len() {
            return Err(Error::Lengths { scores: scores.nrows(), targets: targets.len() });
        }
        if scores.ncols() != classes {
            return Err(Error::Columns { columns: scores.ncols(), classes });
        }
        if let Some(row) = targets.iter().position(|&target| target >= classes) {
            return Err(Error::Target { row, target: targets[row], classes });
        }
        if let Some(((row, class), _)) = scores.indexed_iter().find(|(_, score)| score.is_nan()) {
            return Err(Error::NotANumber { row, class });
        }
        if self.total.checked_add(targets.len() as u64).is_none() {
            return Err(Error::TooMany);
        }
        for (row, &target) in scores.rows().into_iter().zip(targets) {
            // Without NaN there is a highest score.
            let highest = argmax(row).unwrap_or_default();
            let predicted = if rank(row, target) < self.top_k { target } else { highest };
            self.add(target, predicted, 1)?;
        }
        Ok(())
    }

    /// Counts one picture of class `target` that was taken for `predicted`.
    ///
    /// ```
    /// use classification_metrics::Counts;
    ///
    /// let mut counts = Counts::new(2, 1)?;
    /// counts.count(0, 1)?;
    /// assert_eq!(counts.matrix()[[0, 1]], 1);
    /// assert!(counts.count(0, 2).is_err());
    /// # Ok::<(), classification_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cell`] for what is no class, [`Error::TooMany`] beyond 2^64 pictures; nothing is then counted.
    pub fn count(&mut self, target: usize, predicted: usize) -> Result<(), Error> {
        self.inside(target, predicted)?;
        self.add(target, predicted, 1)
    }

    fn inside(&self, target: usize, predicted: usize) -> Result<(), Error> {
        if target < self.classes && predicted < self.classes {
            return Ok(());
        }
        Err(Error::Cell { target, predicted, classes: self.classes })
    }

    /// Takes in what `other` counted. The order of merging does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Merge`] unless both count the same classes and top-k, [`Error::TooMany`] beyond 2^64 pictures;
    /// nothing of `other` is then counted.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if (self.classes, self.top_k) != (other.classes, other.top_k) {
            return Err(Error::Merge {
                ours: self.classes,
                theirs: other.classes,
                our_top_k: self.top_k,
                their_top_k: other.top_k,
            });
        }
        if self.total.checked_add(other.total).is_none() {
            return Err(Error::TooMany);
        }
        other.cells().try_for_each(|(target, predicted, count)| self.add(target, predicted, count))
    }

    /// Every sum of cells is at most `total`, so that none overflows if that does not.
    fn add(&mut self, target: usize, predicted: usize, count: u64) -> Result<(), Error> {
        self.total = self.total.checked_add(count).ok_or(Error::TooMany)?;
        if count > 0 {
            *self.cells.entry((target, predicted)).or_default() += count;
        }
        Ok(())
    }

    /// The counts as serde writes them.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let Unchecked { classes, top_k, cells } = self.clone().into();
        serde_json::json!({ "classes": classes, "top_k": top_k, "cells": cells })
    }

    /// True class, predicted class and how often, in this order, of what occurred.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.cells.iter().map(|(&(target, predicted), &count)| (target, predicted, count))
    }

    pub(crate) fn by_class(&self) -> Vec<ClassCounts> {
        let mut classes = vec![ClassCounts::default(); self.classes];
        for (target, predicted, count) in self.cells() {
            if target == predicted {
                classes[target].true_positives += count;
            } else {
                classes[target].false_negatives += count;
                classes[predicted].false_positives += count;
            }
        }
        classes
    }
}

/// How many classes come before `class` when scores are ranked.
fn rank(scores: ArrayView1<'_, f32>, class: usize) -> usize {
    let own = scores[class];
    scores
        .iter()
        .enumerate()
        .filter(|&(other, &score)| score > own || (score == own && other < class))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_first_of_equal_scores_is_the_prediction() {
        let mut counts = Counts::new(3, 1).unwrap();
        counts.update(array![[0.2, 0.4, 0.4]].view(), &[2]).unwrap();
        assert_eq!(counts.matrix(), array![[0, 0, 0], [0, 0, 0], [0, 1, 0]]);
    }

    #[test]
    fn a_target_among_the_k_highest_counts_as_predicted() {
        let mut counts = Counts::new(3, 2).unwrap();
        counts.update(array![[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]].view(), &[1, 2]).unwrap();
        assert_eq!(counts.matrix(), array![[0, 0, 0], [0, 1, 0], [1, 0, 0]]);
    }

    #[test]
    fn a_refused_batch_leaves_no_trace() {
        let mut counts = Counts::new(2, 1).unwrap();
        let scores = array![[0.5, 0.5], [f32::NAN, 1.0]];
        assert_eq!(counts.update(scores.view(), &[0, 1]), Err(Error::NotANumber { row: 1, class: 0 }));
        assert_eq!(
            counts.update(scores.view(), &[0, 7]),
            Err(Error::Target { row: 1, target: 7, classes: 2 })
        );
        assert_eq!(counts.update(scores.view(), &[0]), Err(Error::Lengths { scores: 2, targets: 1 }));
        assert_eq!(
            counts.update(array![[1.0, 0.0, 0.0]].view(), &[0]),
            Err(Error::Columns { columns: 3, classes: 2 })
        );
        assert_eq!(counts.total(), 0);
    }

    #[test]
    fn impossible_counts_cannot_be_built() {
        let classes = usize::MAX;
        assert_eq!(Counts::new(classes, 1), Err(Error::Classes { classes }));
        assert_eq!(Counts::new(1, 1), Err(Error::Classes { classes: 1 }));
        assert_eq!(Counts::new(3, 0), Err(Error::TopK { top_k: 0, classes: 3 }));
        assert_eq!(Counts::new(3, 4), Err(Error::TopK { top_k: 4, classes: 3 }));
    }

    #[test]
    fn what_was_written_down_is_checked() {
        let mut counts = Counts::new(3, 1).unwrap();
        counts.update(array![[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]].view(), &[2, 1]).unwrap();
        let json = serde_json::to_string(&counts).unwrap();
        assert_eq!(json, r#"{"classes":3,"top_k":1,"cells":[[1,1,1],[2,1,1]]}"#);
        assert_eq!(serde_json::from_str::<Counts>(&json).unwrap(), counts);
        assert_eq!(counts.to_json(), serde_json::to_value(&counts).unwrap());
        for wrong in [
            r#"{"classes":3,"top_k":1,"cells":[[3,1,1]]}"#,
            r#"{"classes":1,"top_k":1,"cells":[]}"#,
            r#"{"classes":3,"top_k":4,"cells":[]}"#,
            r#"{"classes":3,"top_k":1,"cells":[[0,0,18446744073709551615],[0,1,1]]}"#,
            r#"{"classes":3,"top_k":1,"cells":[[0,0,-1]]}"#,
        ] {
            assert!(serde_json::from_str::<Counts>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn counts_that_do_not_fit_are_not_merged() {
        let full: Counts =
            serde_json::from_str(r#"{"classes":2,"top_k":1,"cells":[[0,0,18446744073709551615]]}"#).unwrap();
        let mut counts = Counts::new(2, 1).unwrap();
        counts.update(array![[1.0, 0.0]].view(), &[0]).unwrap();
        let before = counts.clone();
        assert_eq!(counts.merge(&full), Err(Error::TooMany));
        assert!(matches!(
            counts.merge(&Counts::new(2, 2).unwrap()),
            Err(Error::Merge { our_top_k: 1, their_top_k: 2, .. })
        ));
        assert!(matches!(
            counts.merge(&Counts::new(3, 1).unwrap()),
            Err(Error::Merge { ours: 2, theirs: 3, .. })
        ));
        assert_eq!(counts, before);
    }
}
