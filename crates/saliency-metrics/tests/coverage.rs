//! Coverage of ground-truth regions, against values of XAITK-Saliency 0.15 in `tests/reference`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::path::Path;

use ndarray::{Array2, Ix2, OwnedRepr};
use ndarray_npy::{NpzReader, ReadableElement};
use saliency_metrics::{Error, ground_truth_coverage, iou_coverage, saliency_coverage};
use serde_json::Value;

fn array<A: ReadableElement>(arrays: &mut NpzReader<File>, case: &Value, field: &str) -> Option<Array2<A>> {
    arrays.by_name::<OwnedRepr<A>, Ix2>(case[field].as_str().unwrap()).ok()
}

/// Numbers of whichever type they were stored as.
fn numbers(arrays: &mut NpzReader<File>, case: &Value, field: &str) -> Array2<f64> {
    if let Some(double) = array::<f64>(arrays, case, field) {
        return double;
    }
    if let Some(bytes) = array::<u8>(arrays, case, field) {
        return bytes.mapv(f64::from);
    }
    array::<bool>(arrays, case, field).unwrap().mapv(|bit| f64::from(u8::from(bit)))
}

/// Whether the original cuts off a map that it resizes to whole numbers.
fn is_cut(field: &str, map: &Array2<f64>, truth: &Array2<bool>) -> bool {
    let resized = map.nrows() > truth.nrows() || map.ncols() > truth.ncols();
    field == "compute_iou_coverage" && resized && map.iter().any(|value| value.fract() != 0.0)
}

#[test]
fn coverages_are_xaitks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let cases: Vec<Value> =
        serde_json::from_reader(File::open(folder.join("masks_more.json")).unwrap()).unwrap();
    let mut arrays = NpzReader::new(File::open(folder.join("masks_more.npz")).unwrap()).unwrap();
    let (mut compared, mut refused) = (0, 0);
    for case in cases.iter().filter(|case| case["kind"] == "coverage") {
        let map = numbers(&mut arrays, case, "saliency");
        let truth = numbers(&mut arrays, case, "truth").mapv(|value| value != 0.0);
        let ours = [
            ("compute_iou_coverage", iou_coverage(map.view(), truth.view())),
            ("compute_saliency_coverage", saliency_coverage(map.view(), truth.view())),
            ("compute_ground_truth_coverage", ground_truth_coverage(map.view(), truth.view())),
        ];
        for (field, ours) in ours {
            match ours {
                Ok(ours) => match case[field].as_f64() {
                    Some(theirs) if !is_cut(field, &map, &truth) => {
                        assert!((ours - theirs).abs() <= 1e-6, "{field}: {ours} {case}");
                        compared += 1;
                    }
                    // The original fails at some sizes; here, every size has a value.
                    _ => assert!(map.dim() != truth.dim() && (0.0..=1.0).contains(&ours), "{field}: {case}"),
                },
                Err(error) => {
                    assert!(matches!(error, Error::Negative { .. }), "{error} {case}");
                    assert_eq!(case["name"], "negative_map");
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((compared, refused), (47, 2));
}
