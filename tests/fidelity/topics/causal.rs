//! Insertion and deletion.

use ndarray::{Array2, Array3, ArrayView3, Ix1, Ix2, Ix3};
use protocols::{BoxError, FnModel, Model, ModelMetadata, ScoreKind};
use saliency::{CausalMetric, CausalMode, blurred_substrate};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

/// The sigmoid of the weighted sum over an image.
fn model(weight: Array3<f64>) -> impl Model {
    let metadata = ModelMetadata::new("sigmoid", vec!["any".to_owned()], ScoreKind::Logits);
    FnModel::new(metadata, move |images: &[ArrayView3<'_, u8>]| -> Result<Array2<f32>, BoxError> {
        let sum =
            |i: usize| images[i].iter().zip(&weight).map(|(&v, w)| f64::from(v) * w / 255.0).sum::<f64>();
        Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| (1.0 / (1.0 + (-sum(i)).exp())) as f32))
    })
}

/// The worst differences of a blurred image's values, and of both curves' scores and areas.
fn differences(reference: &Reference, case: &Value) -> (f64, f64) {
    let (image, _) = reference.image(case, "image");
    let (substrate, _) = reference.image(case, "blurred");
    let outside: Vec<f64> = serde_json::from_value(case["outside"].clone()).unwrap();
    let ours = blurred_substrate(image.view(), &outside).unwrap();
    let blur = ours.iter().zip(&substrate).map(|(&a, &b)| f64::from(a.abs_diff(b))).fold(0.0, f64::max);

    let model = model(reference.array::<f64>(case, "weight").into_dimensionality::<Ix3>().unwrap());
    let map = reference.array::<f32>(case, "map").into_dimensionality::<Ix2>().unwrap();
    let step = case["step"].as_u64().unwrap() as usize;
    let black = Array3::zeros(image.dim());
    let mut worst = 0.0_f64;
    for (name, mode, substrate) in
        [("deletion", CausalMode::Deletion, &black), ("insertion", CausalMode::Insertion, &substrate)]
    {
        let metric = CausalMetric::builder(mode).step(step).build().unwrap();
        let ours = metric.curve(&model, image.view(), substrate.view(), map.view(), 0).unwrap();
        let theirs = reference.array::<f64>(case, name).into_dimensionality::<Ix1>().unwrap();
        assert_eq!(ours.scores().len(), theirs.len());
        let scores = ours.scores().iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let area = (ours.area() - case[format!("{name}_area")].as_f64().unwrap()).abs();
        worst = worst.max(scores).max(area);
    }
    (blur, worst)
}

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("causal");
    let cases = reference.cases.len();
    let (blur, curves) = reference
        .cases
        .iter()
        .map(|case| differences(&reference, case))
        .fold((0.0_f64, 0.0_f64), |worst, of| (worst.0.max(of.0), worst.1.max(of.1)));
    vec![
        Row {
            what: "the blurred image that insertion begins with",
            with: "RISE gkern(11, 5)",
            goal: "every grey level",
            worst: blur,
            bound: 0.0,
            cases,
        },
        Row {
            what: "insertion and deletion, each score and the area",
            with: "RISE CausalMetric",
            goal: "1e-6",
            worst: curves,
            bound: 1e-6,
            cases: 2 * cases,
        },
    ]
}

#[test]
fn insertion_and_deletion_are_rises() {
    rows().iter().for_each(Row::check);
}
