use protocols::{Augmentation, AugmentationMetadata, BoxError, Datum};
use serde_json::Value;

use crate::{Perturber, PerturberSpec, Randomness};

/// The metadata entry under which a datum's perturbations are listed.
const KEY: &str = "perturbations";

/// A perturber as an augmentation of the evaluation loop.
///
/// Each image is perturbed with the random numbers of its datum's key, so that subsets, batches and order do
/// not matter. The datum keeps its id; the perturber's name and parameters are appended to the list
/// `perturbations` in its metadata, and its other entries stay. This is NRTK's
/// `MAITEImageClassificationAugmentation`.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{GaussianBlur, PerturberAugmentation, Randomness, Rng};
/// use protocols::{Augmentation, Datum, DatumMetadata};
///
/// let blur = PerturberAugmentation::new(GaussianBlur::new(3)?, Randomness::new(Rng::Numpy, 123));
/// let datum =
///     Datum { image: Array3::zeros((8, 8, 3)), target: 1, metadata: DatumMetadata::new("tile-7", 7) };
/// let perturbed = blur.augment(datum)?;
/// assert_eq!(perturbed.metadata.id, "tile-7");
/// assert_eq!(perturbed.metadata.entries["perturbations"][0]["GaussianBlur"]["ksize"], 3);
/// # Ok::<(), protocols::BoxError>(())
/// ```
#[derive(Debug)]
pub struct PerturberAugmentation<P> {
    metadata: AugmentationMetadata,
    perturber: P,
    randomness: Randomness,
}

impl<P: Perturber> PerturberAugmentation<P> {
    /// Perturbs each datum with its random numbers from `randomness`.
    #[must_use]
    pub fn new(perturber: P, randomness: Randomness) -> Self {
        Self { metadata: AugmentationMetadata::new(perturber.name()), perturber, randomness }
    }
}

impl<P: Perturber> Augmentation for PerturberAugmentation<P> {
    fn metadata(&self) -> &AugmentationMetadata {
        &self.metadata
    }

    fn augment(&self, datum: Datum) -> Result<Datum, BoxError> {
        let Datum { image, target, mut metadata } = datum;
        let list = metadata.entries.entry(KEY.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
        let Value::Array(list) = list else {
            return Err(format!("datum `{}` has an entry `{KEY}` that is not a list", metadata.id).into());
        };
        list.push(PerturberSpec::of(&self.perturber).into());
        let mut random = self.randomness.datum(metadata.key);
        let image = self.perturber.perturb_datum(image.view(), &metadata.entries, &mut random)?;
        Ok(Datum { image, target, metadata })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rng, SaltNoise};
    use ndarray::Array3;
    use protocols::conformance::check_augmentation;
    use protocols::{Augmented, Dataset, DatumMetadata, MemoryDataset, Subset};

    fn datum(index: usize) -> Datum {
        let metadata = DatumMetadata::new(index.to_string(), index);
        Datum { image: Array3::zeros((9, 9, 3)), target: 0, metadata }
    }

    #[test]
    fn it_keeps_the_promises_of_an_augmentation() {
        for randomness in [Rng::ChaCha, Rng::Numpy].map(|rng| Randomness::new(rng, 1)) {
            let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), randomness);
            let violations = check_augmentation(&salt, &[datum(0), datum(1), datum(5)]);
            assert!(violations.is_empty(), "{violations}");
        }
    }

    #[test]
    fn the_key_decides_the_random_numbers_and_the_index_does_not() {
        for rng in Rng::ALL {
            let randomness = Randomness::new(*rng, 1);
            let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), randomness);
            let perturbed = |datum| salt.augment(datum).unwrap().image;
            let mut moved = datum(2);
            moved.metadata.index = 0;
            assert_eq!(perturbed(datum(2)), perturbed(moved));
            assert_ne!(perturbed(datum(2)), perturbed(datum(0)));
        }
    }

    #[test]
    fn an_image_has_the_same_noise_in_every_subset() {
        let images = vec![(Array3::zeros((9, 9, 3)), 0); 4];
        let dataset = MemoryDataset::new("black", vec!["a".to_owned()], images).unwrap();
        let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), Randomness::new(Rng::ChaCha, 1));
        let whole = Augmented::new(&dataset, &salt);
        let part = Augmented::new(Subset::new(&dataset, vec![3, 1]).unwrap(), &salt);
        for (index, whole_index) in [(0, 3), (1, 1)] {
            assert_eq!(part.get(index).unwrap().image, whole.get(whole_index).unwrap().image);
        }
    }

    #[test]
    fn perturbations_are_listed_in_order_and_other_entries_stay() {
        let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), Randomness::new(Rng::ChaCha, 1));
        let mut once = datum(4);
        once.metadata.entries.insert("image".into(), "no trouble".into());
        let twice = salt.augment(salt.augment(once).unwrap()).unwrap();
        let entries = &twice.metadata.entries;
        assert_eq!(
            (entries["image"].as_str(), entries[KEY].as_array().map(Vec::len)),
            (Some("no trouble"), Some(2))
        );
    }

    #[test]
    fn an_entry_of_the_same_name_is_not_overwritten() {
        let salt = PerturberAugmentation::new(SaltNoise::new(0.3).unwrap(), Randomness::new(Rng::ChaCha, 1));
        let mut marked = datum(4);
        marked.metadata.entries.insert(KEY.into(), "mine".into());
        assert!(salt.augment(marked).unwrap_err().to_string().contains("datum `4`"));
    }
}
