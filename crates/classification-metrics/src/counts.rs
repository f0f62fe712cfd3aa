use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1, ArrayView2};
use protocols::argmax;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::class_counts::ClassCounts;

/// More classes than any model has. There is a vector of counts per class.
const MOST_CLASSES: usize = 1 << 20;

/// The largest confusion matrix: of more classes it would take more than 2 GB.
const MOST_MATRIX_CLASSES: usize = 1 << 14;

/// How often each class is predicted for each true class: the state of all metrics that need no more.
///
/// The prediction is the class with the highest score; of equal scores, the first. With top-k counts, the
/// prediction is the true class if that is among the k highest scores, and the highest otherwise, as in
/// torchmetrics. Equal scores rank by class, whereas `torch.topk` defines no order.
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
/// assert_eq!(counts.matrix()?, array![[1, 0], [1, 1]]);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Counts {
    classes: usize,
    top_k: usize,
    /// By true class and predicted class, without zeros.
    cells: BTreeMap<(usize, usize), u64>,
    total: u64,
}

/// The stored form of [`Counts`], not checked yet.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    classes: usize,
    top_k: usize,
    /// True class, predicted class, count.
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

impl Counts {
    /// Counts of zero.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] unless there are 2 to 1,048,576 classes, [`Error::TopK`] unless `top_k` is 1 to
    /// `classes`.
    pub fn new(classes: usize, top_k: usize) -> Result<Self, Error> {
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(Error::Classes { classes });
        }
        if top_k == 0 || top_k > classes {
            return Err(Error::TopK { top_k, classes });
        }
        Ok(Self { classes, top_k, cells: BTreeMap::new(), total: 0 })
    }

    /// The number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The k of top-k.
    #[must_use]
    pub fn top_k(&self) -> usize {
        self.top_k
    }

    /// The number of images that were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The confusion matrix: one row per true class, one column per predicted class.
    ///
    /// # Errors
    ///
    /// [`Error::MatrixSize`] for more than 16,384 classes, since the matrix would take more than 2 GB.
    pub fn matrix(&self) -> Result<Array2<u64>, Error> {
        check_matrix(self.classes)?;
        let mut matrix = Array2::zeros((self.classes, self.classes));
        for (target, predicted, count) in self.cells() {
            matrix[[target, predicted]] = count;
        }
        Ok(matrix)
    }

    /// Sets all counts to zero.
    pub fn reset(&mut self) {
        self.cells.clear();
        self.total = 0;
    }

    /// Counts a batch: `scores` is `(images, classes)`, `targets` has one entry per image.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`], [`Error::Columns`], [`Error::Target`], [`Error::NotANumber`], [`Error::TooMany`].
    /// Nothing of the batch is counted then.
    #[expect(clippy::missing_panics_doc, reason = "scores without NaN have a highest one")]
    #[expect(clippy::expect_used, reason = "scores without NaN have a highest one")]
    pub fn update(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize]) -> Result<(), Error> {
        check_batch(scores, targets, self.classes)?;
        if self.total.checked_add(targets.len() as u64).is_none() {
            return Err(Error::TooMany);
        }
        for (row, &target) in scores.rows().into_iter().zip(targets) {
            let highest = argmax(row).expect("scores without NaN have a highest one");
            let predicted = if rank(row, target) < self.top_k { target } else { highest };
            self.add(target, predicted, 1)?;
        }
        Ok(())
    }

    /// Counts one image of class `target` for which `predicted` was predicted.
    ///
    /// ```
    /// use classification_metrics::Counts;
    ///
    /// let mut counts = Counts::new(2, 1)?;
    /// counts.count(0, 1)?;
    /// assert_eq!(counts.matrix()?[[0, 1]], 1);
    /// assert!(counts.count(0, 2).is_err());
    /// # Ok::<(), classification_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cell`] for a class that does not exist, [`Error::TooMany`] beyond 2^64 images. Nothing is
    /// counted then.
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

    /// Adds other counts. The order of merging does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Merge`] unless both have the same classes and the same top-k, [`Error::TooMany`] beyond 2^64
    /// images. Nothing is added then.
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

    /// Adds to a cell. No sum of cells overflows, since `total` does not.
    fn add(&mut self, target: usize, predicted: usize, count: u64) -> Result<(), Error> {
        self.total = self.total.checked_add(count).ok_or(Error::TooMany)?;
        if count > 0 {
            *self.cells.entry((target, predicted)).or_default() += count;
        }
        Ok(())
    }

    /// The counts in the form in which serde stores them.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let Unchecked { classes, top_k, cells } = self.clone().into();
        serde_json::json!({ "classes": classes, "top_k": top_k, "cells": cells })
    }

    /// True class, predicted class and count of all cells that are not zero, in this order.
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
        classes.iter_mut().for_each(|class| class.complete(self.total));
        classes
    }
}

/// Refuses a batch that does not fit `classes`, or that has NaN for a score.
pub(crate) fn check_batch(
    scores: ArrayView2<'_, f32>,
    targets: &[usize],
    classes: usize,
) -> Result<(), Error> {
    if scores.nrows() != targets.len() {
        return Err(Error::Lengths { scores: scores.nrows(), targets: targets.len() });
    }
    if scores.ncols() != classes {
        return Err(Error::Columns { columns: scores.ncols(), classes });
    }
    if let Some((row, &target)) = targets.iter().enumerate().find(|(_, target)| **target >= classes) {
        return Err(Error::Target { row, target, classes });
    }
    match scores.indexed_iter().find(|(_, score)| score.is_nan()) {
        Some(((row, class), _)) => Err(Error::NotANumber { row, class }),
        None => Ok(()),
    }
}

/// Refuses classes whose confusion matrix would be too large.
pub(crate) fn check_matrix(classes: usize) -> Result<(), Error> {
    if classes > MOST_MATRIX_CLASSES {
        return Err(Error::MatrixSize { classes, most: MOST_MATRIX_CLASSES });
    }
    Ok(())
}

/// The number of classes that come before `class` when scores are ranked.
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
        assert_eq!(counts.matrix().unwrap(), array![[0, 0, 0], [0, 0, 0], [0, 1, 0]]);
    }

    #[test]
    fn a_target_among_the_k_highest_counts_as_predicted() {
        let mut counts = Counts::new(3, 2).unwrap();
        counts.update(array![[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]].view(), &[1, 2]).unwrap();
        assert_eq!(counts.matrix().unwrap(), array![[0, 0, 0], [0, 1, 0], [1, 0, 0]]);
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
    fn a_stored_state_is_checked() {
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
    fn a_forged_state_makes_no_huge_matrix() {
        let forged = r#"{"classes":1048576,"top_k":1,"cells":[[0,1048575,3]]}"#;
        let counts: Counts = serde_json::from_str(forged).unwrap();
        assert_eq!(counts.matrix(), Err(Error::MatrixSize { classes: 1 << 20, most: 1 << 14 }));
        assert_eq!(counts.by_class()[0].false_negatives, 3);
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
