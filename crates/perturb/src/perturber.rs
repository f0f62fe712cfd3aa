use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use crate::{Error, Random};

/// A change to an image.
///
/// A perturber has no state of its own: the result depends on its parameters, the image and the random
/// numbers alone. Two perturbers with the same [`name`](Self::name) and the same
/// [`parameters`](Self::parameters) are the same perturber. Studies rely on this to recognise finished work,
/// so both must be complete.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{Array3, ArrayView3};
/// use perturb::{Error, Perturber, Random};
/// use serde_json::Value;
///
/// /// Blends an image with its negative.
/// #[derive(Debug)]
/// struct Invert {
///     strength: f64,
/// }
///
/// impl Perturber for Invert {
///     fn name(&self) -> &str {
///         "Invert"
///     }
///
///     fn parameters(&self) -> BTreeMap<String, Value> {
///         BTreeMap::from([("strength".to_owned(), self.strength.into())])
///     }
///
///     fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
///         Ok(image.mapv(|value| {
///             let value = f64::from(value);
///             (value + self.strength * (255.0 - 2.0 * value)).round() as u8
///         }))
///     }
/// }
///
/// let all: Vec<Box<dyn Perturber>> = vec![Box::new(Invert { strength: 1.0 })];
/// let black = Array3::zeros((4, 6, 3));
/// assert_eq!(all[0].perturb(black.view(), &mut Random::chacha(1, 0))?[[0, 0, 0]], 255);
/// # Ok::<(), Error>(())
/// ```
pub trait Perturber: fmt::Debug + Send + Sync {
    /// The perturber's name, such as `GaussianBlur`.
    fn name(&self) -> &str;

    /// All parameters by name, such as `ksize` = 11.
    ///
    /// Together with the name they determine the perturber, and a [`Registry`](crate::Registry) that knows
    /// the name builds it again from them.
    fn parameters(&self) -> BTreeMap<String, Value>;

    /// Returns a changed copy of `image`, `(height, width, channels)`, values 0 to 255.
    ///
    /// The result has as many channels as `image`, or three if that is grey. It may have another height and width, as
    /// a crop has; an image with at least one pixel becomes an image with at least one pixel. A perturber changes
    /// pixels only: the rest of a datum (its target, id and position) stays as it is.
    ///
    /// All randomness comes from `random`: the same image and the same state of `random` give the same result
    /// on every machine.
    ///
    /// # Errors
    ///
    /// The perturber is not defined for images of this shape.
    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error>;

    /// Whether every image is returned as it is, whatever the random numbers: a blur of one pixel, no noise at all.
    ///
    /// Studies compute such settings once. A perturber that refuses some images is none. By default `false`, which is
    /// always correct.
    fn is_identity(&self) -> bool {
        false
    }

    /// Returns a changed copy of the image of a datum with this metadata.
    ///
    /// A perturber that needs to know more than the image, such as how far away things are, takes entries of the
    /// metadata that have the names of its parameters instead of these. By default the metadata is not read.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use ndarray::Array3;
    /// use perturb::{Haze, Perturber, Random};
    ///
    /// let haze = Haze::builder().factor(1.0).sky_color([200.0]).build()?;
    /// let image = Array3::<u8>::zeros((1, 2, 1));
    /// let metadata = BTreeMap::from([("depth_map".to_owned(), serde_json::json!([[0.0, 50.0]]))]);
    /// let hazy = haze.perturb_datum(image.view(), &metadata, &mut Random::chacha(0, 0))?;
    /// assert_eq!((hazy[[0, 0, 0]], hazy[[0, 1, 0]]), (0, 200));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`perturb`](Self::perturb), and [`Error::Parameters`] for an entry that is not possible as the parameter.
    fn perturb_datum(
        &self,
        image: ArrayView3<'_, u8>,
        metadata: &BTreeMap<String, Value>,
        random: &mut Random,
    ) -> Result<Array3<u8>, Error> {
        let _ = metadata;
        self.perturb(image, random)
    }
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

            fn is_identity(&self) -> bool {
                (**self).is_identity()
            }

            fn perturb_datum(
                &self,
                image: ArrayView3<'_, u8>,
                metadata: &BTreeMap<String, Value>,
                random: &mut Random,
            ) -> Result<Array3<u8>, Error> {
                (**self).perturb_datum(image, metadata, random)
            }
        }
    )+};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
