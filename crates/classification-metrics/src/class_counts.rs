use std::iter::Sum;

/// How the images of a class, and of the others, were classified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    pub(crate) true_positives: u64,
    pub(crate) false_positives: u64,
    pub(crate) false_negatives: u64,
    pub(crate) true_negatives: u64,
}

impl ClassCounts {
    pub(crate) fn targets(self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Sets the true negatives, which are the rest of `total` images.
    pub(crate) fn complete(&mut self, total: u64) {
        self.true_negatives = total - self.targets() - self.false_positives;
    }
}

impl Sum for ClassCounts {
    /// Saturates: the true negatives of many classes together may be more than 2^64.
    fn sum<I: Iterator<Item = Self>>(classes: I) -> Self {
        classes.fold(Self::default(), |total, class| Self {
            true_positives: total.true_positives.saturating_add(class.true_positives),
            false_positives: total.false_positives.saturating_add(class.false_positives),
            false_negatives: total.false_negatives.saturating_add(class.false_negatives),
            true_negatives: total.true_negatives.saturating_add(class.true_negatives),
        })
    }
}
