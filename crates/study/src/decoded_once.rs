use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocols::{BoxError, Dataset, DatasetMetadata, Datum};

/// The most bytes of images that are kept.
const ROOM: usize = 256 << 20;

/// A dataset whose images are decoded once, as far as there is room for them: each setting reads all of them again.
///
/// The first that are read are kept, since the last would be gone by the time that they are read again.
pub(crate) struct DecodedOnce<'a> {
    dataset: &'a dyn Dataset,
    kept: Mutex<Kept>,
}

struct Kept {
    data: HashMap<usize, Arc<Datum>>,
    /// Bytes that may still be taken.
    room: usize,
}

impl<'a> DecodedOnce<'a> {
    pub(crate) fn new(dataset: &'a dyn Dataset) -> Self {
        Self::with_room(dataset, ROOM)
    }

    fn with_room(dataset: &'a dyn Dataset, room: usize) -> Self {
        Self { dataset, kept: Mutex::new(Kept { data: HashMap::new(), room }) }
    }
}

impl Dataset for DecodedOnce<'_> {
    fn metadata(&self) -> &DatasetMetadata {
        self.dataset.metadata()
    }

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        // Whoever panicked with the lock held left whole data behind.
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().data.get(&index).map(Arc::clone);
        if let Some(datum) = known {
            return Ok(Datum::clone(&datum));
        }
        let datum = self.dataset.get(index)?;
        let bytes = size_of::<Datum>() + datum.image.len();
        let mut kept = kept();
        // Further entries may have any size.
        if bytes <= kept.room && datum.metadata.entries.is_empty() {
            kept.room -= bytes;
            kept.data.insert(index, Arc::new(datum.clone()));
        }
        Ok(datum)
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        self.dataset.target(index)
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        self.dataset.id(index)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ndarray::Array3;
    use protocols::DatumMetadata;

    use super::*;

    /// Images of 100 bytes; counts how often each is decoded. The third has an entry, the fourth cannot be read.
    struct Counted {
        metadata: DatasetMetadata,
        decoded: [AtomicUsize; 4],
    }

    impl Dataset for Counted {
        fn metadata(&self) -> &DatasetMetadata {
            &self.metadata
        }

        fn len(&self) -> usize {
            4
        }

        fn get(&self, index: usize) -> Result<Datum, BoxError> {
            self.decoded[index].fetch_add(1, Ordering::Relaxed);
            let mut metadata = DatumMetadata::new(index.to_string(), index);
            match index {
                2 => drop(metadata.entries.insert("depth".to_owned(), 1.into())),
                3 => return Err("damaged".into()),
                _ => {}
            }
            Ok(Datum { image: Array3::from_elem((10, 10, 1), index as u8), target: index, metadata })
        }
    }

    fn counted() -> Counted {
        let metadata = DatasetMetadata::new("counted", vec!["a".to_owned()]);
        Counted { metadata, decoded: Default::default() }
    }

    /// How often each image is decoded when all are read three times.
    fn decoded(room: usize) -> [usize; 4] {
        let dataset = counted();
        let kept = DecodedOnce::with_room(&dataset, room);
        for index in (0..4).cycle().take(12) {
            let text = |read: Result<Datum, BoxError>| read.map_err(|error| error.to_string());
            assert_eq!(text(kept.get(index)), text(counted().get(index)));
        }
        dataset.decoded.map(AtomicUsize::into_inner)
    }

    #[test]
    fn images_are_decoded_once_where_there_is_room() {
        assert_eq!(decoded(ROOM), [1, 1, 3, 3]);
        assert_eq!(decoded(100 + size_of::<Datum>()), [1, 3, 3, 3]);
        assert_eq!(decoded(0), [3; 4]);
    }
}
