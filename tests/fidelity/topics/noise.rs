//! NRTK's noise perturbers.

use perturb::{GaussianNoise, PepperNoise, Perturber, Random, SaltAndPepperNoise, SaltNoise, SpeckleNoise};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("perturb");
    let mut impulse = (0, 0);
    let mut additive = (0, 0);
    for case in &reference.cases {
        let parameter = |name: &str| case["params"][name].as_f64().unwrap_or(f64::NAN);
        let kind = case["kind"].as_str().unwrap();
        let perturber: Box<dyn Perturber> = match kind {
            "SaltNoisePerturber" => Box::new(SaltNoise::new(parameter("amount")).unwrap()),
            "PepperNoisePerturber" => Box::new(PepperNoise::new(parameter("amount")).unwrap()),
            "SaltAndPepperNoisePerturber" => {
                Box::new(SaltAndPepperNoise::new(parameter("amount"), parameter("salt_vs_pepper")).unwrap())
            }
            "GaussianNoisePerturber" => {
                Box::new(GaussianNoise::new(parameter("mean"), parameter("var")).unwrap())
            }
            "SpeckleNoisePerturber" => {
                Box::new(SpeckleNoise::new(parameter("mean"), parameter("var")).unwrap())
            }
            _ => continue,
        };
        let (image, _) = reference.image(case, "image");
        let mut random = Random::numpy(case["params"]["seed"].as_u64().unwrap());
        let tally = if matches!(kind, "GaussianNoisePerturber" | "SpeckleNoisePerturber") {
            &mut additive
        } else {
            &mut impulse
        };
        for field in ["out", "second_call"] {
            if case[field].is_string() {
                let (theirs, _) = reference.image(case, field);
                let ours = perturber.perturb(image.view(), &mut random).unwrap();
                tally.0 += ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
                tally.1 += 1;
            }
        }
    }
    let row = |what, (differing, cases)| Row {
        what,
        with: "NRTK, scikit-image",
        goal: "every pixel",
        worst: differing as f64,
        bound: 0.0,
        cases,
    };
    vec![
        row("salt, pepper, salt-and-pepper noise, first and second call", impulse),
        row("Gaussian and speckle noise", additive),
    ]
}

#[test]
fn noise_is_nrtks() {
    rows().iter().for_each(Row::check);
}
