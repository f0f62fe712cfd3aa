use crate::name::named;
use crate::{RiseEstimator, RiseSampling};

/// An estimator and a way of drawing masks by one name.
///
/// The names are `tutorial` and `best`. What each is worth for the same number of masks is measured in the repository's
/// `docs/estimators.md`.
///
/// # Examples
///
/// ```
/// use saliency::{Rise, RiseEstimator, RiseQuality, RiseSampling};
///
/// assert_eq!(RiseQuality::Best.estimator(), RiseEstimator::Centred);
/// assert_eq!(RiseQuality::Best.sampling(0.5), RiseSampling::Hadamard);
/// assert!(Rise::builder().quality(RiseQuality::Best).p1(0.3).build().is_ok());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum RiseQuality {
    /// XAITK's: independent masks, debiased.
    #[default]
    Tutorial,
    /// What knows the map best for the same number of masks.
    Best,
}

named!(RiseQuality, "quality", Tutorial = "tutorial", Best = "best");

impl RiseQuality {
    /// How scores and masks become maps.
    #[must_use]
    pub fn estimator(self) -> RiseEstimator {
        match self {
            Self::Tutorial => RiseEstimator::Debiased,
            Self::Best => RiseEstimator::Centred,
        }
    }

    /// How masks are drawn whose cells are kept with probability `p1`.
    #[must_use]
    pub fn sampling(self, p1: f64) -> RiseSampling {
        match self {
            // Balanced masks keep half of the cells.
            Self::Best if p1 == 0.5 => RiseSampling::Hadamard,
            Self::Best | Self::Tutorial => RiseSampling::Independent,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3};
    use protocols::{FnModel, ModelMetadata, ScoreKind};

    use super::*;
    use crate::{Classes, Explainer, Rise};

    #[test]
    fn a_quality_stands_for_its_estimator_and_sampling_at_any_p1() {
        let metadata = ModelMetadata::new("mean", vec!["mean".into()], ScoreKind::Logits);
        let model = FnModel::new(metadata, |images| {
            Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[2, 3, 0]])))
        });
        let image = Array3::from_shape_fn((9, 9, 3), |(y, x, _)| (y * 20 + x) as u8);
        for (quality, p1) in RiseQuality::ALL.iter().flat_map(|&quality| [(quality, 0.5), (quality, 0.3)]) {
            let rise = || Rise::builder().masks(20).p1(p1);
            let spelled = rise().estimator(quality.estimator()).sampling(quality.sampling(p1));
            let [short, spelled] = [rise().quality(quality), spelled]
                .map(|rise| rise.build().unwrap().explain(&model, image.view(), Classes::All).unwrap());
            assert_eq!(short, spelled, "{quality} at {p1}");
        }
    }
}
