//! A change of an image's sampling.

use ndarray::{Array3, Axis};

use crate::pillow::{self, Filter};

/// Resamples each channel to another size, bilinear, as Pillow does with numbers of 32 bits.
pub(super) fn resampled(image: Array3<f64>, (height, width): (usize, usize)) -> Array3<f64> {
    let mut resampled = Array3::zeros((height, width, image.dim().2));
    for (from, mut to) in image.axis_iter(Axis(2)).zip(resampled.axis_iter_mut(Axis(2))) {
        let single = from.mapv(|value| value as f32);
        to.assign(&pillow::resample_f32(single.view(), (height, width), Filter::Bilinear).mapv(f64::from));
    }
    resampled
}
