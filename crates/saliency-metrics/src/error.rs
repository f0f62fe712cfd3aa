use std::error::Error as StdError;

/// The reason that a metric cannot be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A map has no pixels.
    #[error("the map is {height}x{width}, expected at least one pixel")]
    Empty {
        /// Rows of the map.
        height: usize,
        /// Columns of the map.
        width: usize,
    },
    /// Two maps that are compared have different shapes.
    #[error("the map has shape {map:?} and the reference {reference:?}, expected the same shape")]
    ShapeMismatch {
        /// The map's height and width.
        map: (usize, usize),
        /// The reference's height and width.
        reference: (usize, usize),
    },
    /// A pixel is NaN or infinite.
    #[error("the map holds {value} at row {row}, column {column}, expected finite numbers")]
    NotFinite {
        /// The pixel's row.
        row: usize,
        /// The pixel's column.
        column: usize,
        /// The pixel's value.
        value: f64,
    },
    /// A map that should be a distribution of mass has a negative pixel.
    #[error("the map holds {value} at row {row}, column {column}, expected no negative values")]
    Negative {
        /// The pixel's row.
        row: usize,
        /// The pixel's column.
        column: usize,
        /// The pixel's value.
        value: f64,
    },
    /// A share of an image's pixels is out of range.
    #[error("the share is {share}, expected a number above 0 and at most 1")]
    Share {
        /// The share given.
        share: f64,
    },
    /// The bounds of a clip range are not finite or not in order.
    #[error("the clip range is {low} to {high}, expected finite bounds with low <= high")]
    ClipRange {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// A metric defined in another crate failed.
    #[error("cannot compute `{name}`")]
    Other {
        /// The metric's name.
        name: String,
        /// What the metric reports.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// The error of a metric defined in another crate.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::error::Error as _;
    ///
    /// let error = saliency_metrics::Error::other("peak", "the map has no pixels");
    /// assert_eq!(error.to_string(), "cannot compute `peak`");
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the map has no pixels"));
    /// ```
    pub fn other(name: impl Into<String>, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other { name: name.into(), source: source.into() }
    }
}
