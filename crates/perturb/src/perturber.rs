use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use crate::{Error, Random};

/// Changes a picture, leaving its shape as it is.
pub trait Perturber: fmt::Debug + Send + Sync {
    /// The perturber's name, such as `GaussianBlur`.
    fn name(&self) -> &str;

    /// The perturber's parameters by name, such as `ksize` = 11.
    fn parameters(&self) -> BTreeMap<String, Value>;

    /// Returns a changed copy of `image`, `(height, width, channels)`, values 0 to 255.
    ///
    /// Whatever is random is drawn from `random`; the same picture and the same state of `random`
    /// give the same result on every machine.
    ///
    /// # Errors
    ///
    /// The perturber is not defined for pictures of this shape.
    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error>;
}
