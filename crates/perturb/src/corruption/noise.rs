use ndarray::Array3;

use super::{Values, unit};
use crate::Random;

/// Adds normal noise.
pub(super) fn gaussian(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let deviation = [0.08, 0.12, 0.18, 0.26, 0.38][level];
    let mut draws = random.legacy();
    unit(image).mapv_into(|value| value + draws.normal(0.0, deviation))
}

/// Replaces a value by a Poisson number of photons.
pub(super) fn shot(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let photons = [60.0, 25.0, 12.0, 5.0, 3.0][level];
    let mut draws = random.legacy();
    unit(image).mapv_into(|value| draws.poisson(value * photons) as f64 / photons)
}

/// Replaces values by salt and pepper, half of each.
pub(super) fn impulse(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let amount = [0.03, 0.06, 0.09, 0.17, 0.27][level];
    let mut hits = Vec::with_capacity(image.len());
    random.trials(image.len(), amount, |part| hits.extend_from_slice(part));
    let salted = random.trials_among(&hits, 0.5);
    let mut trials = hits.into_iter().zip(salted);
    unit(image).mapv_into(|value| match trials.next() {
        Some((true, salted)) => f64::from(u8::from(salted)),
        _ => value,
    })
}

/// Adds normal noise in proportion to the value.
pub(super) fn speckle(image: &Array3<u8>, level: usize, random: &mut Random) -> Values {
    let deviation = [0.15, 0.2, 0.35, 0.45, 0.6][level];
    let mut draws = random.legacy();
    unit(image).mapv_into(|value| value + value * draws.normal(0.0, deviation))
}
