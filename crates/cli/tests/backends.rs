//! One study on two backends: TorchScript on libtorch, ONNX on ONNX Runtime and ONNX in pure Rust give the same results.

#![cfg(any(feature = "tch", feature = "ort"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "tch")]
use std::path::{Path, PathBuf};
use std::process::Command;

use results::{ItemResponse, SaliencyComparison, read_csv};

/// The largest difference between two backends, in any value.
const BOUND: f64 = 1e-3;

type Found = (Vec<ItemResponse>, Vec<SaliencyComparison>);

fn study(backend: &str, flags: &[&str]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stressmap"))
        .current_dir(folder.path())
        .args(["run", "--out", "out", "--backend", backend])
        .args(flags)
        .output()
        .unwrap();
    assert!(output.status.success(), "{backend}: {}", String::from_utf8_lossy(&output.stderr));
    let file = |name: &str| std::fs::File::open(folder.path().join("out").join(name)).unwrap();
    (read_csv(file("item_response.csv")).unwrap(), read_csv(file("saliency_metrics.csv")).unwrap())
}

fn agree(backend: &str, flags: &[&str]) {
    let ((responses, comparisons), (others, their_comparisons)) =
        (study(backend, flags), study("rten", flags));
    assert_eq!(responses, others);
    assert!(!comparisons.is_empty() && comparisons.len() == their_comparisons.len());
    for (ours, theirs) in comparisons.iter().zip(&their_comparisons) {
        let named = |row: &SaliencyComparison| {
            (row.setting.clone(), row.image_id, row.truth.clone(), row.predicted.clone())
        };
        assert_eq!(named(ours), named(theirs));
        let values = |row: &SaliencyComparison| -> Vec<f64> {
            [row.truth_score, row.predicted_score]
                .into_iter()
                .chain(row.metrics.iter().map(|(_, v)| v))
                .collect()
        };
        let worst = values(ours).iter().zip(values(theirs)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= BOUND, "{ours:?} and {theirs:?} differ by {worst}");
    }
}

#[cfg(feature = "tch")]
#[test]
fn the_shipped_model_is_the_same_on_libtorch() {
    agree("tch", &["--limit", "4", "--masks", "40"]);
}

/// The library is that of `ORT_DYLIB_PATH` or of scripts/onnxruntime.sh, or the system's.
#[cfg(feature = "ort")]
#[test]
fn the_shipped_model_is_the_same_on_onnx_runtime() {
    agree("ort", &["--limit", "4", "--masks", "40"]);
}

#[cfg(feature = "ort")]
#[test]
fn without_onnx_runtime_the_command_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stressmap"))
        .current_dir(folder.path())
        .env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so")
        .args(["run", "--backend", "ort"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ONNX Runtime cannot be loaded from /nowhere/libonnxruntime.so: "), "{said}");
    assert!(said.contains("docs/backends.md") && said.trim_end().lines().count() == 1, "{said}");
}

/// A network at 224x224 with 28 M parameters, which `tests/backends/convnext_tiny.py` writes.
#[cfg(feature = "tch")]
#[test]
#[ignore = "needs an exported network: scripts/test-all.sh makes it and runs this"]
fn a_convnext_tiny_is_the_same_on_libtorch() {
    let model: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/convnext-tiny");
    agree("tch", &["--limit", "1", "--masks", "8", "--model", model.to_str().unwrap()]);
}
