//! ImageNet-C, and `NumPy`'s legacy stream, which it draws from.

use std::collections::BTreeMap;

use numpy_rng::RandomState;
use perturb::{Corruption, Frost, ImageNetC, Perturber, Random};
use serde_json::{Value, json};

use super::Row;
use super::reference::{Reference, differing_on_both_calls};

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("corruptions");
    let mut tallies = BTreeMap::<Corruption, (u32, usize)>::new();
    let mut streams = (0, 0);
    for case in &reference.cases {
        let kind = case["kind"].as_str().unwrap();
        if kind == "legacy_streams" {
            streams.0 += stream(&reference, case);
            streams.1 += 1;
        }
        let Ok(corruption) = kind.parse::<Corruption>() else { continue };
        let perturber = ImageNetC::new(corruption, case["severity"].as_u64().unwrap() as usize).unwrap();
        let (image, _) = reference.image(case, "image");
        let mut random = Random::numpy(case["seed"].as_u64().unwrap());
        let perturb = |image: ndarray::ArrayView3<'_, u8>| perturber.perturb(image, &mut random).unwrap();
        let (differing, compared) = differing_on_both_calls(&reference, case, perturb, image.view());
        let tally = tallies.entry(corruption).or_default();
        *tally = (tally.0 + differing, tally.1 + compared);
    }
    assert_eq!(tallies.len(), Corruption::ALL.len());
    let frosted = frost();
    let row = |what, with, (differing, cases)| Row {
        what,
        with,
        goal: "every byte",
        worst: f64::from(differing),
        bound: 0.0,
        cases,
    };
    let all = tallies.values().fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
    vec![
        row("18 corruptions of ImageNet-C, severities 1 to 5", "imagecorruptions", all),
        row("frost over given textures, severities 1 to 5", "imagecorruptions", frosted),
        row(
            "`numpy.random` after `seed()`: random, normal, poisson, randint",
            "NumPy's legacy stream",
            streams,
        ),
    ]
}

/// How many bytes differ under frost, and how many images were compared.
fn frost() -> (u32, usize) {
    let reference = Reference::open("frost");
    let (mut differing, mut compared) = (0, 0);
    for case in &reference.cases {
        let texture = |name: &Value| reference.image(&json!({"texture": name}), "texture").0;
        let textures = case["textures"].as_array().unwrap().iter().map(texture).collect();
        let perturber = Frost::new(textures, case["severity"].as_u64().unwrap() as usize).unwrap();
        let (image, _) = reference.image(case, "image");
        let mut random = Random::numpy(case["seed"].as_u64().unwrap());
        let perturb = |image: ndarray::ArrayView3<'_, u8>| perturber.perturb(image, &mut random).unwrap();
        let (more, cases) = differing_on_both_calls(&reference, case, perturb, image.view());
        (differing, compared) = (differing + more, compared + cases);
    }
    (differing, compared)
}

/// How many of a seed's draws differ, in the order of the case.
fn stream(reference: &Reference, case: &Value) -> u32 {
    let small = [0.0, 0.1, 0.9, 2.5, 5.0, 7.0, 9.0, 9.9, 9.99];
    let large = [10.0, 12.0, 20.0, 30.0, 47.3, 60.0, 200.0, 1e4, 1e8];
    let mut state = RandomState::new(case["seed"].as_u64().unwrap() as u32);
    let mut differing = 0;
    for field in case["order"].as_array().unwrap() {
        let field = field.as_str().unwrap();
        let mut reals = |mut draw: Box<dyn FnMut(&mut RandomState) -> f64>| {
            let theirs = reference.array::<f64>(case, field);
            differing += theirs.iter().filter(|value| draw(&mut state).to_bits() != value.to_bits()).count();
        };
        let mut means = if field.contains("small") { small } else { large }.into_iter();
        match field {
            "random_5" => reals(Box::new(RandomState::random)),
            "normal_5" => reals(Box::new(|state| state.normal(0.5, 2.0))),
            "normal_3_after" => reals(Box::new(RandomState::standard_normal)),
            "uniform_4" => reals(Box::new(|state| state.uniform(-45.0, 45.0))),
            _ => {
                for &value in &reference.array::<i64>(case, field) {
                    let drawn = match field {
                        "randint_0_5_6" => state.randint(0, 5),
                        "randint_minus2_2_8" => state.randint(-2, 2),
                        "randint_0_1000_4" => state.randint(0, 1000),
                        _ => state.poisson(means.next().unwrap()),
                    };
                    differing += usize::from(drawn != value);
                }
            }
        }
    }
    differing as u32
}

#[test]
fn corruptions_are_the_originals() {
    rows().iter().for_each(Row::check);
}
