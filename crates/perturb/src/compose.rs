use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Perturber, PerturberSpec, Random};

/// Several perturbers, one after the other, drawing from one stream.
///
/// This is NRTK's `ComposePerturber`. None leaves the picture as it is.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{Compose, GaussianBlur, Perturber, Random, SaltNoise};
///
/// let both = Compose::new([SaltNoise::new(0.1)?.into(), GaussianBlur::new(3)?.into()]);
/// let image = Array3::<u8>::zeros((9, 9, 3));
/// assert!(both.perturb(image.view(), &mut Random::chacha(1, 0))?.iter().any(|&value| value > 0));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    #[serde(default)]
    perturbers: Vec<PerturberSpec>,
}

impl Compose {
    /// Runs the perturbers in this order.
    #[must_use]
    pub fn new(perturbers: impl IntoIterator<Item = PerturberSpec>) -> Self {
        Self { perturbers: perturbers.into_iter().collect() }
    }
}

impl Perturber for Compose {
    fn name(&self) -> &'static str {
        "Compose"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        let each = |perturber: &PerturberSpec| {
            let parameters = Value::Object(perturber.parameters().into_iter().collect());
            Value::Object([(perturber.name().to_owned(), parameters)].into_iter().collect())
        };
        BTreeMap::from([("perturbers".to_owned(), self.perturbers.iter().map(each).collect())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let mut image = image.as_standard_layout().into_owned();
        for perturber in &self.perturbers {
            image = perturber.perturb(image.view(), random)?;
        }
        Ok(image)
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
        let both = Compose::new([bright.into(), flat.into()]).perturb(image.view(), &mut random).unwrap();
        let first = bright.perturb(image.view(), &mut random).unwrap();
        assert_eq!(both, flat.perturb(first.view(), &mut random).unwrap());
        assert_eq!(Compose::default().perturb(image.view(), &mut random).unwrap(), image);
    }
}
