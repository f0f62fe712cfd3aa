use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use super::fill;
use crate::image::apply_without_random;
use crate::settings::{parameters, perturber_settings, within};
use crate::values::copied;
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Distorts the image as a lens does: barrel (`k` above 0) or pincushion (below 0).
    ///
    /// This is NRTK's `RadialDistortionPerturber`. With coordinates of -1 to 1 on either axis, a pixel at distance r
    /// from the centre shows what is at
    ///
    /// ```text
    /// r (1 + k[0] r^2 + k[1] r^4 + k[2] r^6)
    /// ```
    ///
    /// in the same direction (Brown 1966), rounded to the nearest pixel. NRTK cuts the coordinates off towards zero
    /// instead, which shifts the image by half a pixel and doubles the border; `compat` does the same.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::RadialDistortion;
    ///
    /// let image = Array3::<u8>::from_elem((9, 9, 3), 200);
    /// let barrel = RadialDistortion::builder().k([0.4, 0.0, 0.0]).build()?;
    /// let distorted = barrel.apply(&image)?;
    /// assert_eq!((distorted[[0, 0, 0]], distorted[[4, 4, 0]]), (0, 200));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    RadialDistortion, RadialDistortionBuilder {
        /// The coefficients of r^2, r^4 and r^6; 0 by default.
        k: [f64; 3] = [0.0; 3];
        /// What fills the part that nothing is moved to, a value of 0 to 255 per channel; black by default.
        color_fill: Vec<u8> = Vec::new();
        /// Whether to cut coordinates off as NRTK does; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
}

impl RadialDistortion {
    fn check(&self) -> Result<(), Error> {
        self.k.iter().try_for_each(|&k| within("RadialDistortion", "k", k, .., "three finite numbers"))
    }
}

impl RadialDistortion {
    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        let fill = fill::per_channel("RadialDistortion", &self.color_fill, channels)?;
        if self.k == [0.0; 3] {
            return Ok(copied(image));
        }
        // Coordinates of -1 to 1; a single row or column lies in the middle.
        let centred = |at: usize, side: usize| {
            if side > 1 { (at as f64 / (side - 1) as f64) * 2.0 - 1.0 } else { 0.0 }
        };
        let source = |centred: f64, side: usize| {
            let at = f64::midpoint(centred, 1.0) * (side - 1) as f64;
            let at = if self.compat { at.trunc() } else { at.round() };
            (0.0..side as f64).contains(&at).then_some(at as usize)
        };
        let columns: Vec<f64> = (0..width).map(|x| centred(x, width)).collect();
        let mut distorted = Array3::zeros(image.dim());
        for (y, mut row) in distorted.outer_iter_mut().enumerate() {
            let down = centred(y, height);
            for (&right, mut pixel) in columns.iter().zip(row.outer_iter_mut()) {
                let r2 = right * right + down * down;
                let r4 = r2 * r2;
                let distortion = 1.0 + self.k[0] * r2 + self.k[1] * r4 + self.k[2] * (r2 * r4);
                let source = source(right * distortion, width).zip(source(down * distortion, height));
                for (k, value) in pixel.iter_mut().enumerate() {
                    *value = source.map_or(fill[k], |(x, y)| image[[y, x, k]]);
                }
            }
        }
        Ok(distorted)
    }
}

apply_without_random!(RadialDistortion);

impl Perturber for RadialDistortion {
    fn name(&self) -> &'static str {
        "RadialDistortion"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distort(image: &Array3<u8>, builder: RadialDistortionBuilder) -> Result<Array3<u8>, Error> {
        builder.build()?.perturb(image.view(), &mut Random::chacha(0, 0))
    }

    #[test]
    fn a_symmetric_image_stays_symmetric() {
        let quarter = Array3::from_shape_fn((8, 8, 1), |(y, x, _)| (30 * y + 3 * x) as u8);
        let image =
            Array3::from_shape_fn((15, 15, 1), |(y, x, k)| quarter[[y.min(14 - y), x.min(14 - x), k]]);
        for k in [[0.3, 0.0, 0.0], [-0.4, 0.1, 0.0], [0.1, -0.2, 0.07]] {
            let distorted = distort(&image, RadialDistortion::builder().k(k)).unwrap();
            for ((y, x, _), &value) in distorted.indexed_iter() {
                assert_eq!(value, distorted[[14 - y, 14 - x, 0]], "{k:?} {y} {x}");
            }
        }
    }

    #[test]
    fn a_single_pixel_is_its_own_centre() {
        let image = Array3::<u8>::from_elem((1, 1, 3), 9);
        for builder in [RadialDistortion::builder(), RadialDistortion::builder().compat(true)] {
            assert_eq!(distort(&image, builder.k([0.5, 0.0, 0.0])).unwrap(), image);
        }
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let image = Array3::<u8>::zeros((4, 4, 3));
        let error = distort(&image, RadialDistortion::builder().k([f64::NAN, 0.0, 0.0])).unwrap_err();
        assert_eq!(error.to_string(), "RadialDistortion: k is NaN, expected three finite numbers");
        let error = distort(&image, RadialDistortion::builder().color_fill([7])).unwrap_err();
        assert!(matches!(error, Error::Channels { channels: 3, .. }));
        assert!(serde_json::from_str::<RadialDistortion>(r#"{"k": [0.1, 0.2]}"#).is_err());
    }
}
