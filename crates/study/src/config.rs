use std::sync::Arc;

use classification_metrics::{Average, Multiclass, Score};
use perturb::{Randomness, Registry, Rng, SweepSpec};
use protocols::BoxError;
use saliency_metrics::{Entropy, SaliencyMetric, Ssd, Xcorr};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Error, OnError, Preset, SaliencyConfig, Study, StudyBuilder};

/// A study as data, as a TOML file holds it.
///
/// Fields that a file leaves out are those of the tutorial. Perturbers are named; a [`Registry`] turns names into
/// perturbers, a program's own ones included. Those of a [`Preset`] need not be listed:
///
/// ```
/// use study::StudyConfig;
///
/// let config = StudyConfig::from_toml(r#"preset = "imagenet-c""#)?;
/// assert_eq!(config.perturbers.len(), 14);
/// # Ok::<(), study::Error>(())
/// ```
///
/// ```
/// use perturb::Registry;
/// use study::StudyConfig;
///
/// let config = StudyConfig::from_toml("seed = 7\n[saliency]\nmasks = 500\n")?;
/// assert_eq!((config.seed, config.saliency.masks, config.saliency.grid), (7, 500, 8));
/// assert_eq!(StudyConfig::from_toml(&config.to_toml())?, config);
/// let study = config.study(&Registry::builtin())?;
/// assert_eq!(study.settings().len(), 10);
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StudyConfig {
    /// The seed of all random numbers: those of the perturbers and of the masks.
    pub seed: u64,
    /// The perturbers' random streams.
    pub rng: Rng,
    /// What happens when an image cannot be read, perturbed, scored or explained.
    pub on_error: OnError,
    /// How images are explained.
    pub saliency: SaliencyConfig,
    /// What is measured besides accuracy.
    #[serde(skip_serializing_if = "MetricsConfig::is_default")]
    pub metrics: MetricsConfig,
    /// The sweeps of a well-known study, before those of `perturbers`. Written out as `perturbers`.
    #[serde(skip_serializing)]
    pub preset: Option<Preset>,
    /// How images are perturbed, one sweep per perturber. Without any and without a preset, as in the tutorial.
    #[serde(default = "Vec::new", deserialize_with = "listed_sweeps")]
    pub perturbers: Vec<SweepSpec>,
}

/// Reads a list of sweeps that a file gives: only one that is left out is that of the tutorial.
///
/// # Errors
///
/// That of the deserializer if the list is empty, or holds something else.
#[doc(hidden)]
pub fn listed_sweeps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SweepSpec>, D::Error> {
    let sweeps = Vec::deserialize(from)?;
    if sweeps.is_empty() {
        return Err(de::Error::custom(
            "there are no perturbers, expected at least one; without the list, it is the tutorial's",
        ));
    }
    Ok(sweeps)
}

/// What is measured besides accuracy, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Saliency metrics: `entropy`, `ssd`, `xcorr`.
    pub saliency: Vec<String>,
    /// Classification metrics, such as `f1_macro` or `precision_weighted`.
    pub classification: Vec<String>,
}

impl MetricsConfig {
    /// Whether these are the default metrics, which study files leave out.
    ///
    /// ```
    /// assert!(study::MetricsConfig::default().is_default());
    /// ```
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn saliency_metrics(&self) -> Result<Vec<Arc<dyn SaliencyMetric>>, Error> {
        let known: [Arc<dyn SaliencyMetric>; 3] =
            [Arc::new(Entropy::default()), Arc::new(Ssd), Arc::new(Xcorr)];
        let find = |name: &String| {
            known.iter().find(|metric| metric.name() == name).cloned().ok_or_else(|| Error::Name {
                what: "a saliency metric",
                name: name.clone(),
                expected: known.iter().map(SaliencyMetric::name).collect::<Vec<_>>().join(", "),
            })
        };
        self.saliency.iter().map(find).collect()
    }
}

/// The score and the average that a name such as `f1_macro` asks for.
fn classification_metric(name: &str) -> Result<(Score, Average), Error> {
    let unknown = |source: BoxError| Error::Setting {
        what: format!(
            "the classification metric `{name}` is not known, expected a score and an average, such as f1_macro"
        ),
        source,
    };
    let (score, average) =
        name.split_once('_').ok_or_else(|| unknown("there is no average in the name".into()))?;
    let score = serde_json::from_value(score.into()).map_err(|e| unknown(e.into()))?;
    let average = serde_json::from_value(average.into()).map_err(|e| unknown(e.into()))?;
    Ok((score, average))
}

