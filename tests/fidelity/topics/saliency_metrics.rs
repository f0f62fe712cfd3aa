//! Entropy, SSD and cross-correlation.

use ndarray::{Array2, Ix2};
use saliency_metrics::{ClipRange, entropy, ssd, xcorr};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

const GOAL: &str = "1e-6, relative; the same NaN and infinities";

/// The relative difference; none where both are NaN or the same infinity.
fn difference(ours: f64, theirs: &Value) -> f64 {
    let theirs: f64 = theirs.as_f64().unwrap_or_else(|| theirs.as_str().unwrap().parse().unwrap());
    if ours == theirs || (ours.is_nan() && theirs.is_nan()) {
        0.0
    } else if theirs.abs() < 1e-9 {
        (ours - theirs).abs()
    } else {
        ((ours - theirs) / theirs).abs()
    }
}

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("saliency_metrics");
    let mut worst = [0.0_f64; 3];
    for case in &reference.cases {
        let read = |field| -> Array2<f64> {
            let double = ["float64", "both_zero", "constant_first", "constant_both", "one_pixel"];
            let map = if double.contains(&case["name"].as_str().unwrap()) {
                reference.array::<f64>(case, field)
            } else {
                reference.array::<f32>(case, field).mapv(f64::from)
            };
            map.into_dimensionality::<Ix2>().unwrap()
        };
        let (map, other) = (read("map"), read("reference"));
        for (field, clip) in [
            ("entropy", None),
            ("entropy_0_1", Some(ClipRange::POSITIVE)),
            ("entropy_neg1_0", Some(ClipRange::NEGATIVE)),
            ("entropy_neg1_1", Some(ClipRange::FULL)),
        ] {
            worst[0] = worst[0].max(difference(entropy(map.view(), clip).unwrap(), &case[field]));
        }
        worst[1] = worst[1].max(difference(ssd(map.view(), other.view()).unwrap(), &case["ssd"]));
        worst[2] = worst[2].max(difference(xcorr(map.view(), other.view()).unwrap(), &case["xcorr"]));
    }
    let cases = reference.cases.len();
    let row = |what, with, worst, cases| Row { what, with, goal: GOAL, worst, bound: 1e-6, cases };
    vec![
        row("entropy, without and with each clip range", "XAITK Entropy", worst[0], 4 * cases),
        row("SSD", "XAITK compute_ssd", worst[1], cases),
        row("cross-correlation", "XAITK compute_xcorr", worst[2], cases),
    ]
}

#[test]
fn saliency_metrics_agree_with_xaitk() {
    rows().iter().for_each(Row::check);
}
