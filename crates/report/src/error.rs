use crate::figure::MOST_PIXELS;

/// Why a figure cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to draw.
    #[error("there are no {what} to draw")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// An image has no pixels, or neither one channel nor three.
    #[error("the image has shape {shape:?}, expected (height, width, 1 or 3) and at least one pixel")]
    ImageShape {
        /// The image's height, width and channels.
        shape: (usize, usize, usize),
    },
    /// A map and its image differ in size.
    #[error("the map has shape {map:?}, expected {image:?}, the height and width of its image")]
    MapSize {
        /// The map's height and width.
        map: (usize, usize),
        /// The image's height and width.
        image: (usize, usize),
    },
    /// An explained image has no row in the table of saliency metrics.
    #[error("image {image_id} at {setting} has no row among the saliency metrics")]
    NoRow {
        /// The image's setting.
        setting: results::Setting,
        /// The image's position in the dataset.
        image_id: usize,
    },
    /// Fewer than two studies are compared.
    #[error("there are {count} studies to compare, expected at least 2")]
    TooFew {
        /// The number of studies.
        count: usize,
    },
    /// Two studies are not of the same images and settings.
    #[error("study {study} cannot be compared with the first: {difference}")]
    Incomparable {
        /// The study's number, counted from 1.
        study: usize,
        /// What differs.
        difference: String,
    },
    /// A figure is too large to render.
    #[error("the figure would be {width}x{height} pixels, expected at most {MOST_PIXELS} on either side")]
    Size {
        /// The figure's width in pixels.
        width: u32,
        /// The figure's height in pixels.
        height: u32,
    },
    /// A perturber refused its settings or an image.
    #[error("{name} cannot be shown")]
    Perturber {
        /// The perturber's name.
        name: String,
        /// The cause.
        source: Box<perturb::Error>,
    },
    /// The renderer or the encoder failed.
    #[error("cannot render the figure")]
    Render {
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn render(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Render { source: source.into() }
    }
}
