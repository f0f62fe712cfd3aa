use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, PI};

use ndarray::{Array2, Array3, ArrayView3};
use serde_json::Value;

use super::outline;
use super::refraction::{Scene, Vector};
use crate::gaussian_filter::{self, Border, Precision};
use crate::settings::{parameters, perturber_settings, within};
use crate::values::copied;
use crate::{Draws, Error, Perturber, Random};

perturber_settings! {
    /// Shows the image through a glass plane with drops of water on it.
    ///
    /// This is NRTK's `WaterDropletPerturber` (after Halimeh and Roser 2009, and von Bernuth, Volk and Bringmann 2019):
    /// drops are spheres with irregular outlines, the light is refracted at the glass and at the sphere, and what is in
    /// focus behind the drops is blurred a little.
    ///
    /// In the original, drops are as small as they can be in images of fewer than 500 columns, everything seen
    /// through a drop lies a pixel too far up and left, blurs wrap around the border, and values are truncated to
    /// whole numbers. Here sizes grow with the width from the first column, nothing is shifted, borders are mirrored
    /// and values rounded; `compat` asks for the original's pixels.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use perturb::{Perturber, Random, WaterDroplet};
    ///
    /// let image = Array3::from_shape_fn((48, 64, 3), |(y, x, _)| (4 * x + y) as u8);
    /// let rain = WaterDroplet::builder().num_drops(12_usize).build()?;
    /// assert_ne!(rain.perturb(image.view(), &mut Random::chacha(1, 0))?, image);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    WaterDroplet, WaterDropletBuilder {
        /// The range of a drop's radius on the glass, in centimetres per 500 columns of the image, over the least of
        /// 0.1 cm.
        size_range: [f64; 2] = [0.0, 1.0];
        /// How many drops are drawn; those that touch another one are left out.
        num_drops: usize = 20;
        /// How much of the image outside the drops is the blurred one, 0 to 1.
        blur_strength: f64 = 0.25;
        /// The angle between the glass and the line of sight, in radians, above 0 and below pi.
        psi: f64 = FRAC_PI_2;
        /// The refractive index of air.
        n_air: f64 = 1.0;
        /// The refractive index of the drops, above that of air.
        n_water: f64 = 1.33;
        /// The focal length across, in pixels.
        f_x: f64 = 400.0;
        /// The focal length down, in pixels.
        f_y: f64 = 400.0;
        /// Whether to draw NRTK's pixels, its quirks included; false by default.
        compat: bool = false, omit "std::ops::Not::not";
    }
}

/// A sphere on the glass.
struct Drop {
    /// The middle of its circle on the glass, and that circle's radius.
    middle: Vector,
    reach: f64,
    centre: Vector,
    radius: f64,
}

impl WaterDroplet {
    fn check(&self) -> Result<(), Error> {
        let check = |parameter, value, range: std::ops::RangeInclusive<f64>, expected| {
            within("WaterDroplet", parameter, value, range, expected)
        };
        let [low, high] = self.size_range;
        check("size_range", low, 0.0..=100.0, "two ascending numbers from 0 to 100")?;
        check("size_range", high, low..=100.0, "two ascending numbers from 0 to 100")?;
        check("num_drops", self.num_drops as f64, 0.0..=10_000.0, "a number from 0 to 10000")?;
        check("blur_strength", self.blur_strength, 0.0..=1.0, "a number from 0 to 1")?;
        check("psi", self.psi, 1e-6..=PI - 1e-6, "an angle above 0 and below pi")?;
        check("n_air", self.n_air, 0.1..=100.0, "a number from 0.1 to 100")?;
        check("n_water", self.n_water, self.n_air.next_up()..=100.0, "a number above n_air, up to 100")?;
        check("f_x", self.f_x, 1e-3..=1e9, "a number of pixels above 0")?;
        check("f_y", self.f_y, 1e-3..=1e9, "a number of pixels above 0")
    }

