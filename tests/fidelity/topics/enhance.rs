//! NRTK's enhancers, over Pillow.

use perturb::{Perturber, PerturberSpec, Random, Registry};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("perturb");
    let (mut differing, mut cases) = (0, 0);
    for case in &reference.cases {
        let kind = case["kind"].as_str().unwrap();
        if !["BrightnessPerturber", "ContrastPerturber", "ColorPerturber", "SharpnessPerturber"]
            .contains(&kind)
        {
            continue;
        }
        let spec = PerturberSpec::new(kind, [("factor", case["params"]["factor"].clone())]);
        let perturber = Registry::builtin().build(&spec).unwrap();
        let (image, _) = reference.image(case, "image");
        let (theirs, _) = reference.image(case, "out");
        let ours = perturber.perturb(image.view(), &mut Random::chacha(0, 0)).unwrap();
        differing += ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
        cases += 1;
    }
    vec![Row {
        what: "brightness, contrast, colour, sharpness",
        with: "NRTK, Pillow",
        goal: "every pixel",
        worst: differing as f64,
        bound: 0.0,
        cases,
    }]
}

#[test]
fn enhancers_are_nrtks() {
    rows().iter().for_each(Row::check);
}
