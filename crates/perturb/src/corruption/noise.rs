use multiversion::multiversion;
use ndarray::{Array3, ArrayRef3};
use numpy_rng::Poisson;

use super::{Values, unit, whole};
use crate::values::written;
use crate::{Draws, Random};

/// Adds normal noise.
pub(super) fn gaussian(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let deviation = [0.08, 0.12, 0.18, 0.26, 0.38][level];
    normal(image, &mut random.legacy(), |from, normals, to| add::<false>(from, normals, deviation, to))
}

/// Adds normal noise in proportion to the value.
pub(super) fn speckle(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let deviation = [0.15, 0.2, 0.35, 0.45, 0.6][level];
    normal(image, &mut random.legacy(), |from, normals, to| add::<true>(from, normals, deviation, to))
}

/// Draws a normal number for each value.
fn normal(
    image: &ArrayRef3<u8>,
    draws: &mut Draws<'_>,
    add: impl Fn(&[u8], &[f64], &mut [u8]),
) -> Array3<u8> {
    written(image.view(), |from, to| {
        let mut normals = [0.0; 512];
        for (from, to) in from.chunks(normals.len()).zip(to.chunks_mut(normals.len())) {
            let normals = &mut normals[..from.len()];
            draws.fill_standard_normal(normals);
            add(from, normals, to);
        }
    })
}

/// `PROPORTIONAL`: whether a value is the measure of its noise.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn add<const PROPORTIONAL: bool>(from: &[u8], normals: &[f64], deviation: f64, to: &mut [u8]) {
    for (to, (&value, normal)) in to.iter_mut().zip(from.iter().zip(normals)) {
        let value = f64::from(value) / 255.0;
        let noise = deviation * normal;
        *to = whole(value + if PROPORTIONAL { value * noise } else { noise });
    }
}

/// Replaces a value by a Poisson number of photons.
pub(super) fn shot(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Array3<u8> {
    let photons = [60.0, 25.0, 12.0, 5.0, 3.0][level];
    let laws: [Poisson; 256] = std::array::from_fn(|value| Poisson::new(value as f64 / 255.0 * photons));
    let mut draws = random.legacy();
    image.mapv(|value| whole(draws.sample(&laws[usize::from(value)]) as f64 / photons))
}

/// Replaces values by salt and pepper, half of each.
pub(super) fn impulse(image: &ArrayRef3<u8>, level: usize, random: &mut Random) -> Values {
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
