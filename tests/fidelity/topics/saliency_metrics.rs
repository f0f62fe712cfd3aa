//! Entropy, SSD and cross-correlation.

use ndarray::{ArrayD, Ix2};
use saliency_metrics::{ClipRange, MapValue, entropy, ssd, xcorr};
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

/// The worst differences of entropy, SSD and cross-correlation for two maps, in their own precision.
fn differences<A: MapValue>(map: ArrayD<A>, other: ArrayD<A>, case: &Value) -> [f64; 3] {
    let map = map.into_dimensionality::<Ix2>().unwrap();
    let other = other.into_dimensionality::<Ix2>().unwrap();
    let entropies = [
        ("entropy", None),
        ("entropy_0_1", Some(ClipRange::POSITIVE)),
        ("entropy_neg1_0", Some(ClipRange::NEGATIVE)),
        ("entropy_neg1_1", Some(ClipRange::FULL)),
    ];
    let entropies =
        entropies.map(|(field, clip)| difference(entropy(map.view(), clip).unwrap(), &case[field]));
    [
        entropies.into_iter().fold(0.0, worse),
        difference(ssd(map.view(), other.view()).unwrap(), &case["ssd"]),
        difference(xcorr(map.view(), other.view()).unwrap(), &case["xcorr"]),
    ]
}

/// The larger difference, where NaN is the largest: one side has a value where the other has none.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("saliency_metrics");
    let mut worst = [0.0_f64; 3];
    for case in &reference.cases {
        let double = ["float64", "both_zero", "constant_first", "constant_both", "one_pixel"];
        let differences = if double.contains(&case["name"].as_str().unwrap()) {
            differences::<f64>(reference.array(case, "map"), reference.array(case, "reference"), case)
        } else {
            differences::<f32>(reference.array(case, "map"), reference.array(case, "reference"), case)
        };
        worst.iter_mut().zip(differences).for_each(|(worst, difference)| *worst = worse(*worst, difference));
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
