//! NRTK's geometric perturbers, and the stream that rotation and scale draw from.

use numpy_rng::PythonRandom;
use perturb::{
    Interpolation, Limit, Perturber, RadialDistortion, Random, RandomCrop, RandomRotation, RandomScale,
    RandomTranslation,
};
use serde_json::Value;

use super::Row;
use super::reference::{Reference, differing_on_both_calls};

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("geometric");
    let mut tallies = [(0, 0); 5];
    let mut python = (0, 0);
    for case in &reference.cases {
        let tally = match case["kind"].as_str().unwrap() {
            "RandomCropPerturber" => 0,
            "RandomTranslationPerturber" => 1,
            "RandomRotationPerturber" => 2,
            "RandomScalePerturber" => 3,
            "RadialDistortionPerturber" => 4,
            _ => {
                python.0 += stream(&reference, case);
                python.1 += 1;
                continue;
            }
        };
        // A fixed generator starts anew with every call, which is a matter of the caller here.
        if !case["out"].is_string() || case["params"]["is_static"] == true {
            continue;
        }
        let (image, axes) = reference.image(case, "image");
        let Some(perturber) = perturber(case, axes) else { continue };
        // One case has a seed of 65 bits.
        let seed = case["params"].get("seed").map_or(Some(0), Value::as_u64);
        let Some(seed) = seed else { continue };
        let mut random = Random::numpy(seed);
        let (differing, compared) = differing_on_both_calls(
            &reference,
            case,
            |image| perturber.perturb(image, &mut random).unwrap(),
            image.view(),
        );
        tallies[tally].0 += differing;
        tallies[tally].1 += compared;
    }
    let row = |what, (differing, cases)| Row {
        what,
        with: "NRTK, OpenCV",
        goal: "every pixel",
        worst: f64::from(differing),
        bound: 0.0,
        cases,
    };
    vec![
        row("random crop, first and second call", tallies[0]),
        row("random translation, first and second call", tallies[1]),
        row("random rotation, first and second call", tallies[2]),
        row("random scale, first and second call", tallies[3]),
        row("radial distortion, `compat`", tallies[4]),
        Row {
            with: "Python's random",
            goal: "every bit",
            ..row("`random.Random`, seeds to over 64 bits", python)
        },
    ]
}

fn perturber(case: &Value, axes: usize) -> Option<Box<dyn Perturber>> {
    let params = &case["params"];
    let sides = |sides: &Value| sides.as_array().map(|sides| [0, 1].map(|i| sides[i].as_i64().unwrap()));
    let number = |name: &str, default: f64| params[name].as_f64().unwrap_or(default);
    Some(match case["kind"].as_str().unwrap() {
        "RandomCropPerturber" => match sides(&params["crop_size"]) {
            // What is larger than the image, or has no pixels, is refused here and let pass there.
            Some([height, width]) if !(1..=32).contains(&height) || width < 1 => return None,
            Some(sides) => Box::new(RandomCrop::new(sides.map(|side| side as usize)).unwrap()),
            None => Box::new(RandomCrop::default()),
        },
        "RandomTranslationPerturber" => {
            // The original does not fill images without an axis for channels.
            let mut translation = RandomTranslation::new().color_fill(if axes == 2 {
                vec![]
            } else {
                fill(params, "color_fill")
            });
            // The original takes a limit below 0 for 0.
            if let Some(limit) = sides(&case["call"]["max_translation_limit"]) {
                translation = translation.max_translation_limit(limit.map(|side| side.max(0) as usize));
            }
            Box::new(translation)
        }
        "RandomRotationPerturber" => Box::new(
            RandomRotation::builder()
                .limit(limit(&params["limit"]))
                .probability(number("probability", 1.0))
                .fill(fill(params, "fill"))
                .build()
                .unwrap(),
        ),
        "RandomScalePerturber" => {
            let method = params.get("interpolation").cloned().unwrap_or_else(|| 1.into());
            let interpolation: Interpolation = serde_json::from_value(method).ok()?;
            Box::new(
                RandomScale::builder()
                    .limit(limit(&params["limit"]))
                    .interpolation(interpolation)
                    .probability(number("probability", 1.0))
                    .build()
                    .unwrap(),
            )
        }
        _ => Box::new(
            RadialDistortion::builder()
                .k([0, 1, 2].map(|i| params["k"][i].as_f64().unwrap()))
                .color_fill(fill(params, "color_fill"))
                .compat(true)
                .build()
                .unwrap(),
        ),
    })
}

fn limit(limit: &Value) -> Limit {
    serde_json::from_value(limit.clone()).unwrap()
}

/// The fill colour; NRTK takes numbers outside 0..=255 modulo 256.
fn fill(params: &Value, name: &str) -> Vec<u8> {
    let values = params[name].as_array();
    values
        .map(|values| values.iter().map(|value| value.as_i64().unwrap() as u8).collect())
        .unwrap_or_default()
}

fn stream(reference: &Reference, case: &Value) -> u32 {
    let mut seed: u128 = case["seed"].as_str().unwrap().parse().unwrap();
    let mut words = Vec::new();
    while words.is_empty() || seed > 0 {
        words.push(seed as u32);
        seed >>= 32;
    }
    let mut random = PythonRandom::from_words(&words);
    let theirs = reference.array::<f64>(case, "random_9");
    u32::from(theirs.iter().any(|&value| random.random().to_bits() != value.to_bits()))
}

#[test]
fn geometric_perturbers_are_nrtks() {
    rows().iter().for_each(Row::check);
}
