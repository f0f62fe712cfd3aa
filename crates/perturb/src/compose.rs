use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use crate::values::copied;
use crate::{Error, Perturber, PerturberSpec, Random};

/// Several perturbers, one after the other, drawing from one stream.
///
/// This is NRTK's `ComposePerturber`. Without perturbers the image stays as it is.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Compose, GaussianBlur, Perturber, Random, SaltNoise};
///
/// let both = Compose::new().then(SaltNoise::new(0.1)?).then(GaussianBlur::new(3)?);
/// let image = Array3::<u8>::zeros((9, 9, 3));
/// assert!(both.perturb(image.view(), &mut Random::chacha(1, 0))?.iter().any(|&value| value > 0));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Compose {
    perturbers: Vec<Arc<dyn Perturber>>,
}

impl Compose {
    /// A composition without perturbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a perturber, which receives what the ones before it return.
    #[must_use]
    pub fn then(mut self, perturber: impl Perturber + 'static) -> Self {
        self.perturbers.push(Arc::new(perturber));
        self
    }

    /// The perturbers, in order.
    #[must_use]
    pub fn perturbers(&self) -> &[Arc<dyn Perturber>] {
        &self.perturbers
    }
}

impl FromIterator<Arc<dyn Perturber>> for Compose {
    fn from_iter<T: IntoIterator<Item = Arc<dyn Perturber>>>(perturbers: T) -> Self {
        Self { perturbers: perturbers.into_iter().collect() }
    }
}

impl PartialEq for Compose {
    fn eq(&self, other: &Self) -> bool {
        self.parameters() == other.parameters()
    }
}

impl Perturber for Compose {
    fn name(&self) -> &'static str {
        "Compose"
    }

    fn is_identity(&self) -> bool {
        self.perturbers.iter().all(Perturber::is_identity)
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        let specs = self.perturbers.iter().map(PerturberSpec::of);
        BTreeMap::from([("perturbers".to_owned(), specs.collect())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        self.perturb_datum(image, &BTreeMap::new(), random)
    }

    fn perturb_datum(
        &self,
        image: ArrayView3<'_, u8>,
        metadata: &BTreeMap<String, Value>,
        random: &mut Random,
    ) -> Result<Array3<u8>, Error> {
        let Some((first, rest)) = self.perturbers.split_first() else {
            return Ok(copied(image));
        };
        rest.iter().try_fold(first.perturb_datum(image, metadata, random)?, |image, perturber| {
            perturber.perturb_datum(image.view(), metadata, random)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Brightness, Contrast};

    #[test]
    fn perturbers_run_in_order() {
        let image = Array3::from_shape_fn((4, 4, 1), |(y, x, _)| (60 * y + 5 * x) as u8);
        let (bright, flat) = (Brightness::new(0.5).unwrap(), Contrast::new(0.2).unwrap());
        let mut random = Random::chacha(0, 0);
        let both = Compose::new().then(bright).then(flat).perturb(image.view(), &mut random).unwrap();
        let first = bright.perturb(image.view(), &mut random).unwrap();
        assert_eq!(both, flat.perturb(first.view(), &mut random).unwrap());
        assert_eq!(Compose::new().perturb(image.view(), &mut random).unwrap(), image);
    }

    #[test]
    fn parameters_list_the_perturbers_in_order() {
        let both = Compose::new().then(Brightness::new(0.5).unwrap()).then(Contrast::new(0.25).unwrap());
        let expected = serde_json::json!([{"Brightness": {"factor": 0.5}}, {"Contrast": {"factor": 0.25}}]);
        assert_eq!(both.parameters()["perturbers"], expected);
    }
}