/// A sweep's name in the tables: the perturber, and the parameters that the sweep fixes.
fn sweep_name(perturber: &str, spec: &SweepSpec) -> String {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fixed = spec.fixed().iter().map(|(name, value)| format!("{name}={}", text(value)));
    let fixed: Vec<String> = fixed.collect();
    if fixed.is_empty() { perturber.to_owned() } else { format!("{perturber}({})", fixed.join(",")) }
}

impl Default for StudyConfig {
    /// The tutorial's study.
    fn default() -> Self {
        Self {
            seed: 123,
            rng: Rng::default(),
            on_error: OnError::default(),
            saliency: SaliencyConfig::default(),
            metrics: MetricsConfig::default(),
            preset: None,
            perturbers: Preset::Tutorial.sweeps(),
        }
    }
}

impl Default for MetricsConfig {
    /// Entropy, SSD and cross-correlation of maps; nothing besides accuracy.
    fn default() -> Self {
        Self { saliency: ["entropy", "ssd", "xcorr"].map(str::to_owned).into(), classification: Vec::new() }
    }
}

impl StudyConfig {
    /// Reads a study.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] names the line and what was expected there.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let read: Self = toml::from_str(text)
            .map_err(|e| Error::Config { message: e.to_string().trim_end().to_owned() })?;
        Ok(Self { perturbers: read.sweeps(), preset: None, ..read })
    }

    /// The sweeps: those of the preset, then those of `perturbers`; without both, the tutorial's.
    #[must_use]
    pub fn sweeps(&self) -> Vec<SweepSpec> {
        let preset = self.preset.or_else(|| self.perturbers.is_empty().then_some(Preset::Tutorial));
        let preset = preset.map(Preset::sweeps).unwrap_or_default();
        [preset, self.perturbers.clone()].concat()
    }

    /// Writes the study so that [`from_toml`](Self::from_toml) reads it back.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "every field has a TOML form")]
    pub fn to_toml(&self) -> String {
        #[expect(clippy::expect_used, reason = "every field has a TOML form, and the maps' keys are strings")]
        toml::to_string(&Self { perturbers: self.sweeps(), ..self.clone() }).expect("a study has a TOML form")
    }

    /// The study, with the perturbers of `registry`.
    ///
    /// # Errors
    ///
    /// As [`builder`](Self::builder) and [`StudyBuilder::build`].
    pub fn study(&self, registry: &Registry) -> Result<Study, Error> {
        self.builder(registry)?.build()
    }

    /// The study as a builder, to which a program adds its own metrics, its own explainer or a shard.
    ///
    /// ```
    /// use perturb::Registry;
    /// use study::{Shard, StudyConfig};
    ///
    /// let builder = StudyConfig::default().builder(&Registry::builtin())?;
    /// let half = builder.shard(Shard::new(1, 2)?).build()?;
    /// assert_eq!(half.settings().len(), 10);
    /// # Ok::<(), study::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for a perturber or a saliency setting that is not possible, [`Error::Name`] for a metric that is
    /// not known.
    pub fn builder(&self, registry: &Registry) -> Result<StudyBuilder, Error> {
        let mut builder = Study::builder()
            .randomness(Randomness::new(self.rng, self.seed))
            .explainer(self.saliency.explainer(self.seed)?)
            .saliency_metrics(self.metrics.saliency_metrics()?)
            .on_error(self.on_error);
        for spec in &self.sweeps() {
            let what = || format!("the sweep of {} is not possible", spec.name());
            let sweep =
                spec.build(registry).map_err(|e| Error::Setting { what: what(), source: e.into() })?;
            builder = builder.named_sweep(sweep_name(sweep.name(), spec), sweep);
        }
        for name in &self.metrics.classification {
            let (score, average) = classification_metric(name)?;
            builder = builder.metric(move |labels| {
                Ok::<_, BoxError>(Multiclass::builder(labels.len()).score(score, average).build()?)
            });
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use saliency::{RiseEstimator, RiseSampling};

    use super::*;

    #[test]
    fn the_default_is_the_tutorial() {
        let study = StudyConfig::default().study(&Registry::builtin()).unwrap();
        let names: Vec<String> = study.settings().map(ToString::to_string).collect();
        let blur = [1, 5, 11, 15, 21].map(|ksize| format!("GaussianBlur ksize {ksize}"));
        let salt = ["0", "0.05", "0.1", "0.15", "0.2"].map(|amount| format!("SaltNoise amount {amount}"));
        assert_eq!(names, [blur, salt].concat());
        assert_eq!(StudyConfig::from_toml("").unwrap(), StudyConfig::default());
    }

    #[test]
    fn a_study_reads_back_to_the_same() {
        let mut config = StudyConfig { rng: Rng::Numpy, on_error: OnError::Skip, ..StudyConfig::default() };
        config.saliency.estimator = RiseEstimator::Centred;
        config.saliency.sampling = RiseSampling::Hadamard;
        config.saliency.tolerance = Some(0.1);
        config.metrics.classification = vec!["f1_macro".into()];
        assert_eq!(StudyConfig::from_toml(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn a_preset_comes_before_further_perturbers_and_is_written_out() {
        let text = "preset = \"tutorial\"\n[[perturbers]]\nname = \"Brightness\"\nparameter = \"factor\"\nvalues = [1, 2]\n";
        let read = StudyConfig::from_toml(text).unwrap();
        assert_eq!(read.perturbers[..2], StudyConfig::default().perturbers);
        assert_eq!(read.perturbers[2].name(), "Brightness");
        let config = StudyConfig { preset: Some(Preset::Optical), perturbers: vec![], ..read };
        let written = StudyConfig::from_toml(&config.to_toml()).unwrap();
        assert_eq!(written.perturbers, Preset::Optical.sweeps());
        let error = StudyConfig::from_toml("preset = \"best\"").unwrap_err().to_string();
        assert!(error.contains("unknown variant `best`, expected one of `tutorial`"), "{error}");
    }

    #[test]
    fn fixed_parameters_are_part_of_a_settings_name() {
        let noise = |mean| {
            format!(
                "[[perturbers]]\nname = \"GaussianNoise\"\nparameter = \"var\"\nvalues = [0.1]\nwith = {{ mean = {mean} }}\n"
            )
        };
        let study = |text: &str| StudyConfig::from_toml(text).unwrap().study(&Registry::builtin());
        let both = study(&(noise(0.0) + &noise(0.5))).unwrap();
        let names: Vec<String> = both.settings().map(ToString::to_string).collect();
        assert_eq!(names, ["GaussianNoise(mean=0) var 0.1", "GaussianNoise(mean=0.5) var 0.1"]);
        let fog = "[[perturbers]]\nname = \"ImageNetC\"\nparameter = \"severity\"\nvalues = [5]\nwith = { corruption = \"fog\" }\n";
        let names: Vec<String> = study(fog).unwrap().settings().map(ToString::to_string).collect();
        assert_eq!(names, ["ImageNetC(corruption=fog) severity 5"]);
        assert!(matches!(study(&(noise(0.5) + &noise(0.5))), Err(Error::Duplicate { what: "setting", .. })));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("seed = -1", "seed"),
            ("sead = 1", "unknown field `sead`"),
            ("[saliency]\nmasks = 1.5", "line 2"),
            ("[saliency]\nestimator = \"best\"", "best"),
            ("perturbers = []", "there are no perturbers, expected at least one"),
            ("[[perturbers]]\nname = \"GaussianBlur\"\nparameter = \"ksize\"\nvalues = []", "no values"),
        ] {
            let error = StudyConfig::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let blur = "[[perturbers]]\nname = \"GaussianBlur\"\nparameter = \"ksize\"\nvalues = [4]";
        for (text, part) in [
            (blur, "ksize is 4, expected an odd"),
            (&blur.replace("GaussianBlur", "Fog"), "no perturber `Fog`"),
            (
                "[metrics]\nsaliency = [\"beauty\"]",
                "a saliency metric is `beauty`, expected entropy, ssd, xcorr",
            ),
            ("[metrics]\nclassification = [\"f1\"]", "the classification metric `f1` is not known"),
        ] {
            let error = StudyConfig::from_toml(text).unwrap().study(&Registry::builtin()).unwrap_err();
            let said = protocols::with_causes(&error);
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
