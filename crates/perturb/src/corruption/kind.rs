use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A kind of corruption of ImageNet-C.
///
/// As text it has the name that it has in the Python package imagecorruptions, such as `gaussian_noise`.
///
/// ```
/// use perturb::Corruption;
///
/// assert_eq!("jpeg_compression".parse::<Corruption>()?, Corruption::JpegCompression);
/// assert_eq!(Corruption::ALL.len(), 18);
/// let error = "rain".parse::<Corruption>().unwrap_err().to_string();
/// assert!(error.starts_with("there is no corruption `rain`, expected one of gaussian_noise, shot_noise"));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Corruption {
    /// Normal noise of the same deviation everywhere.
    GaussianNoise,
    /// Poisson noise, as of few photons.
    ShotNoise,
    /// Salt and pepper.
    ImpulseNoise,
    /// A disk as the point spread function.
    DefocusBlur,
    /// Pixels exchanged with near ones, as behind frosted glass.
    GlassBlur,
    /// A blur along a line of random direction.
    MotionBlur,
    /// The mean of the image at several magnifications.
    ZoomBlur,
    /// Streaks of white.
    Snow,
    /// A plasma fractal laid over the image.
    Fog,
    /// A higher value in hue, saturation, value.
    Brightness,
    /// Less distance from each channel's mean.
    Contrast,
    /// A smooth random displacement.
    ElasticTransform,
    /// A coarser grid of pixels.
    Pixelate,
    /// JPEG of low quality.
    JpegCompression,
    /// Normal noise in proportion to the value.
    SpeckleNoise,
    /// A Gaussian point spread function.
    GaussianBlur,
    /// Drops of water or mud.
    Spatter,
    /// Another saturation in hue, saturation, value.
    Saturate,
}

impl Corruption {
    /// The kinds over which the benchmark's mean corruption error is taken, without frost.
    ///
    /// ```
    /// assert_eq!(perturb::Corruption::BENCHMARK.len(), 14);
    /// ```
    pub const BENCHMARK: &'static [Self] = Self::ALL.split_at(14).0;

    /// Every kind: the benchmark's, then the four that were set aside for validation.
    pub const ALL: &'static [Self] = &[
        Self::GaussianNoise,
        Self::ShotNoise,
        Self::ImpulseNoise,
        Self::DefocusBlur,
        Self::GlassBlur,
        Self::MotionBlur,
        Self::ZoomBlur,
        Self::Snow,
        Self::Fog,
        Self::Brightness,
        Self::Contrast,
        Self::ElasticTransform,
        Self::Pixelate,
        Self::JpegCompression,
        Self::SpeckleNoise,
        Self::GaussianBlur,
        Self::Spatter,
        Self::Saturate,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::GaussianNoise => "gaussian_noise",
            Self::ShotNoise => "shot_noise",
            Self::ImpulseNoise => "impulse_noise",
            Self::DefocusBlur => "defocus_blur",
            Self::GlassBlur => "glass_blur",
            Self::MotionBlur => "motion_blur",
            Self::ZoomBlur => "zoom_blur",
            Self::Snow => "snow",
            Self::Fog => "fog",
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::ElasticTransform => "elastic_transform",
            Self::Pixelate => "pixelate",
            Self::JpegCompression => "jpeg_compression",
            Self::SpeckleNoise => "speckle_noise",
            Self::GaussianBlur => "gaussian_blur",
            Self::Spatter => "spatter",
            Self::Saturate => "saturate",
        }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Corruption {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        found.ok_or_else(|| Error::unknown("corruption", text, Self::ALL.iter().map(|kind| kind.name())))
    }
}

impl TryFrom<String> for Corruption {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Corruption> for String {
    fn from(kind: Corruption) -> Self {
        kind.name().to_owned()
    }
}
