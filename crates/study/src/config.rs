use std::path::PathBuf;
use std::str::FromStr;

use perturb::{Axis, Randomness, Rounding, Sweep};
use saliency::{Fill, Rise, RiseEstimator, RiseSampling};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A study as data: what is read from and written to `study.toml`.
///
/// Whatever a file leaves out is as in the tutorial.
///
/// ```
/// use study::Config;
///
/// let config = Config::from_toml("seed = 7\n[saliency]\nmasks = 500\n")?;
/// assert_eq!((config.seed, config.saliency.masks, config.saliency.grid), (7, 500, 8));
/// assert_eq!(Config::from_toml(&config.to_toml())?, config);
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of everything that is random: the dataset's choice, the perturbers, the masks.
    pub seed: u64,
    /// The perturbers' random streams.
    pub rng: Rng,
    /// What becomes of the study when a picture cannot be read, perturbed, scored or explained.
    pub on_error: OnError,
    /// Which pictures.
    pub dataset: DatasetConfig,
    /// Which model, and how it is run.
    pub model: ModelConfig,
    /// How the pictures are explained.
    pub saliency: SaliencyConfig,
    /// What is written, and where.
    pub output: OutputConfig,
    /// What is done to the pictures, a sweep a perturber.
    pub perturbers: Vec<Sweep>,
}

/// The perturbers' random streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rng {
    /// `ChaCha8`, datum i on stream i: fast.
    #[default]
    #[cfg_attr(feature = "clap", value(name = "chacha"))]
    ChaCha,
    /// `numpy.random.default_rng([seed, i])` for datum i: the pictures of the Python originals.
    Numpy,
}

impl Rng {
    /// Where each datum's random numbers come from.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Randomness {
        match self {
            Self::ChaCha => Randomness::ChaCha { seed },
            Self::Numpy => Randomness::Numpy { seed },
        }
    }
}

/// What becomes of a study when a picture fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnError {
    /// It stops, and names the picture.
    #[default]
    Stop,
    /// It leaves the picture out, goes on, and lists it.
    Skip,
}

/// How many pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "LimitText", try_from = "LimitText")]
pub enum Limit {
    /// All there are.
    All,
    /// At most so many.
    First(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LimitText {
    Number(usize),
    Text(String),
}

impl From<Limit> for LimitText {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::All => Self::Text("all".into()),
            Limit::First(count) => Self::Number(count),
        }
    }
}

impl TryFrom<LimitText> for Limit {
    type Error = String;

    fn try_from(text: LimitText) -> Result<Self, String> {
        match text {
            LimitText::Number(count) => Ok(Self::First(count)),
            LimitText::Text(text) => text.parse(),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            _ => text
                .parse()
                .map(Self::First)
                .map_err(|_| format!("limit is `{text}`, expected a number or `all`")),
        }
    }
}

/// Which pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatasetConfig {
    /// A folder with a directory a class, a parquet file, a folder of parquet shards, or `landcover`.
    pub path: PathBuf,
    /// How many pictures, in the dataset's order.
    pub limit: Limit,
    /// How many pictures are skipped first.
    pub offset: usize,
    /// Instead of the first pictures: this share of each class, drawn by the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
}

/// Which model, and how it is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// The model's folder; none is the model that the program ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// What runs the model, by name; none lets the program choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// `cpu`, `cuda` or `cuda:N`; none is the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// `f32`, `f16` or `bf16`, for backends that know them; none is f32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// Pictures a forward pass; none lets the program choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<std::num::NonZeroUsize>,
    /// Threads; none is one a processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// How the pictures are explained: the settings of RISE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaliencyConfig {
    /// How many masks.
    pub masks: usize,
    /// Cells a side of a mask.
    pub grid: usize,
    /// Probability that a cell is kept, 0 to 1.
    pub p1: f64,
    /// Colour of what is hidden, 0 to 255.
    pub fill: Vec<u8>,
    /// How scores and masks become maps.
    pub estimator: RiseEstimator,
    /// How the masks are drawn.
    pub sampling: RiseSampling,
    /// Ends a picture's masks as soon as its maps' standard error is within this of their largest value; none
    /// uses them all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

