//! Image perturbers that agree with NRTK, and sweeps over their parameters.

mod error;
mod perturber;
mod random;

pub use error::Error;
pub use perturber::Perturber;
pub use random::{Random, Randomness};
