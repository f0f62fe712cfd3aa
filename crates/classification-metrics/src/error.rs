use crate::Average;

/// Why a batch cannot be counted, or a value cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A metric over fewer than two classes, or over more than any model has.
    #[error("there are {classes} classes, expected 2 to 1048576")]
    Classes {
        /// How many there are.
        classes: usize,
    },
    /// More of the highest scores than there are classes, or none.
    #[error("top_k is {top_k}, expected 1 to {classes}, the number of classes")]
    TopK {
        /// How many of the highest scores count.
        top_k: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The rows of scores, the targets and the metadata are not one a picture.
    #[error("there are {scores} rows of scores and {targets} targets, expected as many")]
    Lengths {
        /// Rows of scores.
        scores: usize,
        /// Targets.
        targets: usize,
    },
    /// A row of scores has another number of columns than there are classes.
    #[error("the scores have {columns} columns, expected {classes}, one a class")]
    Columns {
        /// Columns of the scores.
        columns: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A target is not a class.
    #[error("the target of row {row} is {target}, expected less than {classes}, the number of classes")]
    Target {
        /// The row within the batch.
        row: usize,
        /// The target.
        target: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A score is not a number, so that no class is the highest.
    #[error("the score of class {class} in row {row} is NaN")]
    NotANumber {
        /// The row within the batch.
        row: usize,
        /// The class.
        class: usize,
    },
    /// A count belongs to no class.
    #[error(
        "a count stands for class {target} taken for {predicted}, expected less than {classes}, the number of classes"
    )]
    Cell {
        /// The true class.
        target: usize,
        /// The predicted class.
        predicted: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// More pictures than can be counted.
    #[error("there are more than 2^64 pictures to count")]
    TooMany,
    /// Successes out of fewer trials, or a level that is no probability.
    #[error(
        "there are {successes} successes in {trials} trials at a confidence of {confidence}, expected successes <= trials and 0 < confidence < 1"
    )]
    Interval {
        /// How many succeeded.
        successes: u64,
        /// Out of how many.
        trials: u64,
        /// The interval's confidence level.
        confidence: f64,
    },
    /// A level that is no probability.
    #[error("the confidence is {confidence}, expected more than 0 and less than 1")]
    Confidence {
        /// The level.
        confidence: f64,
    },
    /// An interval of a score that is one number a class.
    #[error("an interval was asked for under the average `{}`, expected one that gives one number", average.name())]
    NotOneNumber {
        /// The average.
        average: Average,
    },
    /// Nothing was counted yet.
    #[error("nothing was counted, so that there is no value")]
    Empty,
    /// Counts of different things cannot be merged.
    #[error(
        "counts of {ours} classes (top {our_top_k}) cannot take in those of {theirs} (top {their_top_k})"
    )]
    Merge {
        /// Classes here.
        ours: usize,
        /// Classes there.
        theirs: usize,
        /// How many of the highest scores count here.
        our_top_k: usize,
        /// How many of the highest scores count there.
        their_top_k: usize,
    },
}