    fn drops(&self, scene: &Scene, (height, width): (usize, usize), draws: &mut Draws<'_>) -> Vec<Drop> {
        let (first, last) = (scene.on_glass(0, 0), scene.on_glass(width - 1, height - 1));
        let left = scene.on_glass(0, height - 1).0[0];
        let scale = if self.compat { (width / 500) as f64 } else { width as f64 / 500.0 };
        let drops: Vec<Drop> = (0..self.num_drops)
            .map(|_| {
                let right = left + (last.0[0] - left) * draws.unit();
                let down = first.0[1] + (last.0[1] - first.0[1]) * draws.unit();
                let middle = Vector([right, down, scene.depth(right, down)]);
                // The angle between glass and sphere.
                let tau = draws.uniform(30.0, 45.0).floor() / 180.0 * PI;
                let reach = 0.1 + scale * draws.uniform(self.size_range[0], self.size_range[1]);
                let radius = reach / tau.sin();
                Drop { middle, reach, centre: middle - Vector([0.0, 0.0, radius * tau.cos()]), radius }
            })
            .collect();
        let touch = |one: &Drop, other: &Drop| one.reach + other.reach > (one.middle - other.middle).norm();
        let stays: Vec<bool> =
            (0..drops.len()).map(|i| !drops[i + 1..].iter().any(|later| touch(&drops[i], later))).collect();
        drops.into_iter().zip(stays).filter_map(|(drop, stays)| stays.then_some(drop)).collect()
    }
}

/// Which drop each pixel shows, by column and row.
fn owners(drops: &[Drop], glass: &Array2<Vector>, draws: &mut Draws<'_>) -> Array2<Option<usize>> {
    let mut owners = Array2::from_elem(glass.dim(), None);
    for (i, drop) in drops.iter().enumerate() {
        let distances = glass.mapv(|point| (point - drop.middle).norm());
        for (owner, &distance) in owners.iter_mut().zip(&distances) {
            if distance <= drop.reach {
                *owner = Some(i);
            }
        }
        let nearest = |distance: &dyn Fn(f64) -> f64| {
            let all = distances.indexed_iter();
            let least = all.fold(((0, 0), f64::INFINITY), |least, (at, &d)| {
                if distance(d) < least.1 { (at, distance(d)) } else { least }
            });
            (least.0.0 as i64, least.0.1 as i64)
        };
        let (x, y) = nearest(&|distance| distance);
        let (rim_x, rim_y) = nearest(&|distance| (distance - drop.reach).abs());
        let radius = (((rim_x - x).pow(2) + (rim_y - y).pow(2)) as f64).sqrt().trunc();
        let corner = [x, y].map(|at| (at as f64 - 1.5 * radius) as i64);
        for [x, y] in outline::pixels(corner, 2.0 * radius, draws) {
            let place = usize::try_from(x).ok().zip(usize::try_from(y).ok());
            if let Some(owner) = place.and_then(|place| owners.get_mut(place)) {
                *owner = Some(i);
            }
        }
    }
    owners
}

/// Blurs 8-bit values, up to `radius` pixels away.
fn blurred(
    image: &Array3<u8>,
    sigma: f64,
    radius: usize,
    border: Border,
    whole: impl Fn(f64) -> u8,
) -> Array3<u8> {
    let mut values = image.mapv(f64::from);
    let truncate = radius as f64 / sigma;
    gaussian_filter::filter(values.view_mut(), [sigma; 2], truncate, border, Precision::Double);
    values.mapv(whole)
}

impl Perturber for WaterDroplet {
    fn name(&self) -> &'static str {
        "WaterDroplet"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        parameters(self)
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let image = copied(image);
        if image.is_empty() {
            return Ok(image);
        }
        let (height, width, _) = image.dim();
        let [glass, background] = random.made([20..=39, 800..=1499]);
        let scene = Scene {
            n_air: self.n_air,
            n_water: self.n_water,
            glass: glass as f64,
            background: background as f64,
            tangent: self.psi.tan(),
            normal: Vector([0.0, -self.psi.cos(), self.psi.sin()]),
            focal: [self.f_x, self.f_y],
            middle: [width as f64 / 2.0, height as f64 / 2.0],
        };
        let mut draws = random.default_rng();
        let drops = self.drops(&scene, (height, width), &mut draws);
        let glass = Array2::from_shape_fn((width, height), |(x, y)| scene.on_glass(x, y));
        let owners = owners(&drops, &glass, &mut draws);

