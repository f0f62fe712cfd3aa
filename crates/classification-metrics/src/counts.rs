use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::Error;

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
#[serde(try_from = "Unchecked")]
pub struct Counts {
    classes: usize,
    top_k: usize,
    matrix: Vec<u64>,
}

/// [`Counts`] as they are written down, not checked yet.
#[derive(Deserialize)]
struct Unchecked {
    classes: usize,
    top_k: usize,
    matrix: Vec<u64>,
}

impl TryFrom<Unchecked> for Counts {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        let Unchecked { classes, top_k, matrix } = unchecked;
        let empty = Self::new(classes, top_k)?;
        if matrix.len() != empty.matrix.len() {
            return Err(Error::Matrix { entries: matrix.len(), classes });
        }
        Ok(Self { matrix, ..empty })
    }
}

/// What a class's metrics are made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClassCounts {
    pub(crate) true_positives: f64,
    pub(crate) false_positives: f64,
    pub(crate) false_negatives: f64,
}

impl Counts {
    /// Counts nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::Classes`] for fewer than two classes, [`Error::TopK`] unless `top_k` is 1 to `classes`.
    pub fn new(classes: usize, top_k: usize) -> Result<Self, Error> {
        if classes < 2 {
            return Err(Error::Classes { classes });
        }
        if top_k == 0 || top_k > classes {
            return Err(Error::TopK { top_k, classes });
        }
        Ok(Self { classes, top_k, matrix: vec![0; classes * classes] })
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
        self.matrix.iter().sum()
    }

    /// The confusion matrix: true classes down, predicted ones across.
    #[must_use]
    pub fn matrix(&self) -> Array2<u64> {
        Array2::from_shape_fn((self.classes, self.classes), |(target, class)| self.at(target, class))
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.matrix.fill(0);
    }

    /// Counts a batch: `scores` is `(pictures, classes)`, `targets` has one entry a picture.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`], [`Error::Columns`], [`Error::Target`], [`Error::NotANumber`]; nothing of the
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
        for (row, &target) in scores.rows().into_iter().zip(targets) {
            let class = if rank(row, target) < self.top_k { target } else { first_highest(row) };
            self.matrix[target * classes + class] += 1;
        }
        Ok(())
    }

    /// Takes in what `other` counted. The order of merging does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Merge`] unless both count the same classes and top-k.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if (self.classes, self.top_k, self.matrix.len()) != (other.classes, other.top_k, other.matrix.len()) {
            return Err(Error::Merge {
                ours: self.classes,
                theirs: other.classes,
                our_top_k: self.top_k,
                their_top_k: other.top_k,
            });
        }
        for (ours, theirs) in self.matrix.iter_mut().zip(&other.matrix) {
            *ours += theirs;
        }
        Ok(())
    }

    /// The counts as JSON: what serde writes.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "classes": self.classes, "top_k": self.top_k, "matrix": self.matrix })
    }

    pub(crate) fn by_class(&self) -> Vec<ClassCounts> {
        (0..self.classes)
            .map(|class| {
                let hits = self.at(class, class);
                let truth: u64 = (0..self.classes).map(|other| self.at(class, other)).sum();
                let predicted: u64 = (0..self.classes).map(|other| self.at(other, class)).sum();
                ClassCounts {
                    true_positives: hits as f64,
                    false_positives: (predicted - hits) as f64,
                    false_negatives: (truth - hits) as f64,
                }
            })
            .collect()
    }

    fn at(&self, target: usize, class: usize) -> u64 {
        self.matrix[target * self.classes + class]
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

fn first_highest(scores: ArrayView1<'_, f32>) -> usize {
    scores.iter().enumerate().fold(0, |best, (class, &score)| if score > scores[best] { class } else { best })
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
        assert_eq!(Counts::new(1, 1), Err(Error::Classes { classes: 1 }));
        assert_eq!(Counts::new(3, 0), Err(Error::TopK { top_k: 0, classes: 3 }));
        assert_eq!(Counts::new(3, 4), Err(Error::TopK { top_k: 4, classes: 3 }));
    }
}
