/// Why a metric cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    /// The two maps have different shapes.
    #[error("the maps have shapes {map:?} and {reference:?}, expected the same")]
    ShapeMismatch {
        /// The first map's height and width.
        map: (usize, usize),
        /// The second map's height and width.
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
    /// A clip range ends before it begins, or has no bounds.
    #[error("the clip range is {low} to {high}, expected low <= high")]
    ClipRange {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// A colour has another number of channels than the picture.
    #[error("the colour has {found} channels, expected {expected} as the picture has")]
    Channels {
        /// Channels of the colour.
        found: usize,
        /// Channels of the picture.
        expected: usize,
    },
}