        let mut rain = image.clone();
        let mut mask = Array3::<u8>::zeros((height, width, 1));
        let shift = usize::from(self.compat);
        for ((x, y), owner) in owners.indexed_iter() {
            let Some(drop) = owner.map(|i| &drops[i]) else { continue };
            let Some((to_x, to_y)) = x.checked_sub(shift).zip(y.checked_sub(shift)) else { continue };
            let [u, v] = scene.seen_through(glass[[x, y]], drop.centre, drop.radius);
            let (u, v) =
                (u.clamp(0.0, (width - 1) as f64) as usize, v.clamp(0.0, (height - 1) as f64) as usize);
            for k in 0..image.dim().2 {
                rain[[to_y, to_x, k]] = image[[v, u, k]];
            }
            mask[[to_y, to_x, 0]] = 255;
        }

        let border = if self.compat { Border::Wrap } else { Border::Reflect };
        let whole = |value: f64| if self.compat { value as u8 } else { value.round() as u8 };
        let wide = width as f64;
        let radius = |size: f64| (size / 2.0).floor() as usize;
        let front = blurred(&rain, wide / 150.0, radius(wide / 40.0), border, whole);
        let back = blurred(&rain, 1.5, 3, border, whole);
        let mask = blurred(&mask, wide / 125.0, radius(wide / 60.0), border, whole);
        Ok(Array3::from_shape_fn(image.dim(), |(y, x, k)| {
            if mask[[y, x, 0]] > 0 {
                return front[[y, x, k]];
            }
            let [back, rain] = [back[[y, x, k]], rain[[y, x, k]]].map(f64::from);
            whole(self.blur_strength * back + (1.0 - self.blur_strength) * rain)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_drops_and_no_blur_change_nothing() {
        let image = Array3::from_shape_fn((20, 30, 3), |(y, x, k)| (9 * y + 3 * x + k) as u8);
        let dry = WaterDroplet::builder().num_drops(0_usize).blur_strength(0.0).build().unwrap();
        assert_eq!(dry.perturb(image.view(), &mut Random::chacha(1, 0)).unwrap(), image);
    }

    #[test]
    fn drops_that_stay_do_not_touch() {
        let rain = WaterDroplet::builder().num_drops(200_usize).build().unwrap();
        let scene = Scene {
            n_air: 1.0,
            n_water: 1.33,
            glass: 30.0,
            background: 900.0,
            tangent: FRAC_PI_2.tan(),
            normal: Vector([0.0, 0.0, 1.0]),
            focal: [400.0; 2],
            middle: [250.0, 200.0],
        };
        let drops = rain.drops(&scene, (400, 500), &mut Random::chacha(1, 0).default_rng());
        assert!(drops.len() > 10 && drops.len() < 200);
        for (i, one) in drops.iter().enumerate() {
            assert!(
                drops[i + 1..]
                    .iter()
                    .all(|other| (one.middle - other.middle).norm() >= one.reach + other.reach)
            );
        }
    }

    #[test]
    fn impossible_settings_cannot_be_built() {
        let builder = WaterDroplet::builder;
        for (builder, parameter) in [
            (builder().size_range([0.5, 0.1]), "size_range"),
            (builder().blur_strength(f64::NAN), "blur_strength"),
            (builder().psi(0.0), "psi"),
            (builder().n_water(1.0), "n_water"),
            (builder().f_x(0.0), "f_x"),
            (builder().num_drops(20_000_usize), "num_drops"),
        ] {
            assert!(builder.build().unwrap_err().to_string().contains(parameter));
        }
    }
}
