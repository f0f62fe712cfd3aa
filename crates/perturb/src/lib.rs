//! Image perturbers that agree with NRTK, and sweeps over their parameters.

mod blur;
mod error;
mod noise;
mod perturber;
mod random;

pub use blur::{AverageBlur, GaussianBlur, MedianBlur};
pub use error::Error;
pub use noise::{GaussianNoise, PepperNoise, SaltAndPepperNoise, SaltNoise, SpeckleNoise};
pub use perturber::Perturber;
pub use random::{Random, Randomness};
