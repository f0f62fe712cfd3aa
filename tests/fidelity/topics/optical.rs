//! NRTK's optical perturbers over pyBSM.

use ndarray::Array3;
use perturb::{
    AtmosphereRow, CircularAperture, Defocus, Detector, Jitter, Perturber, Pybsm, Random, TurbulenceAperture,
};
use serde_json::{Map, Value};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("optical");
    let (mut spread, mut exact, mut unstable, mut noisy) =
        ((0.0_f64, 0), (0.0_f64, 0), (0.0_f64, 0), (0.0_f64, 0));
    for case in reference.cases.iter().filter(|case| case["out"].is_string()) {
        let kind = case["kind"].as_str().unwrap();
        let (image, _) = reference.image(case, "image");
        let perturber = perturber(&reference, case);
        // Where a blurred value is a whole number, its noise of 1e-13 decides whether it is cut off a level lower.
        let still = kind == "JitterPerturber" && !case["params"]["s_x"].is_number();
        let tally = if kind == "PybsmPerturber" {
            &mut noisy
        } else if still || case["image"] == "image_flat" {
            &mut unstable
        } else {
            &mut exact
        };
        let mut random = Random::numpy(case["params"]["seed"].as_u64().unwrap_or(0));
        for field in ["out", "second_call"].into_iter().filter(|&field| case[field].is_string()) {
            let (theirs, _) = reference.image(case, field);
            let ours = perturber.perturb(image.view(), &mut random).unwrap();
            assert_eq!(ours.dim(), theirs.dim(), "{case}");
            let levels = ours.iter().zip(&theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max().unwrap();
            *tally = (tally.0.max(f64::from(levels)), tally.1 + 1);
        }
        if kind != "PybsmPerturber" {
            let difference = blurred_difference(&reference, case, &image, &*perturber);
            spread = (spread.0.max(difference), spread.1 + 1);
        }
    }
    let row =
        |what, goal, bound, (worst, cases)| Row { what, with: "NRTK, pyBSM", goal, worst, bound, cases };
    vec![
        row("optics: aperture, defocus, detector, jitter, turbulence, `compat`", "every pixel", 0.0, exact),
        row("optics where whole numbers are cut off, `compat`", "one grey level", 1.0, unstable),
        row("optics, rounded, against the original before its cut", "half a grey level", 0.5 + 1e-9, spread),
        row("Pybsm, first and second call, `compat`", "one grey level", 1.0, noisy),
    ]
}

/// How far the rounded pixels are from the original's before its cut.
fn blurred_difference(
    reference: &Reference,
    case: &Value,
    image: &Array3<u8>,
    perturber: &dyn Perturber,
) -> f64 {
    let mut parameters = perturber.parameters();
    parameters.remove("compat");
    let rounded = build(perturber.name(), parameters.into_iter().collect());
    let ours = rounded.perturb(image.view(), &mut Random::chacha(0, 0)).unwrap();
    let theirs = reference.numbers(case, "blurred");
    let pairs = ours.iter().zip(&theirs);
    pairs.map(|(&ours, theirs)| (f64::from(ours) - theirs.clamp(0.0, 255.0)).abs()).fold(0.0, f64::max)
}

fn perturber(reference: &Reference, case: &Value) -> Box<dyn Perturber> {
    const NAMES: [&str; 5] = ["sensor_name", "scenario_name", "seed", "ihaze", "max_well_fill"];
    let kind = case["kind"].as_str().unwrap().strip_suffix("Perturber").unwrap();
    let mut parameters = case["params"].as_object().unwrap().clone();
    parameters.retain(|name, _| !NAMES.contains(&name.as_str()));
    parameters.insert("img_gsd".to_owned(), case["call"]["img_gsd"].clone());
    parameters.insert("compat".to_owned(), true.into());
    // What comes of the database, where it is not the default.
    let list = |field| Value::from(reference.numbers(case, field).iter().copied().collect::<Vec<f64>>());
    if kind == "Pybsm" {
        let rows = reference.numbers(case, "atmosphere");
        let rows: Vec<AtmosphereRow> = rows
            .outer_iter()
            .map(|row| {
                AtmosphereRow::from(<[f64; 6]>::try_from(row.iter().copied().collect::<Vec<f64>>()).unwrap())
            })
            .collect();
        parameters.insert("atmosphere".to_owned(), serde_json::to_value(rows).unwrap());
    } else if kind == "CircularAperture" {
        parameters.insert("mtf_wavelengths".to_owned(), list("mtf_wavelengths"));
        parameters.insert("mtf_weights".to_owned(), list("mtf_weights"));
    }
    build(kind, parameters)
}

fn build(kind: &str, parameters: Map<String, Value>) -> Box<dyn Perturber> {
    fn read<P: Perturber + serde::de::DeserializeOwned + 'static>(
        parameters: Map<String, Value>,
    ) -> Box<dyn Perturber> {
        Box::new(serde_json::from_value::<P>(Value::Object(parameters)).unwrap())
    }
    match kind {
        "CircularAperture" => read::<CircularAperture>(parameters),
        "Defocus" => read::<Defocus>(parameters),
        "Detector" => read::<Detector>(parameters),
        "Jitter" => read::<Jitter>(parameters),
        "TurbulenceAperture" => read::<TurbulenceAperture>(parameters),
        _ => read::<Pybsm>(parameters),
    }
}

#[test]
fn optics_are_nrtks() {
    rows().iter().for_each(Row::check);
}
