//! What holds for every perturber, whatever the picture.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array3, Axis, s};
use std::sync::Arc;

use perturb::{Perturber, PerturberSpec, Random, Registry};
use proptest::prelude::*;
use serde_json::{Value, json};

fn build(name: &str, parameters: &[(&str, Value)]) -> Arc<dyn Perturber> {
    Registry::builtin().build(&PerturberSpec::new(name, parameters.iter().cloned())).unwrap()
}

/// Any perturber with possible parameters.
fn perturbers() -> impl Strategy<Value = Arc<dyn Perturber>> {
    let odd = (1_usize..12).prop_map(|half| 2 * half + 1);
    let blurs: &[&str] = &["AverageBlur", "GaussianBlur", "MedianBlur"];
    let impulses: &[&str] = &["SaltNoise", "PepperNoise", "SaltAndPepperNoise"];
    let additive: &[&str] = &["GaussianNoise", "SpeckleNoise"];
    let enhancers: &[&str] = &["Brightness", "Color", "Contrast", "Sharpness"];
    prop_oneof![
        (prop::sample::select(blurs), odd).prop_map(|(name, ksize)| build(name, &[("ksize", json!(ksize))])),
        (prop::sample::select(impulses), 0.0..=1.0)
            .prop_map(|(name, amount)| build(name, &[("amount", json!(amount))])),
        (prop::sample::select(additive), 0.0..0.5)
            .prop_map(|(name, var)| build(name, &[("var", json!(var))])),
        (prop::sample::select(enhancers), 0.0..=2.0)
            .prop_map(|(name, factor)| build(name, &[("factor", json!(factor))])),
    ]
}

fn pictures() -> impl Strategy<Value = Array3<u8>> {
    (1_usize..20, 1_usize..20, prop::sample::select(vec![1_usize, 3])).prop_flat_map(|shape| {
        let values = prop::collection::vec(any::<u8>(), shape.0 * shape.1 * shape.2);
        values.prop_map(move |values| Array3::from_shape_vec(shape, values).unwrap())
    })
}

proptest! {
    #[test]
    fn no_perturber_changes_a_shape_or_its_input(perturber in perturbers(), picture in pictures(), seed: u64) {
        let before = picture.clone();
        match perturber.perturb(picture.view(), &mut Random::chacha(seed, 0)) {
            Ok(perturbed) => {
                prop_assert_eq!(perturbed.dim(), picture.dim());
                let again = perturber.perturb(picture.view(), &mut Random::chacha(seed, 0)).unwrap();
                prop_assert_eq!(perturbed, again);
            }
            // Colour is that of three channels.
            Err(error) => prop_assert!(picture.dim().2 == 1, "{}", error),
        }
        prop_assert_eq!(picture, before);
    }

    #[test]
    fn a_view_in_another_order_is_read_as_it_is_seen(perturber in perturbers(), picture in pictures(), seed: u64) {
        let mut turned = picture.view().permuted_axes([1, 0, 2]);
        turned.invert_axis(Axis(1));
        let straight = turned.as_standard_layout().into_owned();
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let perturb = |picture| perturber.perturb(picture, &mut streams(seed)).ok();
            prop_assert_eq!(perturb(turned.view()), perturb(straight.view()));
        }
    }

    #[test]
    fn the_weakest_setting_is_the_identity(picture in pictures(), seed: u64) {
        let identities = [
            build("AverageBlur", &[("ksize", json!(1))]),
            build("GaussianBlur", &[("ksize", json!(1))]),
            build("SaltNoise", &[("amount", json!(0.0))]),
            build("PepperNoise", &[("amount", json!(0.0))]),
            build("SaltAndPepperNoise", &[("amount", json!(0.0))]),
            build("Brightness", &[("factor", json!(1.0))]),
            build("Contrast", &[("factor", json!(1.0))]),
        ];
        for perturber in identities {
            let same = perturber.perturb(picture.view(), &mut Random::chacha(seed, 0)).unwrap();
            prop_assert_eq!(&same, &picture, "{:?}", perturber);
        }
    }

    #[test]
    fn blur_keeps_the_mean_within_rounding(patch in pictures(), half in 0_usize..8, gaussian: bool) {
        // Black all around, so that nothing is reflected: whatever leaves a pixel arrives at another.
        let ksize = 2 * half + 1;
        let (height, width, channels) = patch.dim();
        let mut picture = Array3::zeros((height + 2 * ksize, width + 2 * ksize, channels));
        picture.slice_mut(s![ksize..ksize + height, ksize..ksize + width, ..]).assign(&patch);
        let name = if gaussian { "GaussianBlur" } else { "AverageBlur" };
        let blurred = build(name, &[("ksize", json!(ksize))]).perturb(picture.view(), &mut Random::chacha(0, 0)).unwrap();
        let mean = |picture: &Array3<u8>| picture.iter().map(|&value| f64::from(value)).sum::<f64>() / picture.len() as f64;
        prop_assert!((mean(&blurred) - mean(&picture)).abs() <= 0.5);
    }
}

#[test]
fn salts_count_of_changed_values_follows_the_binomial_law() {
    // Standardised, the counts of many pictures have mean 0 and variance 1, and none is out of the way.
    let picture = Array3::<u8>::zeros((40, 30, 3));
    for amount in [0.01, 0.05, 0.3, 0.9] {
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let salt = build("SaltNoise", &[("amount", json!(amount))]);
            let (trials, pictures) = (picture.len() as f64, 400_u32);
            let standardised: Vec<f64> = (0..pictures)
                .map(|seed| {
                    let salted = salt.perturb(picture.view(), &mut streams(seed.into())).unwrap();
                    let changed = salted.iter().filter(|&&value| value != 0).count() as f64;
                    (changed - trials * amount) / (trials * amount * (1.0 - amount)).sqrt()
                })
                .collect();
            let mean = standardised.iter().sum::<f64>() / f64::from(pictures);
            let variance = standardised.iter().map(|z| z * z).sum::<f64>() / f64::from(pictures);
            // Four standard deviations of the mean, and of the variance.
            assert!(mean.abs() < 4.0 / f64::from(pictures).sqrt(), "{amount}: mean {mean}");
            assert!(
                (variance - 1.0).abs() < 4.0 * (2.0 / f64::from(pictures)).sqrt(),
                "{amount}: {variance}"
            );
            assert!(standardised.iter().all(|z| z.abs() < 5.0), "{amount}");
        }
    }
}
