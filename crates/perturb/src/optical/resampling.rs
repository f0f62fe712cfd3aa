//! A change of an image's sampling.

use ndarray::Array3;

use crate::pillow::{self, Filter};

/// Resamples each channel to another size, bilinear, as Pillow does with numbers of 32 bits.
pub(super) fn resampled(image: Array3<f64>, (height, width): (usize, usize)) -> Array3<f64> {
    let single = image.mapv(|value| value as f32);
    pillow::resample(&single, (height, width), Filter::Bilinear).mapv(f64::from)
}
