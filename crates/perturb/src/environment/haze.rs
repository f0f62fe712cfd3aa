use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use super::DepthMap;
use crate::image::apply_without_random;
use crate::settings::{parameters, perturb_datum_with, perturber_settings, within};
use crate::{Error, Perturber, Random};

perturber_settings! {
    /// Lays haze over the image, thicker where its content is further away.
    ///
    /// This is NRTK's `HazePerturber`: by the Beer-Lambert law the share exp(-`factor` * depth) of the light comes
    /// through, and the sky makes up the rest. The original truncates values to whole numbers, so that any haze
    /// darkens by half a level, and values outside 0 to 255 wrap; here they are rounded and clamped unless `compat`
    /// is set.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::Haze;
    ///
    /// let image = Array3::from_shape_fn((2, 2, 1), |(y, x, _)| (100 * y + 50 * x) as u8);
    /// let thick = Haze::builder().factor(9.0).sky_color([200.0]).build()?;
    /// let hazy = thick.apply(&image)?;
    /// assert_eq!(hazy, Array3::<u8>::from_elem((2, 2, 1), 200));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    Haze, HazeBuilder {
        /// How thick the haze is, per unit of depth; 1 by default. Below 0 it is taken away.
        factor: f64 = 1.0;
        /// How far away each pixel's content is; 1 everywhere by default.
        depth_map: DepthMap = DepthMap::from(1.0);
        /// The sky's value of 0 to 255 in each channel; by default the mean of the image's.
        sky_color: Vec<f64> = Vec::new();
        /// Whether to truncate values and let them wrap as NRTK does; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
}

impl Haze {
    fn check(&self) -> Result<(), Error> {
        within("Haze", "factor", self.factor, .., "a finite number")?;
        if let Some(depth) = self.depth_map.impossible() {
            within("Haze", "depth_map", depth, .., "finite numbers")?;
        }
        self.sky_color.iter().try_for_each(|&value| within("Haze", "sky_color", value, .., "finite numbers"))
    }
}

impl Haze {
    fn changed(&self, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        if let Some((rows, columns)) = self.depth_map.size().filter(|&size| size != (height, width)) {
            let expected = format!("those of the depth map, {rows} x {columns}");
            return Err(Error::Size { perturber: "Haze", height, width, expected });
        }
        if !matches!(self.depth_map.channels(), 1) && self.depth_map.channels() != channels {
            let expected = "as many as the depth map has";
            return Err(Error::Channels { perturber: "Haze", channels, expected });
        }
        let sky = match &self.sky_color[..] {
            [] => mean(image),
            sky if sky.len() == channels => sky.to_vec(),
            _ => {
                let expected = "as many as sky_color has values";
                return Err(Error::Channels { perturber: "Haze", channels, expected });
            }
        };
        Ok(Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            let through = (-self.factor * self.depth_map.at(y, x, k)).exp();
            let value = f64::from(image[[y, x, k]]) * through + sky[k] * (1.0 - through);
            // Modulo 256, as NumPy's cast does.
            if self.compat { value as i64 as u8 } else { value.round() as u8 }
        }))
    }
}

apply_without_random!(Haze);

impl Perturber for Haze {
    fn name(&self) -> &'static str {
        "Haze"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        self.changed(image)
    }

    perturb_datum_with!("Haze", "depth_map", "sky_color");
}

/// Each channel's mean.
fn mean(image: ArrayView3<'_, u8>) -> Vec<f64> {
    let (height, width, _) = image.dim();
    let sums =
        image.axis_iter(ndarray::Axis(2)).map(|channel| channel.iter().map(|&v| u64::from(v)).sum::<u64>());
    sums.map(|sum| sum as f64 / (height * width) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hazy(image: &Array3<u8>, builder: HazeBuilder) -> Result<Array3<u8>, Error> {
        builder.build()?.perturb(image.view(), &mut Random::chacha(0, 0))
    }

    #[test]
    fn what_is_near_stays_clear() {
        let image = Array3::from_elem((1, 3, 1), 10);
        let map = Array3::from_shape_vec((1, 3, 1), vec![0.0, 1.0, 50.0]).unwrap();
        let hazy = hazy(&image, Haze::builder().depth_map(map).sky_color([210.0])).unwrap();
        // 10 / e + 210 (1 - 1 / e) = 136.4.
        assert_eq!(hazy.into_raw_vec_and_offset().0, [10, 136, 210]);
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let image = Array3::<u8>::zeros((4, 5, 3));
        let error = hazy(&image, Haze::builder().factor(f64::NAN)).unwrap_err();
        assert_eq!(error.to_string(), "Haze: factor is NaN, expected a finite number");
        assert!(hazy(&image, Haze::builder().depth_map(f64::NAN)).is_err());
        let error = hazy(&image, Haze::builder().depth_map(Array3::zeros((5, 4, 1)))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Haze: the image has 4 x 5 pixels, expected those of the depth map, 5 x 4"
        );
        assert!(hazy(&image, Haze::builder().depth_map(Array3::zeros((4, 5, 2)))).is_err());
        assert!(hazy(&image, Haze::builder().sky_color([1.0])).is_err());
    }

    proptest! {
        #[test]
        fn no_haze_changes_nothing_and_some_moves_towards_the_sky(value: u8, factor in 0.0_f64..9.0, sky in 0.0..=255.0) {
            let image = Array3::from_elem((2, 2, 3), value);
            prop_assert_eq!(&hazy(&image, Haze::builder().factor(0.0)).unwrap(), &image);
            let hazy = hazy(&image, Haze::builder().factor(factor).sky_color([sky; 3])).unwrap()[[0, 0, 0]];
            let (low, high) = (f64::from(value).min(sky).floor(), f64::from(value).max(sky).ceil());
            prop_assert!((low..=high).contains(&f64::from(hazy)));
        }
    }
}
