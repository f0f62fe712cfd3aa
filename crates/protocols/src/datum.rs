use std::collections::BTreeMap;

use ndarray::Array3;
use serde_json::Value;

/// What is known of one datum besides its picture and its class.
///
/// ```
/// use protocols::DatumMetadata;
///
/// let mut metadata = DatumMetadata::new("Forest/Forest_12.png", 7);
/// metadata.entries.insert("sensor".to_owned(), "Sentinel-2".into());
/// assert_eq!(metadata.index, 7);
/// ```
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
    /// The datum's identity.
    pub metadata: DatumMetadata,
}

/// Data side by side; the three lists have one length.
///
/// ```
/// use ndarray::Array3;
/// use protocols::{Batch, Datum, DatumMetadata};
///
/// let data = (0..3).map(|i| Datum {
///     image: Array3::zeros((4, 4, 1)),
///     target: i,
///     metadata: DatumMetadata::new(i.to_string(), i),
/// });
/// let batch: Batch = data.collect();
/// assert_eq!((batch.len(), batch.targets.as_slice()), (3, [0, 1, 2].as_slice()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Pictures, each `(height, width, channels)`; sizes may differ.
    pub images: Vec<Array3<u8>>,
    /// Indices of the true classes.
    pub targets: Vec<usize>,
    /// The data's identities.
    pub metadata: Vec<DatumMetadata>,
}

impl Batch {
    /// How many pictures there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Whether the three lists have one length.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.targets.len() == self.images.len() && self.metadata.len() == self.images.len()
    }

    /// Appends a datum.
    pub fn push(&mut self, datum: Datum) {
        self.images.push(datum.image);
        self.targets.push(datum.target);
        self.metadata.push(datum.metadata);
    }

    /// Takes the batch apart, as many data as the shortest list has.
    #[must_use]
    pub fn into_data(self) -> impl ExactSizeIterator<Item = Datum> {
        self.images
            .into_iter()
            .zip(self.targets)
            .zip(self.metadata)
            .map(|((image, target), metadata)| Datum { image, target, metadata })
    }
}

impl From<Datum> for Batch {
    fn from(datum: Datum) -> Self {
        Self { images: vec![datum.image], targets: vec![datum.target], metadata: vec![datum.metadata] }
    }
}

impl Extend<Datum> for Batch {
    fn extend<I: IntoIterator<Item = Datum>>(&mut self, data: I) {
        data.into_iter().for_each(|datum| self.push(datum));
    }
}

impl FromIterator<Datum> for Batch {
    fn from_iter<I: IntoIterator<Item = Datum>>(data: I) -> Self {
        let mut batch = Self::default();
        batch.extend(data);
        batch
    }
}
