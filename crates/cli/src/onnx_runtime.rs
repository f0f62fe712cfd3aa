//! Where the shared library of ONNX Runtime is.

use std::env::{self, consts};
use std::path::{Path, PathBuf};

/// What `ORT_DYLIB_PATH` says, or else what `scripts/onnxruntime.sh` installed, or else the system's.
pub(crate) fn onnx_runtime() -> PathBuf {
    let given = env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let name = format!("{}onnxruntime{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv").join(&name);
    given.map_or_else(|| if installed.is_file() { installed } else { name.into() }, PathBuf::from)
}
