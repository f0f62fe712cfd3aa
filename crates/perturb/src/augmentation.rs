use protocols::{Augmentation, AugmentationMetadata, Batch, BoxError};
use serde_json::Value;

use crate::{Perturber, PerturberSpec, Randomness};

/// The metadata entry under which a datum's perturbations are listed.
const KEY: &str = "perturbations";

/// A perturber as an augmentation of the evaluate loop.
///
/// Each picture is perturbed with its own datum's random numbers, so that batches and order do not matter.
/// The datum keeps its id; the perturber's name and parameters are appended to the list `perturbations` in
/// its metadata, and no other entry is touched. This is NRTK's `MAITEImageClassificationAugmentation`.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{GaussianBlur, PerturberAugmentation, Randomness, Rng};
/// use protocols::{Augmentation, Batch, DatumMetadata};
///
/// let blur = PerturberAugmentation::new(GaussianBlur::new(3)?, Randomness::new(Rng::Numpy, 123));
/// let batch = Batch {
///     images: vec![Array3::zeros((8, 8, 3))],
///     targets: vec![1],
///     metadata: vec![DatumMetadata::new("tile-7", 7)],
/// };
/// let perturbed = blur.augment(batch)?;
/// assert_eq!(perturbed.metadata[0].id, "tile-7");
/// assert_eq!(perturbed.metadata[0].entries["perturbations"][0]["GaussianBlur"]["ksize"], 3);
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Debug)]
pub struct PerturberAugmentation<P> {
    metadata: AugmentationMetadata,
    perturber: P,
    randomness: Randomness,
}

impl<P: Perturber> PerturberAugmentation<P> {
    /// Perturbs with random numbers from `randomness`, datum by datum.
    #[must_use]
    pub fn new(perturber: P, randomness: Randomness) -> Self {
        Self { metadata: AugmentationMetadata::new(perturber.name()), perturber, randomness }
    }
}

impl<P: Perturber> Augmentation for PerturberAugmentation<P> {
    fn metadata(&self) -> &AugmentationMetadata {
        &self.metadata
    }

    fn augment(&self, mut batch: Batch) -> Result<Batch, BoxError> {
        let done = Value::from(PerturberSpec::of(&self.perturber));
        for (image, metadata) in batch.images.iter_mut().zip(&mut batch.metadata) {
            let list = metadata.entries.entry(KEY.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(list) = list else {
                return Err(format!("datum `{}` has an entry `{KEY}` that is no list", metadata.id).into());
            };
            list.push(done.clone());
            *image = self.perturber.perturb(image.view(), &mut self.randomness.datum(metadata.index))?;
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rng, SaltNoise};
    use ndarray::Array3;
    use protocols::DatumMetadata;

    fn batch(indices: &[usize]) -> Batch {
        Batch {
            images: vec![Array3::zeros((9, 9, 3)); indices.len()],
            targets: vec![0; indices.len()],
            metadata: indices.iter().map(|i| DatumMetadata::new(i.to_string(), *i)).collect(),
        }
    }

    #[test]
    fn a_datum_is_perturbed_alike_in_any_batch() {
        for rng in Rng::ALL {
            let randomness = Randomness::new(*rng, 1);
            let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), randomness);
            let together = salt.augment(batch(&[0, 1, 2])).unwrap();
            let apart = salt.augment(batch(&[2, 0])).unwrap();
            assert_eq!((&together.images[2], &together.images[0]), (&apart.images[0], &apart.images[1]));
            assert_ne!(together.images[0], together.images[1]);
        }
    }

    #[test]
    fn perturbations_are_listed_in_order_and_other_entries_stay() {
        let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), Randomness::new(Rng::ChaCha, 1));
        let mut data = batch(&[4]);
        data.metadata[0].entries.insert("image".into(), "no trouble".into());
        let twice = salt.augment(salt.augment(data).unwrap()).unwrap();
        let entries = &twice.metadata[0].entries;
        assert_eq!(
            (entries["image"].as_str(), entries[KEY].as_array().map(Vec::len)),
            (Some("no trouble"), Some(2))
        );
    }

    #[test]
    fn an_entry_of_the_same_name_is_not_overwritten() {
        let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), Randomness::new(Rng::ChaCha, 1));
        let mut data = batch(&[4]);
        data.metadata[0].entries.insert(KEY.into(), "mine".into());
        assert!(salt.augment(data).unwrap_err().to_string().contains("datum `4`"));
    }
}
