use std::fmt;
use std::str::FromStr;

use perturb::{Axis, Corruption, Rounding, SweepSpec};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The sweeps of a well-known study, by name.
///
/// Each sweep begins with the clean image where the perturber has a setting that leaves it as it is. The other settings
/// are compared with the first.
///
/// | name | sweeps |
/// | --- | --- |
/// | `tutorial` | Gaussian blur and salt noise, as in NRTK's and XAITK's tutorial |
/// | `imagenet-c` | the corruptions of the benchmark (Hendrycks and Dietterich 2019) but frost, at severities 0 to 5 |
/// | `nrtk-photometric` | NRTK's blurs, enhancers and noises |
/// | `optical` | NRTK's optical perturbers that need no camera: blur by vibration, lens, detector, aperture and air |
///
/// ```
/// use study::Preset;
///
/// let preset: Preset = "imagenet-c".parse()?;
/// assert_eq!(preset.sweeps().len(), 14);
/// let error = "imagenet-d".parse::<Preset>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a preset is `imagenet-d`, expected tutorial, imagenet-c, nrtk-photometric, optical"
/// );
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Preset {
    /// Gaussian blur and salt noise.
    Tutorial,
    /// The corruptions of ImageNet-C.
    #[serde(rename = "imagenet-c")]
    ImageNetC,
    /// NRTK's photometric perturbers.
    NrtkPhotometric,
    /// NRTK's optical perturbers.
    Optical,
}

impl Preset {
    /// Every preset.
    pub const ALL: &'static [Self] = &[Self::Tutorial, Self::ImageNetC, Self::NrtkPhotometric, Self::Optical];

    /// The sweeps, in order.
    ///
    /// ```
    /// use perturb::Registry;
    /// use study::Preset;
    ///
    /// let sweeps = Preset::Tutorial.sweeps();
    /// let blur = sweeps[0].build(&Registry::builtin())?;
    /// assert_eq!((blur.name(), blur.settings().len()), ("GaussianBlur", 5));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    #[must_use]
    pub fn sweeps(self) -> Vec<SweepSpec> {
        match self {
            Self::Tutorial => tutorial(),
            Self::ImageNetC => imagenet_c(),
            Self::NrtkPhotometric => nrtk_photometric(),
            Self::Optical => optical(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tutorial => "tutorial",
            Self::ImageNetC => "imagenet-c",
            Self::NrtkPhotometric => "nrtk-photometric",
            Self::Optical => "optical",
        }
    }
}

#[expect(clippy::expect_used, reason = "the presets' values are finite")]
fn sweep(perturber: &str, parameter: &str, values: impl Into<Vec<f64>>) -> SweepSpec {
    SweepSpec::new(perturber, [Axis::new(parameter, values).expect("finite values")])
}

/// Blur over floor(linspace(1, 20, 5)) made odd, and salt over round(linspace(0, 0.2, 5), 2).
fn tutorial() -> Vec<SweepSpec> {
    #[expect(clippy::expect_used, reason = "the tutorial's ranges are finite")]
    let sweep = |perturber, parameter, stop, start, rounding| {
        let axis = Axis::linspace(parameter, start, stop, 5).expect("a finite range");
        SweepSpec::new(perturber, [axis.rounded(rounding)])
    };
    vec![
        sweep("GaussianBlur", "ksize", 20.0, 1.0, Rounding::Odd),
        sweep("SaltNoise", "amount", 0.2, 0.0, Rounding::Decimals(2)),
    ]
}

fn imagenet_c() -> Vec<SweepSpec> {
    let severities = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let corrupted =
        |kind: &Corruption| sweep("ImageNetC", "severity", severities).with("corruption", kind.to_string());
    Corruption::BENCHMARK.iter().map(corrupted).collect()
}

fn nrtk_photometric() -> Vec<SweepSpec> {
    let factors = [1.0, 0.8, 0.6, 0.4, 0.2];
    let amounts = [0.0, 0.05, 0.1, 0.15, 0.2];
    let variances = [0.0, 0.01, 0.02, 0.05, 0.1];
    vec![
        sweep("AverageBlur", "ksize", [1.0, 3.0, 7.0, 11.0, 15.0]),
        sweep("GaussianBlur", "ksize", [1.0, 5.0, 11.0, 15.0, 21.0]),
        // Its least size, which is not clean.
        sweep("MedianBlur", "ksize", [3.0, 5.0, 9.0, 13.0, 17.0]),
        sweep("Brightness", "factor", factors),
        sweep("Contrast", "factor", factors),
        sweep("Color", "factor", [1.0, 0.75, 0.5, 0.25, 0.0]),
        sweep("Sharpness", "factor", [1.0, 0.75, 0.5, 0.25, 0.0]),
        sweep("SaltNoise", "amount", amounts),
        sweep("PepperNoise", "amount", amounts),
        sweep("SaltAndPepperNoise", "amount", amounts),
        sweep("GaussianNoise", "var", variances),
        sweep("SpeckleNoise", "var", variances),
    ]
}

/// Angles in radians, of which a pixel covers 5e-5 by default; detectors are in metres, 2.5e-6 for a pixel.
fn optical() -> Vec<SweepSpec> {
    vec![
        sweep("Jitter", "s_x+s_y", [0.0, 2.5e-5, 5e-5, 1e-4, 2e-4]),
        sweep("Defocus", "w_x+w_y", [0.0, 1e-4, 2e-4, 4e-4, 6e-4]),
        sweep("Detector", "w_x+w_y", [0.0, 5e-6, 1e-5, 2e-5, 3e-5]),
        // The default aperture blurs at every obscuration.
        sweep("CircularAperture", "eta", [0.0, 0.3, 0.5, 0.7, 0.9]),
        // Some air lies between at every strength.
        sweep("TurbulenceAperture", "cn2_at_1m", [1.7e-14, 1.7e-13, 5e-13, 1.7e-12, 5e-12]),
    ]
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|preset| preset.name() == text).ok_or_else(|| Error::Name {
            what: "a preset",
            name: text.to_owned(),
            expected: Self::ALL.iter().map(|preset| preset.name()).collect::<Vec<_>>().join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use perturb::Registry;

    use super::*;

    #[test]
    fn every_preset_has_a_name_that_it_is_read_from_and_sweeps_that_can_be_built() {
        for &preset in Preset::ALL {
            assert_eq!(preset.to_string().parse::<Preset>().unwrap(), preset);
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.to_string());
            for sweep in preset.sweeps() {
                sweep.build(&Registry::builtin()).unwrap();
            }
        }
    }

    #[test]
    fn every_corruption_is_compared_with_the_clean_image() {
        for sweep in Preset::ImageNetC.sweeps() {
            let settings = sweep.build(&Registry::builtin()).unwrap();
            let clean: Vec<bool> =
                settings.settings().iter().map(|setting| setting.perturber().is_identity()).collect();
            assert_eq!(clean, [true, false, false, false, false, false]);
        }
    }
}
