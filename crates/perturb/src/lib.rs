//! Image perturbers with the pixels of NRTK and ImageNet-C, and sweeps over their parameters.
//!
//! A [`Perturber`] takes an image, `(height, width, channels)` u8, and a source of random numbers, and
//! returns a changed copy. A perturber that needs no random numbers can be applied without a source:
//!
//! ```
//! use ndarray::Array3;
//! use perturb::{GaussianBlur, Perturber, Random, SaltNoise};
//!
//! let image = Array3::<u8>::from_elem((64, 64, 3), 90);
//! let blurred = GaussianBlur::new(11)?.apply(&image)?;
//! // The noise that NRTK draws with seed 7.
//! let noisy = SaltNoise::new(0.05)?.perturb(image.view(), &mut Random::numpy(7))?;
//! assert_eq!((blurred.dim(), noisy.dim()), (image.dim(), image.dim()));
//! # Ok::<(), perturb::Error>(())
//! ```
//!
//! | perturbers | the original |
//! | --- | --- |
//! | [`GaussianBlur`], [`AverageBlur`], [`MedianBlur`] | NRTK over OpenCV |
//! | [`SaltNoise`], [`PepperNoise`], [`SaltAndPepperNoise`], [`GaussianNoise`], [`SpeckleNoise`] | NRTK over scikit-image |
//! | [`Brightness`], [`Contrast`], [`Color`], [`Sharpness`] | NRTK over Pillow |
//! | [`RandomCrop`], [`RandomTranslation`], [`RandomRotation`], [`RandomScale`], [`RadialDistortion`] | NRTK over OpenCV |
//! | [`Haze`], [`WaterDroplet`] | NRTK |
//! | [`ImageNetC`], [`Frost`] | imagecorruptions |
//! | `CircularAperture`, `Defocus`, `Detector`, `Jitter`, `TurbulenceAperture`, `Pybsm` | NRTK over pyBSM |
//! | [`Compose`] | NRTK |
//!
//! Some originals truncate values that should be rounded, or have other quirks. By default, perturbers here follow
//! the definition; with the setting `compat` they give the original's pixels.
//!
//! A [`Sweep`] is a perturber at a series of settings. [`PerturberSpec`] and [`SweepSpec`] describe perturbers and
//! sweeps as data, from which a [`Registry`] builds them; a program registers its own perturbers there.
//!
//! # Features
//!
//! - `image`: implements [`Image`] for the `image` crate's images.
//! - `optical`: the perturbers over pyBSM.
//! - `protocols`: `PerturberAugmentation`, a perturber in the evaluation loop, and `conformance`, checks for
//!   implementations of [`Perturber`].

#[cfg(feature = "protocols")]
mod augmentation;
mod blur;
mod catalogue;
mod compose;
#[cfg(feature = "protocols")]
pub mod conformance;
mod corruption;
mod draws;
mod enhance;
mod environment;
mod error;
mod fn_perturber;
mod gaps;
mod gaussian_filter;
mod geometric;
mod image;
#[cfg(feature = "image")]
mod interop_image;
mod noise;
mod numpy_streams;
#[cfg(feature = "optical")]
mod optical;
mod perturber;
mod pillow;
mod random;
mod randomness;
mod registry;
mod rng;
mod settings;
mod spec;
mod sweep;
mod values;

#[cfg(feature = "protocols")]
pub use augmentation::PerturberAugmentation;
pub use blur::{AverageBlur, GaussianBlur, MedianBlur};
pub use compose::Compose;
pub use corruption::{Corruption, Frost, ImageNetC};
pub use draws::Draws;
pub use enhance::{Brightness, Color, Contrast, Sharpness};
pub use environment::{DepthMap, Haze, HazeBuilder, WaterDroplet, WaterDropletBuilder};
pub use error::Error;
pub use fn_perturber::FnPerturber;
pub use geometric::{
    Extent, Interpolation, Limit, RadialDistortion, RadialDistortionBuilder, RandomCrop, RandomRotation,
    RandomRotationBuilder, RandomScale, RandomScaleBuilder, RandomTranslation,
};
pub use image::Image;
pub use noise::{GaussianNoise, PepperNoise, SaltAndPepperNoise, SaltNoise, SpeckleNoise};
#[cfg(feature = "optical")]
pub use optical::{
    AtmosphereRow, CircularAperture, CircularApertureBuilder, Defocus, DefocusBuilder, Detector,
    DetectorBuilder, Jitter, JitterBuilder, PixelConversion, Pybsm, PybsmBuilder, TurbulenceAperture,
    TurbulenceApertureBuilder,
};
pub use perturber::Perturber;
pub use random::Random;
pub use randomness::Randomness;
pub use registry::{Description, Entry, ParameterInfo, Registry};
pub use rng::Rng;
pub use spec::PerturberSpec;
pub use sweep::{Axis, Number, Rounding, Sweep, SweepSetting, SweepSpec};

// The examples of the README run with the feature that one of them needs.
#[cfg(all(doctest, feature = "image"))]
#[doc = include_str!("../README.md")]
struct Readme;
