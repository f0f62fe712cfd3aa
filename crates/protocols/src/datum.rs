use std::collections::BTreeMap;

use ndarray::Array3;
use serde_json::Value;

/// What is known of one datum besides its picture and its class.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DatumMetadata {
    /// Names the datum within its dataset (a file's path, a row's number, …).
    pub id: String,
    /// The datum's position in the dataset. Randomness a datum is keyed by it, never by batch or order.
    pub index: usize,
    /// Anything else that is known of the datum.
    pub entries: BTreeMap<String, Value>,
}

impl DatumMetadata {
    /// Names a datum and its position, with no further entries.
    #[must_use]
    pub fn new(id: impl Into<String>, index: usize) -> Self {
        Self { id: id.into(), index, entries: BTreeMap::new() }
    }
}

/// One picture, its class and what else is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// `(height, width, channels)`, 0 to 255.
    pub image: Array3<u8>,
    /// Index of the true class.
    pub target: usize,
    /// The datum's identity.
    pub metadata: DatumMetadata,
}

/// Data side by side; the three lists have one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Pictures, each `(height, width, channels)`; sizes may differ.
    pub images: Vec<Array3<u8>>,
    /// Indices of the true classes.
    pub targets: Vec<usize>,
    /// The data's identities.
    pub metadata: Vec<DatumMetadata>,
}
