use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use crate::{Error, Random};

/// Changes a picture, leaving its shape as it is.
///
/// A perturber has no state: whatever is random comes from its caller, so that a picture depends on the
/// perturber, the original and the random numbers alone.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{Array3, ArrayView3};
/// use perturb::{Error, Perturber, Random};
/// use serde_json::Value;
///
/// #[derive(Debug)]
/// struct Invert;
///
/// impl Perturber for Invert {
///     fn name(&self) -> &str {
///         "Invert"
///     }
///
///     fn parameters(&self) -> BTreeMap<String, Value> {
///         BTreeMap::new()
///     }
///
///     fn perturb(&self, image: ArrayView3<'_, u8>, _: &mut Random) -> Result<Array3<u8>, Error> {
///         Ok(image.mapv(|value| 255 - value))
///     }
/// }
///
/// let all: Vec<Box<dyn Perturber>> = vec![Box::new(Invert)];
/// let black = Array3::zeros((4, 6, 3));
/// assert_eq!(all[0].perturb(black.view(), &mut Random::chacha(1, 0))?[[0, 0, 0]], 255);
/// # Ok::<(), Error>(())
/// ```
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

macro_rules! forward {
    ($($pointer:ty),+) => {$(
        impl<T: Perturber + ?Sized> Perturber for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn parameters(&self) -> BTreeMap<String, Value> {
                (**self).parameters()
            }

            fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
                (**self).perturb(image, random)
            }
        }
    )+};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
