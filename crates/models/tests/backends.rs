//! Which backend opens a folder, and what the backends agree on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use models::{Backend, ModelConfig, OutputKind};
use ndarray::{Array2, Array3};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext");

/// A folder with these of the shipped model's files.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "preprocessor_config.json"].iter().chain(files) {
        std::fs::copy(Path::new(SHIPPED).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn config(folder: &Path) -> ModelConfig {
    ModelConfig { folder: Some(PathBuf::from(folder)), ..ModelConfig::default() }
}

fn scores(config: &ModelConfig) -> (String, Array2<f32>) {
    let opened = config.open().unwrap();
    let image = Array3::from_shape_fn((64, 64, 3), |(y, x, c)| (3 * y + x + 40 * c) as u8);
    (opened.backend, opened.model.predict(&[image.view()]).unwrap())
}

#[test]
fn a_folder_as_save_pretrained_leaves_it_needs_no_export() {
    let saved = folder(&["model.safetensors"]);
    let (backend, ours) = scores(&config(saved.path()));
    assert!(backend.starts_with("native "), "{backend}");
    let both = folder(&["model.onnx", "model.safetensors"]);
    assert!(scores(&config(both.path())).0.starts_with("native "));
    // Naming the file, an output or what it returns asks for ONNX.
    let named = ModelConfig { output: Some("logits".into()), ..config(both.path()) };
    assert!(scores(&named).0.starts_with("rten "));
    let (backend, theirs) = scores(&config(&both.path().join("model.onnx")));
    assert!(backend.starts_with("rten "), "{backend}");
    assert!((&ours - &theirs).iter().all(|difference| difference.abs() < 1e-5), "{ours} {theirs}");
}

#[test]
fn weights_that_torch_saved_are_opened_and_part_of_the_checksum() {
    let saved = tempfile::tempdir().unwrap();
    let case = Path::new(SHIPPED).join("../../crates/convnext/tests/data/convnext-pytorch");
    for file in ["config.json", "preprocessor_config.json", "pytorch_model.bin"] {
        std::fs::copy(case.join(file), saved.path().join(file)).unwrap();
    }
    let (backend, found) = scores(&config(saved.path()));
    assert!(backend.starts_with("native "), "{backend}");
    assert_eq!(found.dim(), (1, 3));
    let before = config(saved.path()).checksum().unwrap();
    let weights = saved.path().join("pytorch_model.bin");
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes.push(0);
    std::fs::write(weights, bytes).unwrap();
    assert_ne!(config(saved.path()).checksum().unwrap(), before);
}

#[test]
fn the_checksum_is_of_what_the_backend_reads() {
    let both = folder(&["model.onnx", "model.safetensors"]);
    let [rten, native] = [Backend::Rten, Backend::Native]
        .map(|backend| ModelConfig { backend: Some(backend), ..config(both.path()) });
    let before = [rten.checksum().unwrap(), native.checksum().unwrap()];
    let weights = both.path().join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(weights, bytes).unwrap();
    assert_eq!(rten.checksum().unwrap(), before[0]);
    assert_ne!(native.checksum().unwrap(), before[1]);
}

#[test]
fn what_the_native_backend_cannot_do_is_refused_by_name() {
    let saved = folder(&["model.safetensors"]);
    let refused = |change: ModelConfig| change.open().unwrap_err().to_string();
    let native = ModelConfig { backend: Some(Backend::Native), ..config(saved.path()) };
    for (config, part) in [
        (ModelConfig { device: Some("cuda".into()), ..native.clone() }, "device is `cuda`"),
        (ModelConfig { precision: Some("f16".into()), ..native.clone() }, "precision is `f16`"),
        (ModelConfig { output: Some("logits".into()), ..native.clone() }, "output is `logits`"),
        (
            ModelConfig { scores: Some(OutputKind::Probabilities), ..native.clone() },
            "scores is `probabilities`",
        ),
    ] {
        assert!(refused(config).contains(part), "{part}");
    }
    let nothing = folder(&[]);
    assert!(refused(config(nothing.path())).contains("has no model.onnx"));
}

#[cfg(not(feature = "ort"))]
#[test]
fn a_program_without_onnx_runtime_says_so() {
    let tensorrt = ModelConfig { device: Some("tensorrt".into()), ..ModelConfig::default() };
    let asked = ModelConfig { backend: Some(Backend::Ort), ..ModelConfig::default() };
    for config in [tensorrt, asked] {
        let error = config.open().unwrap_err().to_string();
        assert!(error.contains("built without the backend ort; build it with the feature `ort`"), "{error}");
    }
}

/// These need ONNX Runtime, from `ORT_DYLIB_PATH` or scripts/onnxruntime.sh.
#[cfg(feature = "ort")]
mod on_onnx_runtime {
    use super::*;

    fn ort() -> ModelConfig {
        let installed = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/libonnxruntime.so");
        let library = std::env::var_os("ORT_DYLIB_PATH").map_or_else(installed, PathBuf::from);
        ModelConfig { backend: Some(Backend::Ort), onnx_runtime: Some(library), ..ModelConfig::default() }
    }

    #[test]
    fn the_shipped_model_is_the_same_as_on_rten() {
        let (backend, ours) = scores(&ort());
        assert!(backend.starts_with("ONNX Runtime ") && backend.contains(", through ort 2."), "{backend}");
        let (_, theirs) = scores(&ModelConfig::default());
        assert!((&ours - &theirs).iter().all(|difference| difference.abs() < 1e-5), "{ours} {theirs}");
    }

    #[test]
    fn a_gpu_is_taken_or_refused_by_name() {
        for device in ["cuda", "tensorrt:1"] {
            let onnx = folder(&["model.onnx"]);
            let config = ModelConfig {
                folder: Some(onnx.path().into()),
                device: Some(device.into()),
                backend: None,
                ..ort()
            };
            match config.open() {
                Ok(opened) => assert!(opened.backend.starts_with("ONNX Runtime "), "{}", opened.backend),
                Err(error) => assert!(error.to_string().contains(device), "{error}"),
            }
        }
    }

    #[test]
    fn what_it_cannot_do_is_refused_by_name() {
        let refused = |change: ModelConfig| change.open().unwrap_err().to_string();
        for (config, part) in [
            (ModelConfig { precision: Some("f16".into()), ..ort() }, "precision is `f16`"),
            (ModelConfig { device: Some("gpu".into()), ..ort() }, "`gpu` is not a device"),
            (ModelConfig { onnx_runtime: None, ..ort() }, "was not told where its shared library is"),
            (ModelConfig { output: Some("other".into()), ..ort() }, "expected one named other"),
        ] {
            let error = refused(config);
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_checksum_is_of_the_onnx_file() {
        let onnx = folder(&["model.onnx"]);
        let config = ModelConfig { folder: Some(onnx.path().into()), ..ort() };
        let rten = ModelConfig { backend: Some(Backend::Rten), ..config.clone() };
        assert_eq!(config.checksum().unwrap(), rten.checksum().unwrap());
    }
}

#[cfg(not(any(feature = "tch", feature = "ort")))]
#[test]
fn a_device_without_its_backend_is_named() {
    let cuda = ModelConfig { device: Some("cuda".into()), ..ModelConfig::default() };
    let error = cuda.open().unwrap_err().to_string();
    assert!(
        error.starts_with("device `cuda` needs the backend tch: this program was built without"),
        "{error}"
    );
}