impl SaliencyConfig {
    /// The explainer of these settings.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless there are masks and cells, `p1` is from 0 to 1, and the tolerance, if there is one,
    /// is positive; and unless `p1` is 0.5 and the masks are even in number where they come in pairs.
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
        self.tolerance
            .map_or(rise.clone(), |tolerance| rise.tolerance(tolerance))
            .build()
            .map_err(|e| Error::Setting { what: "the saliency settings are not possible", source: e.into() })
    }
}

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputConfig {
    /// The report's folder.
    pub folder: PathBuf,
    /// Whether the maps are written too.
    pub save_maps: bool,
    /// The picture that the figures show, or the last one if there are fewer.
    pub sample: usize,
}

impl Default for Config {
    /// The tutorial's study.
    fn default() -> Self {
        Self {
            seed: 123,
            rng: Rng::default(),
            on_error: OnError::default(),
            dataset: DatasetConfig::default(),
            model: ModelConfig::default(),
            saliency: SaliencyConfig::default(),
            output: OutputConfig::default(),
            perturbers: tutorial_sweeps(),
        }
    }
}

/// Blur over floor(linspace(1, 20, 5)) made odd, and salt over round(linspace(0, 0.2, 5), 2).
fn tutorial_sweeps() -> Vec<Sweep> {
    let sweep = |name, parameter, stop, start, rounding| {
        let axis = Axis::linspace(parameter, start, stop, 5)?.rounded(rounding);
        Sweep::new(name, vec![axis], [])
    };
    let sweeps = [
        sweep("GaussianBlur", "ksize", 20.0, 1.0, Rounding::Odd),
        sweep("SaltNoise", "amount", 0.2, 0.0, Rounding::Decimals(2)),
    ];
    #[expect(clippy::expect_used, reason = "the tutorial's values are possible ones, as a test shows")]
    sweeps.map(|sweep| sweep.expect("a possible sweep")).into()
}

impl Default for DatasetConfig {
    fn default() -> Self {
        Self { path: "landcover".into(), limit: Limit::First(27), offset: 0, fraction: None }
    }
}

impl Default for SaliencyConfig {
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

impl Default for OutputConfig {
    fn default() -> Self {
        Self { folder: "stressmap-report".into(), save_maps: false, sample: 6 }
    }
}

impl Config {
    /// Reads a study.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] names the line, and what was expected there.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|e| Error::Config { message: e.to_string().trim_end().to_owned() })
    }

    /// Writes the study so that [`from_toml`](Self::from_toml) reads it back to the same.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "every field has a TOML form")]
    pub fn to_toml(&self) -> String {
        #[expect(clippy::expect_used, reason = "every field has a TOML form, and the maps' keys are strings")]
        toml::to_string(self).expect("a study has a TOML form")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_tutorial() {
        let values: Vec<Vec<f64>> = Config::default()
            .perturbers
            .iter()
            .map(|sweep| sweep.settings().iter().map(|setting| setting.values()[0]).collect())
            .collect();
        assert_eq!(values, [[1.0, 5.0, 11.0, 15.0, 21.0], [0.0, 0.05, 0.1, 0.15, 0.2]]);
        assert_eq!(Config::from_toml("").unwrap(), Config::default());
    }

    #[test]
    fn a_study_reads_back_to_the_same() {
        let mut config = Config { rng: Rng::Numpy, on_error: OnError::Skip, ..Config::default() };
        config.dataset.limit = Limit::All;
        config.dataset.fraction = Some(0.25);
        config.model.folder = Some("models/mine".into());
        config.saliency.estimator = RiseEstimator::Centred;
        config.saliency.sampling = RiseSampling::Hadamard;
        config.saliency.tolerance = Some(0.1);
        assert_eq!(Config::from_toml(&config.to_toml()).unwrap(), config);
    }

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
    fn what_is_wrong_is_named_with_its_line() {
        for (text, part) in [
            ("seed = -1", "seed"),
            ("sead = 1", "unknown field `sead`"),
            ("[dataset]\nlimit = \"some\"", "limit is `some`, expected a number or `all`"),
            ("[saliency]\nmasks = 1.5", "line 2"),
            (
                "[[perturbers]]\nname = \"GaussianBlur\"\nparameter = \"ksize\"\nvalues = [4]",
                "ksize is 4, expected an odd",
            ),
        ] {
            let error = Config::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
