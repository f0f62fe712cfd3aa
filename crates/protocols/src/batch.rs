use ndarray::Array3;

use crate::{Datum, DatumMetadata};

/// Data that the model scores together; the three lists have one length.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) images: Vec<Array3<u8>>,
    pub(crate) targets: Vec<usize>,
    pub(crate) metadata: Vec<DatumMetadata>,
    /// Memory of the images.
    bytes: usize,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.images.len()
    }

    /// Bytes of all images.
    pub(crate) fn image_bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    pub(crate) fn push(&mut self, datum: Datum) {
        self.bytes += datum.image.len();
        self.images.push(datum.image);
        self.targets.push(datum.target);
        self.metadata.push(datum.metadata);
    }

    pub(crate) fn into_data(self) -> impl Iterator<Item = Datum> {
        let images_and_targets = self.images.into_iter().zip(self.targets);
        images_and_targets.zip(self.metadata).map(|((image, target), metadata)| Datum {
            image,
            target,
            metadata,
        })
    }
}
