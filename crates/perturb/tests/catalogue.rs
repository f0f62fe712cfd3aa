//! What holds for every geometric, environment, corruption and optical perturber, whatever the image.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use ndarray::Array3;
use perturb::{Corruption, ImageNetC, Perturber, PerturberSpec, Random, Registry};
use proptest::prelude::*;
use serde_json::{Value, json};

fn build(name: &str, parameters: &Value) -> Arc<dyn Perturber> {
    let parameters = parameters.as_object().unwrap().clone();
    Registry::builtin().build(&PerturberSpec::new(name, parameters)).unwrap()
}

/// Any perturber with possible parameters.
fn perturbers() -> impl Strategy<Value = Arc<dyn Perturber>> {
    prop_oneof![
        (1_usize..30, 1_usize..30)
            .prop_map(|(height, width)| build("RandomCrop", &json!({"crop_size": [height, width]}))),
        (0_usize..9, 0_usize..9).prop_map(|(height, width)| {
            build("RandomTranslation", &json!({"max_translation_limit": [height, width]}))
        }),
        (-400.0..400.0, 0.0..=1.0).prop_map(|(limit, probability)| {
            build("RandomRotation", &json!({"limit": limit, "probability": probability, "fill": [9, 8, 7]}))
        }),
        (0.0..0.99, prop::sample::select(vec![0, 1, 2, 3, 4, 5, 6])).prop_map(|(limit, interpolation)| {
            build("RandomScale", &json!({"limit": limit, "interpolation": interpolation}))
        }),
        ([-2.0..2.0, -1.0..1.0, -1.0..1.0], any::<bool>())
            .prop_map(|(k, compat)| build("RadialDistortion", &json!({"k": k, "compat": compat}))),
        (-2.0..9.0, any::<bool>())
            .prop_map(|(factor, compat)| build("Haze", &json!({"factor": factor, "compat": compat}))),
        (0_usize..30, 0.0..=1.0, 0.01..3.1, any::<bool>()).prop_map(|(drops, strength, psi, compat)| {
            let parameters =
                json!({"num_drops": drops, "blur_strength": strength, "psi": psi, "compat": compat});
            build("WaterDroplet", &parameters)
        }),
        (prop::sample::select(Corruption::ALL), 1_usize..6).prop_map(|(corruption, severity)| {
            Arc::new(ImageNetC::new(corruption, severity).unwrap()) as Arc<dyn Perturber>
        }),
    ]
}

fn images() -> impl Strategy<Value = Array3<u8>> {
    let sides = || prop_oneof![1_usize..9, 30_usize..40];
    (sides(), sides(), prop::sample::select(vec![1_usize, 3, 4])).prop_flat_map(|shape| {
        let values = prop::collection::vec(any::<u8>(), shape.0 * shape.1 * shape.2);
        values.prop_map(move |values| Array3::from_shape_vec(shape, values).unwrap())
    })
}

proptest! {
    #[test]
    fn an_image_is_perturbed_alike_or_refused_by_name(perturber in perturbers(), image in images(), seed: u64) {
        for streams in [Random::numpy as fn(u64) -> Random, |seed| Random::chacha(seed, 0)] {
            let perturb = || perturber.perturb(image.view(), &mut streams(seed)).map_err(|error| error.to_string());
            let perturbed = perturb();
            prop_assert_eq!(&perturbed, &perturb());
            match perturbed {
                Ok(perturbed) => prop_assert!(!perturbed.is_empty()),
                Err(error) => prop_assert!(error.starts_with(&format!("{}: the image has", perturber.name())), "{}", error),
            }
        }
    }

    #[test]
    fn the_neutral_setting_is_the_identity(image in images(), seed: u64) {
        let mut neutral = vec![
            build("RandomCrop", &json!({})),
            build("RandomTranslation", &json!({"max_translation_limit": 0})),
            build("RandomRotation", &json!({"limit": 0})),
            build("RandomRotation", &json!({"limit": 90, "probability": 0})),
            build("RandomScale", &json!({"limit": 0})),
            build("RadialDistortion", &json!({"k": [0, 0, 0]})),
            build("Haze", &json!({"factor": 0})),
            build("WaterDroplet", &json!({"num_drops": 0, "blur_strength": 0})),
            build("ImageNetC", &json!({"corruption": "fog", "severity": 0})),
        ];
        if cfg!(feature = "optical") && seed.is_multiple_of(32) {
            neutral.push(build("Jitter", &json!({"s_x": 0, "s_y": 0})));
            neutral.push(build("Defocus", &json!({"w_x": 0, "w_y": 0})));
            neutral.push(build("Detector", &json!({"w_x": 0, "w_y": 0})));
        }
        for perturber in neutral {
            for mut random in [Random::numpy(seed), Random::chacha(seed, 0)] {
                let same = perturber.perturb(image.view(), &mut random).unwrap();
                prop_assert_eq!(&same, &image, "{:?}", perturber);
            }
        }
    }
}

#[test]
fn corruptions_have_the_same_mean_and_spread_from_either_stream() {
    // Random in each value or over the whole image, on grey: mean and deviation over 40 images.
    let image = Array3::from_elem((32, 32, 3), 120);
    for corruption in [
        Corruption::GaussianNoise,
        Corruption::ShotNoise,
        Corruption::ImpulseNoise,
        Corruption::SpeckleNoise,
        Corruption::Snow,
        Corruption::Fog,
        Corruption::Spatter,
    ] {
        let perturber = ImageNetC::new(corruption, 3).unwrap();
        let moments = |streams: fn(u64) -> Random| {
            let means: Vec<f64> = (0..40)
                .map(|seed| {
                    let corrupted = perturber.perturb(image.view(), &mut streams(seed)).unwrap();
                    corrupted.iter().map(|&value| f64::from(value)).sum::<f64>() / corrupted.len() as f64
                })
                .collect();
            let mean = means.iter().sum::<f64>() / 40.0;
            let variance = means.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 39.0;
            (mean, variance)
        };
        let (numpy, chacha) = (moments(Random::numpy), moments(|seed| Random::chacha(seed, 0)));
        // Five standard errors of the difference, and a ratio of variances that one in a million exceeds.
        let error = ((numpy.1 + chacha.1) / 40.0).sqrt();
        assert!((numpy.0 - chacha.0).abs() < 5.0 * error, "{corruption}: {numpy:?} {chacha:?}");
        assert!((0.2..5.0).contains(&(numpy.1 / chacha.1)), "{corruption}: {numpy:?} {chacha:?}");
    }
}
