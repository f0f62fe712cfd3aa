use ndarray::{Array3, ArrayView3};

use crate::Error;

/// Returns the image with three channels; a grey image repeats its one.
pub(crate) fn with_three_channels(image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
    let (height, width, channels) = image.dim();
    match channels {
        _ if image.is_empty() => Err(Error::ImageShape { shape: image.dim() }),
        1 => Ok(Array3::from_shape_fn((height, width, 3), |(y, x, _)| image[[y, x, 0]])),
        3 => Ok(image.as_standard_layout().into_owned()),
        _ => Err(Error::ImageShape { shape: image.dim() }),
    }
}
