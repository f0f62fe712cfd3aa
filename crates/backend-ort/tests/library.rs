//! What is no ONNX Runtime, or none that will do. These tests need no library.

use backend_ort::{Error, Runtime};

#[test]
fn a_missing_library_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    let error = Runtime::load(&path).unwrap_err();
    assert!(matches!(error, Error::Library { ref library, .. } if library.ends_with("libonnxruntime.so")));
    let line = error.to_string();
    let beginning = format!("ONNX Runtime cannot be loaded from {}: ", path.display());
    assert!(line.starts_with(&beginning) && !line.contains('\n'), "{line}");
}

#[test]
fn what_is_no_library_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, "no library").unwrap();
    assert!(matches!(Runtime::load(&path), Err(Error::Library { .. })));
}

/// The C library has no `OrtGetApiBase`.
#[test]
#[cfg(target_os = "linux")]
fn another_library_is_refused() {
    let error = Runtime::load("libc.so.6").unwrap_err().to_string();
    assert!(error.contains("libc.so.6") && error.contains("OrtGetApiBase"), "{error}");
}
