//! NRTK's haze and drops of water.

use ndarray::{Array3, ArrayView3};
use perturb::{DepthMap, Haze, Perturber, Random, WaterDroplet};
use serde_json::Value;

use super::Row;
use super::reference::{Reference, differing_on_both_calls};

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("environment");
    let mut haze = (0, 0);
    for case in
        reference.cases.iter().filter(|case| case["kind"] == "HazePerturber" && case["out"].is_string())
    {
        let (image, axes) = reference.image(case, "image");
        let mut builder = Haze::builder().factor(case["params"]["factor"].as_f64().unwrap()).compat(true);
        if case["depth_map"].is_string() {
            let map = depths(&reference, case, axes);
            if map.iter().any(|depth| depth.is_nan()) {
                // The original gives black there; here no such map can be had.
                assert!(builder.depth_map(map).build().is_err());
                continue;
            }
            builder = builder.depth_map(DepthMap::from(map));
        }
        if let Some(sky) = case["sky_color"].as_array() {
            builder =
                builder.sky_color(sky.iter().map(|value| value.as_f64().unwrap()).collect::<Vec<f64>>());
        }
        let haze_of_case = builder.build().unwrap();
        let perturb =
            |image: ArrayView3<'_, u8>| haze_of_case.perturb(image, &mut Random::chacha(0, 0)).unwrap();
        let (differing, compared) = differing_on_both_calls(&reference, case, perturb, image.view());
        haze = (haze.0 + differing, haze.1 + compared);
    }
    let row = |what, (differing, cases)| Row {
        what,
        with: "NRTK",
        goal: "every pixel",
        worst: f64::from(differing),
        bound: 0.0,
        cases,
    };
    vec![
        row("haze, depth maps, sky colours, `compat`", haze),
        row("drops of water, first and second call, `compat`", drops(&reference)),
    ]
}

fn drops(reference: &Reference) -> (u32, usize) {
    let cases = reference.cases.iter().filter(|case| case["kind"] == "WaterDropletPerturber");
    cases.fold((0, 0), |(differing, compared), case| {
        let mut parameters = case["params"].clone();
        parameters["compat"] = true.into();
        let seed = parameters.as_object_mut().unwrap().remove("seed").unwrap().as_u64().unwrap();
        let rain: WaterDroplet = serde_json::from_value(parameters).unwrap();
        let (image, _) = reference.image(case, "image");
        let mut random = Random::numpy(seed);
        let perturb = |image: ArrayView3<'_, u8>| rain.perturb(image, &mut random).unwrap();
        let (here, calls) = differing_on_both_calls(reference, case, perturb, image.view());
        (differing + here, compared + calls)
    })
}

/// The depth map, whatever numbers it is made of.
fn depths(reference: &Reference, case: &Value, axes: usize) -> Array3<f64> {
    let map = reference.numbers(case, "depth_map");
    let shape = map.shape();
    let shape = (shape[0], shape[1], if axes == 3 { shape[2] } else { 1 });
    map.to_shape(shape).unwrap().into_owned()
}

#[test]
fn the_environment_is_nrtks() {
    rows().iter().for_each(Row::check);
}
