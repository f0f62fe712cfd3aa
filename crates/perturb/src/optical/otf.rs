//! Optical transfer functions of pyBSM, at spatial frequencies in cycles per radian.
//!
//! All are even in both frequencies.

use std::f64::consts::PI;

/// A circular aperture of diameter `d`, the share `eta` of it obscured in the middle, at one wavelength. `frequency` is
/// the distance from the origin.
pub(super) fn aperture(frequency: f64, wavelength: f64, d: f64, eta: f64) -> f64 {
    let cutoff = d / wavelength;
    let t = frequency / cutoff;
    let disk = |t: f64| if t <= 1.0 { (2.0 / PI) * (t.acos() - t * (1.0 - t * t).sqrt()) } else { 0.0 };
    if eta == 0.0 {
        return disk(t);
    }
    let hole = if frequency < (1.0 - eta) * cutoff / 2.0 { 1.0 } else { 0.0 };
    let squared = eta * eta;
    (disk(t) + squared * disk(t / eta) - 2.0 * squared * hole + crossed(frequency, cutoff, eta))
        / (1.0 - squared)
}

/// The share of an aperture's transfer function that its disk and its hole have in common.
fn crossed(frequency: f64, cutoff: f64, eta: f64) -> f64 {
    let squared = eta * eta;
    let cosine = (1.0 + squared - (2.0 * frequency / cutoff).powi(2)) / (2.0 * eta);
    if cosine.abs() > 1.0 || frequency > (1.0 + eta) * cutoff / 2.0 {
        return 0.0;
    }
    let phi = cosine.acos();
    let ring = ((1.0 + eta) * (phi / 2.0).tan() / (1.0 - eta)).atan();
    2.0 * eta * phi.sin() / PI + (1.0 + squared) * phi / PI
        - 2.0 * squared
        - (2.0 * (1.0 - squared) / PI) * ring
}

/// A Gaussian blur spot of 1/e widths `w_x` and `w_y`, in radians.
pub(super) fn defocus([u, v]: [f64; 2], [w_x, w_y]: [f64; 2]) -> f64 {
    (-(PI * PI / 4.0) * ((w_x * u).powi(2) + (w_y * v).powi(2))).exp()
}

/// The integration over detectors of `w_x` by `w_y` metres behind a focal length of `f` metres.
pub(super) fn detector([u, v]: [f64; 2], [w_x, w_y]: [f64; 2], f: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    sinc(w_x * u / f) * sinc(w_y * v / f)
}

/// Random motion of root mean squares `s_x` and `s_y`, in radians.
pub(super) fn jitter([u, v]: [f64; 2], [s_x, s_y]: [f64; 2]) -> f64 {
    (-2.0 * PI * PI * ((s_x * u).powi(2) + (s_y * v).powi(2))).exp()
}

/// The air on the way from a target on the ground, with the Hufnagel-Valley profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turbulence {
    /// Height of the sensor, in metres.
    pub(super) altitude: f64,
    /// Distance of the target, in metres.
    pub(super) slant_range: f64,
    /// Diameter of the aperture, in metres.
    pub(super) d: f64,
    /// Wind high above the ground, in metres per second.
    pub(super) ha_wind_speed: f64,
    /// Refractive index structure parameter near the ground, in m^(-2/3).
    pub(super) cn2_at_1m: f64,
    /// Integration time in seconds.
    pub(super) time: f64,
    /// Speed of the air past the sensor, in metres per second.
    pub(super) speed: f64,
}

