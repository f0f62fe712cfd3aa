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
    /// A picture has neither one channel nor three, or no pixels.
    #[error("the picture has shape {shape:?}, expected pixels of 1 or 3 channels")]
    Picture {
        /// Its height, width and channels.
        shape: (usize, usize, usize),
    },
    /// A map has another size than its picture.
    #[error("the map is {map:?}, expected {picture:?} as its picture")]
    MapSize {
        /// The map's height and width.
        map: (usize, usize),
        /// The picture's.
        picture: (usize, usize),
    },
    /// A figure is too large to be rendered.
    #[error("a figure of {width}x{height} pixels is too large to be rendered")]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The renderer or the encoder failed.
    #[error("the figure cannot be rendered")]
    Render {
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn render(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Render { source: source.into() }
    }
}
