use protocols::BoxError;

/// Why a picture cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter lies outside its range.
    #[error("{component}: {parameter} is {value}, expected {expected}")]
    Parameter {
        /// The type that was to be built.
        component: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// The picture has no values.
    #[error("the picture is {height}x{width} with {channels} channels, expected at least one of each")]
    EmptyImage {
        /// Rows of the picture.
        height: usize,
        /// Columns of the picture.
        width: usize,
        /// Channels of the picture.
        channels: usize,
    },
    /// The picture is larger than the masks' arithmetic can address.
    #[error("the picture is {height}x{width}, too large for a grid of {cells}x{cells} cells")]
    ImageTooLarge {
        /// Rows of the picture.
        height: usize,
        /// Columns of the picture.
        width: usize,
        /// Cells of the grid along an axis.
        cells: usize,
    },
    /// The fill has another number of channels than the picture.
    #[error("the fill has {fill} channels, expected {image} as the picture has")]
    FillChannels {
        /// Channels of the fill.
        fill: usize,
        /// Channels of the picture.
        image: usize,
    },
    /// The picture to fill with has another shape than the picture.
    #[error("the fill has shape {fill:?}, expected {image:?} as the picture has")]
    FillShape {
        /// The fill's (height, width, channels).
        fill: (usize, usize, usize),
        /// The picture's (height, width, channels).
        image: (usize, usize, usize),
    },
    /// A mask, or the buffer for an occluded picture, does not match the picture.
    #[error("{what} has shape {actual:?}, expected {expected:?}")]
    Shape {
        /// What has the wrong shape.
        what: &'static str,
        /// Its shape.
        actual: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
    /// A mask's value lies outside [0, 1].
    #[error("mask {mask} holds {value}, expected values from 0 to 1")]
    MaskValue {
        /// The mask's position.
        mask: usize,
        /// The value found.
        value: f32,
    },
    /// A chosen class does not exist.
    #[error("class {class} was chosen, expected one below {classes}")]
    Class {
        /// What was chosen.
        class: usize,
        /// How many classes the model has.
        classes: usize,
    },
    /// A score is NaN or infinite.
    #[error("the score of class {class} is {value} for {picture}, expected a finite number")]
    Score {
        /// Which picture was scored.
        picture: Picture,
        /// The column of the scores.
        class: usize,
        /// The score.
        value: f32,
    },
    /// The scorer compares with the untouched picture's scores, and there are none.
    #[error("{scorer} compares with the scores of the unperturbed picture, and none were given")]
    NoReference {
        /// The scorer.
        scorer: &'static str,
    },
    /// The model failed.
    #[error("the model failed on {picture}")]
    Model {
        /// Which picture, or the first of the batch.
        picture: Picture,
        /// What the model reports.
        source: BoxError,
    },
    /// The observer asked to stop.
    #[error("cancelled after {done} of {total} pictures")]
    Cancelled {
        /// Pictures scored so far.
        done: usize,
        /// Pictures there would have been.
        total: usize,
    },
}

/// Names a picture that the model scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Picture {
    /// The picture as it was given.
    Unperturbed,
    /// The picture under the mask of this position.
    Occluded(usize),
}

impl std::fmt::Display for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unperturbed => f.write_str("the unperturbed picture"),
            Self::Occluded(mask) => write!(f, "the picture under mask {mask}"),
        }
    }
}
