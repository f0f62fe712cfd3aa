use crate::Average;

/// Why a metric cannot be built, a batch cannot be added, or a value cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A metric over fewer than two classes, or over more than any model has.
    #[error("classes is {classes}, expected 2 to 1048576")]
    Classes {
        /// The number of classes.
        classes: usize,
    },
    /// The k of top-k is 0, or larger than the number of classes.
    #[error("top_k is {top_k}, expected 1 to {classes}, the number of classes")]
    TopK {
        /// The k of top-k.
        top_k: usize,
        /// The number of classes.
        classes: usize,
    },
    /// The beta of an F-beta score is not positive.
    #[error("beta is {beta}, expected a positive number")]
    Beta {
        /// The beta.
        beta: f64,
    },
    /// A calibration error without bins, or with too many.
    #[error("bins is {bins}, expected 1 to 1048576")]
    Bins {
        /// The number of bins.
        bins: usize,
    },
    /// A curve with fewer than two thresholds, or with too many.
    #[error("thresholds is {thresholds}, expected 2 to 1048576")]
    Thresholds {
        /// The number of thresholds.
        thresholds: usize,
    },
    /// A metric that is not defined under an average.
    #[error("{metric} is not defined under the average `{average}`, expected macro, weighted or per_class")]
    Undefined {
        /// The metric.
        metric: &'static str,
        /// The average.
        average: Average,
    },
    /// A confusion matrix of too many classes.
    #[error("a confusion matrix of {classes} classes is too large, expected at most {most}")]
    MatrixSize {
        /// The number of classes.
        classes: usize,
        /// The largest possible number.
        most: usize,
    },
    /// A text does not name one of an enum's variants.
    #[error("unknown {what} `{name}`, expected one of {expected}")]
    UnknownName {
        /// What the text should name.
        what: &'static str,
        /// The text.
        name: String,
        /// The possible names.
        expected: String,
    },
    /// There is not one target per row of scores.
    #[error("there are {scores} rows of scores and {targets} targets, expected as many of each")]
    Lengths {
        /// Rows of scores.
        scores: usize,
        /// Targets.
        targets: usize,
    },
    /// The scores do not have one column per class.
    #[error("the scores have {columns} columns, expected {classes}, the number of classes")]
    Columns {
        /// Columns of the scores.
        columns: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A target is not a class.
    #[error("the target of row {row} is {target}, expected less than {classes}, the number of classes")]
    Target {
        /// The row of the batch.
        row: usize,
        /// The target.
        target: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A score is NaN, so that no class has the highest score.
    #[error("the score of class {class} in row {row} is NaN")]
    NotANumber {
        /// The row of the batch.
        row: usize,
        /// The class.
        class: usize,
    },
    /// A score that should be a probability is negative or more than 1.
    #[error("the score of class {class} in row {row} is {score}, expected a probability from 0 to 1")]
    Probability {
        /// The row of the batch.
        row: usize,
        /// The class.
        class: usize,
        /// The score.
        score: f32,
    },
    /// A logit is infinite.
    #[error("the score of class {class} in row {row} is {score}, expected a finite number")]
    Infinite {
        /// The row of the batch.
        row: usize,
        /// The class.
        class: usize,
        /// The score.
        score: f32,
    },
    /// A count is of a class that does not exist.
    #[error(
        "a count is of class {target} predicted as {predicted}, expected less than {classes}, the number of classes"
    )]
    Cell {
        /// The true class.
        target: usize,
        /// The predicted class.
        predicted: usize,
        /// The number of classes.
        classes: usize,
    },
    /// More images than can be counted.
    #[error("there are more than 2^64 images to count")]
    TooMany,
    /// More successes than trials, or a confidence that is not a probability.
    #[error(
        "successes is {successes}, trials is {trials} and confidence is {confidence}, expected successes <= trials and 0 < confidence < 1"
    )]
    Interval {
        /// The number of successes.
        successes: u64,
        /// The number of trials.
        trials: u64,
        /// The confidence level.
        confidence: f64,
    },
    /// A confidence that is not a probability.
    #[error("confidence is {confidence}, expected more than 0 and less than 1")]
    Confidence {
        /// The confidence level.
        confidence: f64,
    },
    /// An interval of a score that is not one number.
    #[error("an interval under the average `{average}` was asked for, expected micro, macro or weighted")]
    NotOneNumber {
        /// The average.
        average: Average,
    },
    /// Nothing is counted yet.
    #[error("no images were added, expected at least one")]
    Empty,
    /// Counts of different things cannot be merged.
    #[error(
        "counts of {theirs} classes (top {their_top_k}) cannot be merged into those of {ours} classes (top {our_top_k})"
    )]
    Merge {
        /// Classes of the counts that are merged into.
        ours: usize,
        /// Classes of the other counts.
        theirs: usize,
        /// The k of the counts that are merged into.
        our_top_k: usize,
        /// The k of the other counts.
        their_top_k: usize,
    },
    /// A stored state is not that of the metric.
    #[error("the state is of {found}, expected {expected}")]
    State {
        /// What the state is of.
        found: String,
        /// What it must be of.
        expected: String,
    },
    /// Error rates that cannot be compared.
    #[error("{what}")]
    ErrorRates {
        /// What does not fit.
        what: String,
    },
}
