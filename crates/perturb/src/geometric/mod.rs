//! NRTK's geometric perturbers, with the pixels of OpenCV 4.11.

mod bilinear;
mod crop;
mod extent;
mod fill;
mod interpolation;
mod limit;
mod radial_distortion;
mod resize;
mod rotation;
mod scale;
mod translation;
mod two_passes;
mod warp;
mod wide_kernels;

pub use crop::RandomCrop;
pub use extent::Extent;
pub use interpolation::Interpolation;
pub use limit::Limit;
pub use radial_distortion::{RadialDistortion, RadialDistortionBuilder};
pub use rotation::{RandomRotation, RandomRotationBuilder};
pub use scale::{RandomScale, RandomScaleBuilder};
pub use translation::RandomTranslation;
pub(crate) use wide_kernels::cubic_part;
