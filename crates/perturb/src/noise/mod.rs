//! NRTK's noise perturbers, over scikit-image's `random_noise`.
//!
//! NRTK's option `clip = False` is left out: scikit-image ignores it for salt and pepper, and 8-bit images
//! cannot hold the values that it would keep.

mod additive;
mod impulse;

pub use additive::{GaussianNoise, SpeckleNoise};
pub use impulse::{PepperNoise, SaltAndPepperNoise, SaltNoise};

use crate::Error;

/// Checks a parameter that is a probability or a share, 0 to 1.
fn share(perturber: &'static str, parameter: &'static str, value: f64) -> Result<f64, Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(Error::Parameter { perturber, parameter, value, expected: "a number from 0 to 1" })
}
