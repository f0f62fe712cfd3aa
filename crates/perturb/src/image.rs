use ndarray::{Array3, ArrayView3, CowArray, Ix3};

use crate::Error;

/// An image in memory, from which pixels can be taken and to which they can be turned back.
///
/// Arrays are images, and with the feature `image` so are the `image` crate's `RgbImage`, `GrayImage` and
/// `DynamicImage`. Perturbers without random numbers [`apply`](crate::GaussianBlur::apply) to any of them,
/// and return the same kind; for the others, [`to_array`](Self::to_array) and
/// [`from_array`](Self::from_array) lead there and back:
///
/// ```
/// # #[cfg(feature = "image")] {
/// use image::RgbImage;
/// use perturb::{GaussianBlur, Image, Perturber, Random, SaltNoise};
///
/// let photo = RgbImage::new(40, 30);
/// let blurred: RgbImage = GaussianBlur::new(11)?.apply(&photo)?;
///
/// let noisy = SaltNoise::new(0.05)?.perturb(photo.to_array()?.view(), &mut Random::chacha(7, 0))?;
/// let noisy = RgbImage::from_array(noisy)?;
/// assert_eq!((blurred.dimensions(), noisy.dimensions()), ((40, 30), (40, 30)));
/// # }
/// # Ok::<(), perturb::Error>(())
/// ```
pub trait Image {
    /// The kind of image that results from a change.
    type Owned;

    /// The pixels, `(height, width, channels)`, values 0 to 255; borrowed if they are laid out like this
    /// already.
    ///
    /// # Errors
    ///
    /// [`Error::Image`] if the pixels are of a type that does not become 0 to 255.
    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error>;

    /// The image of these pixels, `(height, width, channels)`.
    ///
    /// # Errors
    ///
    /// [`Error::Image`] if this kind of image cannot have so many channels or pixels.
    fn from_array(pixels: Array3<u8>) -> Result<Self::Owned, Error>;
}

impl<T: Image + ?Sized> Image for &T {
    type Owned = T::Owned;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        (**self).to_array()
    }

    fn from_array(pixels: Array3<u8>) -> Result<T::Owned, Error> {
        T::from_array(pixels)
    }
}

impl Image for Array3<u8> {
    type Owned = Self;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        Ok(self.view().into())
    }

    fn from_array(pixels: Self) -> Result<Self, Error> {
        Ok(pixels)
    }
}

impl Image for ArrayView3<'_, u8> {
    type Owned = Array3<u8>;

    fn to_array(&self) -> Result<CowArray<'_, u8, Ix3>, Error> {
        Ok(self.view().into())
    }

    fn from_array(pixels: Array3<u8>) -> Result<Array3<u8>, Error> {
        Ok(pixels)
    }
}

/// Gives a perturber that draws no random numbers an inherent `apply`.
macro_rules! apply_without_random {
    ($name:ident) => {
        impl $name {
            /// Returns a changed copy of an image: an array, or with the feature `image` one of that crate's
            /// images.
            ///
            /// This is [`Perturber::perturb`] without the random numbers, which this perturber does not need.
            ///
            /// # Errors
            ///
            /// As [`Perturber::perturb`], and [`Error::Image`](crate::Error::Image) for an image that does
            /// not have 8-bit pixels.
            pub fn apply<I: $crate::Image>(&self, image: I) -> Result<I::Owned, $crate::Error> {
                I::from_array(self.changed(image.to_array()?.view())?)
            }
        }
    };
}

pub(crate) use apply_without_random;
