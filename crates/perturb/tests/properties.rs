//! Properties of every perturber, on any image.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use ndarray::{Array3, Axis, s};
use perturb::{Error, Perturber, PerturberSpec, Random, Registry};
use proptest::prelude::*;
use serde_json::{Value, json};

fn build(name: &str, parameters: &[(&str, Value)]) -> Arc<dyn Perturber> {
    Registry::builtin().build(&PerturberSpec::new(name, parameters.iter().cloned())).unwrap()
}

/// Any perturber with valid parameters.
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

fn images(channels: &'static [usize]) -> impl Strategy<Value = Array3<u8>> {
    (1_usize..20, 1_usize..20, prop::sample::select(channels)).prop_flat_map(|shape| {
        let values = prop::collection::vec(any::<u8>(), shape.0 * shape.1 * shape.2);
        values.prop_map(move |values| Array3::from_shape_vec(shape, values).unwrap())
    })
}

proptest! {
    #[test]
    fn shapes_stay_and_only_enhancers_refuse_other_channels_than_1_and_3(
        perturber in perturbers(),
        image in images(&[1, 2, 3, 4]),
        seed: u64,
    ) {
        let before = image.clone();
        let enhancer = ["Brightness", "Color", "Contrast", "Sharpness"].contains(&perturber.name());
        match perturber.perturb(image.view(), &mut Random::chacha(seed, 0)) {
            Ok(perturbed) => {
                prop_assert!(!enhancer || [1, 3].contains(&image.dim().2));
                prop_assert_eq!(perturbed.dim(), image.dim());
                let again = perturber.perturb(image.view(), &mut Random::chacha(seed, 0)).unwrap();
                prop_assert_eq!(perturbed, again);
            }
            Err(Error::Channels { channels, .. }) => {
                prop_assert!(enhancer && [2, 4].contains(&channels) && channels == image.dim().2);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
        prop_assert_eq!(image, before);
    }

    #[test]
    fn a_view_in_another_memory_order_gives_the_same_result(perturber in perturbers(), image in images(&[1, 3]), seed: u64) {
        let mut turned = image.view().permuted_axes([1, 0, 2]);
        turned.invert_axis(Axis(1));
        let straight = turned.as_standard_layout().into_owned();
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let perturb = |image| perturber.perturb(image, &mut streams(seed)).ok();
            prop_assert_eq!(perturb(turned.view()), perturb(straight.view()));
        }
    }

    #[test]
    fn the_weakest_setting_is_the_identity(image in images(&[1, 3]), seed: u64) {
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
            let same = perturber.perturb(image.view(), &mut Random::chacha(seed, 0)).unwrap();
            prop_assert_eq!(&same, &image, "{:?}", perturber);
        }
    }

    #[test]
    fn blur_keeps_the_mean_within_rounding(patch in images(&[1, 3]), half in 0_usize..8, gaussian: bool) {
        // A black margin, so that nothing is reflected: what one pixel loses, another gains.
        let ksize = 2 * half + 1;
        let (height, width, channels) = patch.dim();
        let mut image = Array3::zeros((height + 2 * ksize, width + 2 * ksize, channels));
        image.slice_mut(s![ksize..ksize + height, ksize..ksize + width, ..]).assign(&patch);
        let name = if gaussian { "GaussianBlur" } else { "AverageBlur" };
        let blurred = build(name, &[("ksize", json!(ksize))]).perturb(image.view(), &mut Random::chacha(0, 0)).unwrap();
        let mean = |image: &Array3<u8>| image.iter().map(|&value| f64::from(value)).sum::<f64>() / image.len() as f64;
        prop_assert!((mean(&blurred) - mean(&image)).abs() <= 0.5);
    }
}

#[test]
fn the_number_of_salted_values_follows_the_binomial_distribution() {
    // Standardised counts over many images have mean 0 and variance 1, without outliers.
    let image = Array3::<u8>::zeros((40, 30, 3));
    for amount in [0.01, 0.05, 0.3, 0.9] {
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let salt = build("SaltNoise", &[("amount", json!(amount))]);
            let (trials, images) = (image.len() as f64, 400_u32);
            let standardised: Vec<f64> = (0..images)
                .map(|seed| {
                    let salted = salt.perturb(image.view(), &mut streams(seed.into())).unwrap();
                    let changed = salted.iter().filter(|&&value| value != 0).count() as f64;
                    (changed - trials * amount) / (trials * amount * (1.0 - amount)).sqrt()
                })
                .collect();
            let mean = standardised.iter().sum::<f64>() / f64::from(images);
            let variance = standardised.iter().map(|z| z * z).sum::<f64>() / f64::from(images);
            // Four standard deviations of the mean, and of the variance.
            assert!(mean.abs() < 4.0 / f64::from(images).sqrt(), "{amount}: mean {mean}");
            assert!((variance - 1.0).abs() < 4.0 * (2.0 / f64::from(images)).sqrt(), "{amount}: {variance}");
            assert!(standardised.iter().all(|z| z.abs() < 5.0), "{amount}");
        }
    }
}