impl Turbulence {
    /// Fried's coherence diameter at 1 micrometre, in metres.
    pub(super) fn coherence_diameter(&self) -> f64 {
        const EARTH: f64 = 6_378_164.0;
        const STEPS: usize = 10_000;
        let sensor = EARTH + self.altitude;
        let range = self.slant_range;
        let cosine = -(EARTH * EARTH - sensor * sensor - range * range) / (2.0 * sensor * range);
        let at = |i: usize| i as f64 * (range / (STEPS - 1) as f64);
        let height = |from_sensor: f64| {
            let squared = sensor * sensor + from_sensor * from_sensor - 2.0 * sensor * from_sensor * cosine;
            squared.sqrt() - EARTH
        };
        let profile = |h: f64| {
            5.94e-53 * (self.ha_wind_speed / 27.0).powi(2) * h.powi(10) * (-h / 1000.0).exp()
                + 2.7e-16 * (-h / 1500.0).exp()
                + self.cn2_at_1m * (-h / 100.0).exp()
        };
        // Weighted by the distance from the target.
        let value = |i: usize| profile(height(at(STEPS - 1 - i))) * (at(i) / range).powf(5.0 / 3.0);
        let integral: f64 = (1..STEPS).map(|i| (at(i) - at(i - 1)) * (value(i) + value(i - 1)) / 2.0).sum();
        (0.423 * (2.0 * PI / 1e-6).powi(2) * integral).powf(-3.0 / 5.0)
    }

    /// The transfer function by wavelength.
    pub(super) fn by_wavelength(self) -> impl Fn(f64) -> Air {
        let coherence = self.coherence_diameter();
        move |wavelength| {
            let diameter = coherence * (wavelength / 1e-6).powf(6.0 / 5.0);
            Air {
                long: -3.44 * (wavelength / diameter).powf(5.0 / 3.0),
                short: 0.5 * (wavelength / self.d).cbrt(),
                still: (-self.speed * self.time / diameter).exp(),
            }
        }
    }
}

/// Turbulent air at one wavelength.
#[derive(Clone, Copy, Debug)]
pub(super) struct Air {
    long: f64,
    short: f64,
    /// Weight of the short exposure.
    still: f64,
}

impl Air {
    /// The transfer function at a distance from the origin whose cubic root is `root`.
    pub(super) fn otf(&self, root: f64) -> f64 {
        let exponent = self.long * root.powi(5);
        let short = (exponent * (1.0 - self.short * root)).exp();
        if self.still == 1.0 { short } else { self.still * short + (1.0 - self.still) * exponent.exp() }
    }
}

/// Something for each wavelength, with its share of the weights.
pub(super) fn terms<T>(wavelengths: &[f64], weights: &[f64], make: impl Fn(f64) -> T) -> Vec<(f64, T)> {
    let sum: f64 = weights.iter().sum();
    wavelengths.iter().zip(weights).map(|(&wavelength, weight)| (weight / sum, make(wavelength))).collect()
}

/// The mean over wavelengths.
pub(super) fn mean<T>(terms: &[(f64, T)], otf: impl Fn(&T) -> f64) -> f64 {
    terms.iter().map(|(share, term)| share * otf(term)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transfer_function_is_one_at_the_origin_and_falls() {
        let air = Turbulence {
            altitude: 800.0,
            slant_range: 1500.0,
            d: 0.1,
            ha_wind_speed: 30.0,
            cn2_at_1m: 5e-13,
            time: 0.03,
            speed: 5.0,
        };
        let air = air.by_wavelength()(5e-7);
        let all: [&dyn Fn(f64) -> f64; 6] = [
            &|u| aperture(u, 5e-7, 0.003, 0.0),
            &|u| aperture(u, 5e-7, 0.003, 0.3),
            &|u| defocus([u, 0.0], [4e-4, 2e-4]),
            &|u| detector([u, 0.0], [8e-6, 8e-6], 0.05),
            &|u| jitter([u, 0.0], [2e-4, 1e-4]),
            &|u| air.otf(u.cbrt()),
        ];
        for (i, otf) in all.into_iter().enumerate() {
            assert!((otf(0.0) - 1.0).abs() < 1e-12, "{i}: {}", otf(0.0));
            assert!(otf(500.0) < 1.0 && otf(1500.0) < otf(500.0), "{i}");
        }
        assert_eq!(aperture(6001.0, 5e-7, 0.003, 0.0), 0.0);
    }
}
