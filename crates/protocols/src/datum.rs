use std::collections::BTreeMap;

use ndarray::Array3;
use serde_json::Value;

/// What is known about a datum besides its image and its class.
///
/// ```
/// use protocols::DatumMetadata;
///
/// let mut metadata = DatumMetadata::new("Forest/Forest_12.png", 7);
/// metadata.entries.insert("sensor".to_owned(), "Sentinel-2".into());
/// assert_eq!((metadata.index, metadata.key), (7, 7));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DatumMetadata {
    /// The datum's name within its dataset: a file's path, a row's number, and so on.
    pub id: String,
    /// The datum's position in this dataset.
    pub index: usize,
    /// The datum's position in the whole dataset, of which this one may be a [`Subset`](crate::Subset).
    ///
    /// Random numbers for the datum are seeded with it, so that they depend neither on the subset nor on
    /// batches, threads or order.
    pub key: usize,
    /// Anything else that is known about the datum.
    pub entries: BTreeMap<String, Value>,
}

impl DatumMetadata {
    /// Names a datum at a position of a whole dataset: `index` is its key, too. There are no entries.
    #[must_use]
    pub fn new(id: impl Into<String>, index: usize) -> Self {
        Self { id: id.into(), index, key: index, entries: BTreeMap::new() }
    }
}

/// An image, its class and its metadata.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Datum, DatumMetadata};
///
/// let image = Array3::zeros((64, 48, 3));
/// let datum = Datum { image, target: 2, metadata: DatumMetadata::new("a", 0) };
/// assert_eq!(datum.image.dim(), (64, 48, 3));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// `(height, width, channels)`, 0 to 255.
    pub image: Array3<u8>,
    /// Index of the true class.
    pub target: usize,
    /// The datum's name, position and further entries.
    pub metadata: DatumMetadata,
}
