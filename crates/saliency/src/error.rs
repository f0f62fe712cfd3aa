use protocols::{BoxError, ScoreFault};

/// The reason that an image cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is outside its range.
    #[error("{component}: {parameter} is {value}, expected {expected}")]
    Parameter {
        /// The type that was to be built.
        component: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// The value given.
        value: f64,
        /// The values that are possible.
        expected: &'static str,
    },
    /// A name stands for no variant of an enum.
    #[error("the {what} is `{value}`, expected one of {expected}")]
    UnknownName {
        /// What the name should stand for.
        what: &'static str,
        /// The name given.
        value: String,
        /// The names that are possible.
        expected: String,
    },
    /// The image has no values.
    #[error("the image is {height}x{width} with {channels} channels, expected at least one of each")]
    EmptyImage {
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// Channels of the image.
        channels: usize,
    },
    /// The image is larger than the masks' arithmetic can address.
    #[error("the image is {height}x{width}, too large for a grid of {cells}x{cells} cells")]
    ImageTooLarge {
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// Cells of the grid along an axis.
        cells: usize,
    },
    /// The fill's number of channels is not the image's.
    #[error("the fill has {fill} channels, expected {image} like the image")]
    FillChannels {
        /// Channels of the fill.
        fill: usize,
        /// Channels of the image.
        image: usize,
    },
    /// The fill image's shape is not the image's.
    #[error("the fill has shape {fill:?}, expected {image:?} like the image")]
    FillShape {
        /// The fill's (height, width, channels).
        fill: (usize, usize, usize),
        /// The image's (height, width, channels).
        image: (usize, usize, usize),
    },
    /// The masks' size is not the image's.
    #[error("the masks are {}x{}, expected {}x{} like the image", masks.0, masks.1, image.0, image.1)]
    MaskSize {
        /// Height and width of the masks.
        masks: (usize, usize),
        /// Height and width of the image.
        image: (usize, usize),
    },
    /// An array has the wrong shape.
    #[error("{what} has shape {actual:?}, expected {expected:?}")]
    Shape {
        /// The array.
        what: &'static str,
        /// Its shape.
        actual: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
    /// A mask's value is outside [0, 1].
    #[error("mask {mask} holds {value}, expected values from 0 to 1")]
    MaskValue {
        /// The mask's index.
        mask: usize,
        /// The value found.
        value: f32,
    },
    /// A saliency map holds a value that is NaN or infinite.
    #[error("the map holds {value} at row {row}, column {column}, expected finite numbers")]
    MapValue {
        /// The pixel's row.
        row: usize,
        /// The pixel's column.
        column: usize,
        /// The value found.
        value: f32,
    },
    /// A chosen class does not exist.
    #[error("class {class} was chosen, expected a class below {classes}")]
    Class {
        /// The class chosen.
        class: usize,
        /// How many classes the model has.
        classes: usize,
    },
    /// A score is NaN or infinite.
    #[error("the score of class {class} is {value} for {image}, expected a finite number")]
    Score {
        /// The image that was scored.
        image: ScoredImage,
        /// The column of the scores.
        class: usize,
        /// The score.
        value: f32,
    },
    /// The model returned something other than scores.
    #[error("the model's scores are invalid for the batch that starts with {image}")]
    Scores {
        /// The first image of the batch.
        image: ScoredImage,
        /// What is wrong with the scores.
        source: ScoreFault,
    },
    /// The scorer compares with the scores of the unperturbed image, and none were given.
    #[error("{scorer} needs the scores of the unperturbed image, and none were given")]
    NoReference {
        /// The scorer.
        scorer: &'static str,
    },
    /// The model failed.
    #[error("the model failed on {image}")]
    Model {
        /// The image that was scored, or the first of the batch.
        image: ScoredImage,
        /// What the model reports.
        source: BoxError,
    },
    /// The observer stopped the computation.
    #[error("stopped after {done} of {total} masks")]
    Stopped {
        /// Masks used so far.
        done: usize,
        /// Masks in all.
        total: usize,
    },
}

/// Names an image that the model scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScoredImage {
    /// The image as it was given.
    Unperturbed,
    /// The image under the mask of this index.
    Occluded(usize),
    /// The image after this many steps of insertion or deletion.
    Step(usize),
}

impl std::fmt::Display for ScoredImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unperturbed => f.write_str("the unperturbed image"),
            Self::Occluded(mask) => write!(f, "the image under mask {mask}"),
            Self::Step(steps) => write!(f, "the image after {steps} steps"),
        }
    }
}
