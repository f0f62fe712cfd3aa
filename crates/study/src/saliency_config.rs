use saliency::{Fill, Rise, RiseEstimator, RiseQuality, RiseSampling};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How images are explained: the settings of RISE.
///
/// A file may give a [`RiseQuality`] as `quality` in place of `estimator` and `sampling`. It is written out as these.
///
/// ```
/// use saliency::RiseSampling;
/// use study::StudyConfig;
///
/// let config = StudyConfig::from_toml("[saliency]\nquality = \"best\"")?;
/// assert_eq!(config.saliency.sampling, RiseSampling::Hadamard);
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Values")]
pub struct SaliencyConfig {
    /// The number of masks.
    pub masks: usize,
    /// Cells along each side of a mask.
    pub grid: usize,
    /// The probability that a cell is kept, 0 to 1.
    pub p1: f64,
    /// The colour of hidden pixels, 0 to 255 per channel.
    pub fill: Vec<u8>,
    /// How scores and masks become maps.
    pub estimator: RiseEstimator,
    /// How masks are drawn.
    pub sampling: RiseSampling,
    /// Stops drawing masks for an image as soon as the standard error of its maps is small enough; by default all masks
    /// are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

/// The settings as a file gives them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    masks: Option<usize>,
    grid: Option<usize>,
    p1: Option<f64>,
    fill: Option<Vec<u8>>,
    estimator: Option<RiseEstimator>,
    sampling: Option<RiseSampling>,
    quality: Option<RiseQuality>,
    tolerance: Option<f64>,
}

impl TryFrom<Values> for SaliencyConfig {
    type Error = String;

    fn try_from(values: Values) -> Result<Self, Self::Error> {
        let apart = [("estimator", values.estimator.is_some()), ("sampling", values.sampling.is_some())];
        if let (Some(quality), Some((name, _))) = (values.quality, apart.iter().find(|(_, given)| *given)) {
            return Err(format!(
                "quality is `{quality}` and {name} is given, expected one of them: a quality is an estimator and a sampling"
            ));
        }
        let default = Self::default();
        let p1 = values.p1.unwrap_or(default.p1);
        let quality = values.quality.unwrap_or_default();
        Ok(Self {
            masks: values.masks.unwrap_or(default.masks),
            grid: values.grid.unwrap_or(default.grid),
            p1,
            fill: values.fill.unwrap_or(default.fill),
            estimator: values.estimator.unwrap_or_else(|| quality.estimator()),
            sampling: values.sampling.unwrap_or_else(|| quality.sampling(p1)),
            tolerance: values.tolerance,
        })
    }
}

impl Default for SaliencyConfig {
    /// The tutorial's settings.
    fn default() -> Self {
        Self {
            masks: 200,
            grid: 8,
            p1: 0.5,
            fill: vec![95, 96, 93],
            estimator: RiseEstimator::default(),
            sampling: RiseSampling::default(),
            tolerance: None,
        }
    }
}

impl SaliencyConfig {
    /// The explainer with these settings.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] with the reason for which [`Rise`] refuses them.
    ///
    /// # Examples
    ///
    /// ```
    /// use study::SaliencyConfig;
    ///
    /// assert!(SaliencyConfig::default().explainer(123).is_ok());
    /// assert!(SaliencyConfig { p1: 1.5, ..SaliencyConfig::default() }.explainer(123).is_err());
    /// ```
    pub fn explainer(&self, seed: u64) -> Result<Rise, Error> {
        let rise = Rise::builder()
            .masks(self.masks)
            .grid(self.grid)
            .p1(self.p1)
            .seed(seed)
            .estimator(self.estimator)
            .sampling(self.sampling)
            .fill(Fill::Color(self.fill.clone()));
        let rise = match self.tolerance {
            Some(tolerance) => rise.tolerance(tolerance),
            None => rise,
        };
        rise.build().map_err(|e| Error::Setting {
            what: "the saliency settings are not possible".into(),
            source: e.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_saliency_reach_the_explainer() {
        let explainer = |sampling, tolerance| {
            let settings = SaliencyConfig { sampling, tolerance, p1: 0.3, ..SaliencyConfig::default() };
            settings.explainer(1)
        };
        assert!(explainer(RiseSampling::Independent, Some(0.1)).is_ok());
        // Each is refused by what it becomes.
        assert!(explainer(RiseSampling::Independent, Some(-0.1)).is_err());
        assert!(explainer(RiseSampling::Paired, None).is_err());
        assert!(explainer(RiseSampling::Hadamard, None).is_err());
    }

    #[test]
    fn a_quality_is_read_as_its_estimator_and_sampling_and_given_alone() {
        let read = |text: &str| toml::from_str::<SaliencyConfig>(text);
        let chosen = |text: &str| read(text).map(|config| (config.estimator, config.sampling)).unwrap();
        assert_eq!(read("").unwrap(), SaliencyConfig::default());
        assert_eq!(read("quality = \"tutorial\"").unwrap(), SaliencyConfig::default());
        assert_eq!(chosen("quality = \"best\""), (RiseEstimator::Centred, RiseSampling::Hadamard));
        assert_eq!(
            chosen("quality = \"best\"\np1 = 0.3"),
            (RiseEstimator::Centred, RiseSampling::Independent)
        );
        assert_eq!(chosen("sampling = \"paired\""), (RiseEstimator::Debiased, RiseSampling::Paired));
        for (text, part) in [
            ("quality = \"best\"\nsampling = \"paired\"", "quality is `best` and sampling is given"),
            ("quality = \"better\"", "unknown variant `better`, expected `tutorial` or `best`"),
            ("qualty = \"best\"", "unknown field `qualty`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
