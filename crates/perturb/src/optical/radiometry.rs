//! From light to electrons, as pyBSM counts them.

use std::f64::consts::PI;

use super::atmosphere::AtmosphereRow;

const PLANCK: f64 = 6.626_070_04e-34;
const LIGHT_SPEED: f64 = 299_792_458.0;
const BOLTZMANN: f64 = 1.380_648_52e-23;

/// Kelvin of the ground, and of the optics.
const GROUND: f64 = 300.0;
const OPTICS: f64 = 70.0;

/// A sensor that looks at the ground through an atmosphere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sensor<'a> {
    pub(super) atmosphere: &'a [AtmosphereRow],
    /// Diameter and focal length, in metres.
    pub(super) d: f64,
    pub(super) f: f64,
    /// Share of the diameter that is obscured.
    pub(super) eta: f64,
    /// Widths of a detector, in metres.
    pub(super) widths: [f64; 2],
    /// Wavelengths, and what share the optics let through and the detector turns into electrons there.
    pub(super) transmission: (&'a [f64], &'a [f64]),
    pub(super) efficiency: (&'a [f64], &'a [f64]),
    /// Integration time in seconds, times the stages.
    pub(super) time: f64,
    /// Electrons per second without light.
    pub(super) dark_current: f64,
    /// The most electrons that a detector holds.
    pub(super) max_n: f64,
}

/// Electrons as a linear function of the ground's reflectance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Electrons {
    pub(super) slope: f64,
    pub(super) offset: f64,
}

impl Sensor<'_> {
    /// Electrons per second and metre of wavelength, in each row of the atmosphere within the optics' band.
    pub(super) fn spectrum(&self, reflectance: f64) -> Vec<(f64, f64)> {
        let (wavelengths, _) = self.transmission;
        let (low, high) =
            (super::camera::shortest(wavelengths), wavelengths.iter().copied().fold(0.0, f64::max));
        let rows = self.atmosphere.iter().filter(|row| (low..=high).contains(&row.wavelength));
        rows.map(|row| (row.wavelength, self.electrons_per_metre(row, reflectance))).collect()
    }

    fn electrons_per_metre(&self, row: &AtmosphereRow, reflectance: f64) -> f64 {
        let wavelength = row.wavelength;
        let radiance = row.path
            + (1.0 - reflectance) * black_body(wavelength, GROUND) * row.transmission
            + row.scatter
            + row.reflected * reflectance / 0.15;
        let number = 4.0 * (self.f / self.d).powi(2);
        let optics = (1.0 - self.eta * self.eta) * interpolated(wavelength, self.transmission);
        let irradiance = optics * PI * radiance / (1.0 + number)
            + (PI - PI / (number + 1.0)) * black_body(wavelength, OPTICS);
        let photons = wavelength / (PLANCK * LIGHT_SPEED) * irradiance;
        photons * interpolated(wavelength, self.efficiency) * self.widths[0] * self.widths[1]
    }

    /// Electrons of one exposure. Where a white ground would give more than the detector holds, the exposure is
    /// shortened so far that it just does not.
    pub(super) fn electrons(&self) -> Electrons {
        let exposure = |reflectance: f64| {
            let spectrum = self.spectrum(reflectance);
            let light: f64 = spectrum
                .windows(2)
                .map(|two| (two[1].0 - two[0].0) * f64::midpoint(two[0].1, two[1].1))
                .sum();
            (light + self.dark_current) * self.time
        };
        let (black, white) = (exposure(0.0), exposure(1.0));
        let share = (self.max_n / white).min(1.0);
        Electrons { slope: (white - black) * share, offset: black * share }
    }
}

/// Planck's radiance, in W/(sr m^2 m).
fn black_body(wavelength: f64, kelvin: f64) -> f64 {
    let power = PLANCK * LIGHT_SPEED / (wavelength * BOLTZMANN * kelvin);
    2.0 * PLANCK * LIGHT_SPEED * LIGHT_SPEED / wavelength.powi(5) / (power.exp() - 1.0)
}

/// Interpolates linearly; 0 outside. No values stand for 1 everywhere inside.
fn interpolated(at: f64, (positions, values): (&[f64], &[f64])) -> f64 {
    if let ([first, .., last], []) = (positions, values) {
        return if (*first..=*last).contains(&at) { 1.0 } else { 0.0 };
    }
    let mut pairs = positions.windows(2).zip(values.windows(2));
    let between = pairs.find(|(positions, _)| positions[0] <= at && at <= positions[1]);
    between.map_or(0.0, |(p, v)| v[0] + (v[1] - v[0]) * (at - p[0]) / (p[1] - p[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suns_radiance_is_plancks() {
        // Wien: the greatest radiance of a body at 5778 K is near 0.5015 micrometres.
        let at = |wavelength: f64| black_body(wavelength, 5778.0);
        assert!(at(5.015e-7) > at(4.9e-7) && at(5.015e-7) > at(5.13e-7));
    }

    #[test]
    fn nothing_is_let_through_outside_the_band() {
        let band = (&[1.0, 2.0][..], &[0.5, 0.7][..]);
        assert_eq!([0.9, 1.0, 1.5, 2.0, 2.1].map(|at| interpolated(at, band)), [0.0, 0.5, 0.6, 0.7, 0.0]);
    }
}
