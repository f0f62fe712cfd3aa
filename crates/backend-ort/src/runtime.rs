use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::Error;

/// ONNX Runtime, loaded from its shared library.
///
/// A process can load one library, once; values of this type are handles to it.
///
/// ```no_run
/// use backend_ort::Runtime;
///
/// let runtime = Runtime::load("/opt/onnxruntime/lib/libonnxruntime.so")?;
/// assert_eq!(Runtime::load(runtime.library())?.version(), runtime.version());
/// # Ok::<(), backend_ort::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
}

static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the shared library at this path, of ONNX Runtime 1.23 or later. A name without a folder is looked for beside
    /// the program, and then where the system looks for libraries.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if it cannot be loaded or is another library, [`Error::Version`] if it is too old,
    /// [`Error::Loaded`] if the process has loaded another one.
    pub fn load(library: impl AsRef<Path>) -> Result<Self, Error> {
        let library = located(library.as_ref());
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return if runtime.library == library {
                Ok(runtime.clone())
            } else {
                Err(Error::Loaded { library, loaded: runtime.library.clone() })
            };
        }
        let builder = ort::init_from(&library).map_err(|error| match error {
            LoadDynamicError::BadVersion { version_str, path } => {
                Error::Version { library: path, found: version_str, minor: ort::MINOR_VERSION }
            }
            LoadDynamicError::Dlopen { error, path } => {
                Error::Library { library: path, problem: error.to_string() }
            }
            error => Error::Library { library: library.clone(), problem: error.to_string() },
        })?;
        let environment = builder
            .with_name("backend-ort")
            .with_telemetry(false)
            // Errors come back as such; without a logger, ONNX Runtime would print them, too.
            .with_logger(Arc::new(|_, _, _, _, _| {}))
            .build()
            .map_err(|error| Error::Library { library: library.clone(), problem: error.to_string() })?;
        environment.set_log_level(LogLevel::Fatal);
        Ok(loaded.insert(Self { environment, library }).clone())
    }

    /// The library, as it was found.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The version that the library's file name has, such as `1.32.0`, or else the commit that it was built from.
    #[must_use]
    pub fn version(&self) -> String {
        let name = self.library.file_name().unwrap_or_default().to_string_lossy();
        let number = name.trim_matches(|c: char| !c.is_ascii_digit());
        if number.contains('.') {
            return number.to_owned();
        }
        let commit = ort::info().split(", ").find_map(|part| part.strip_prefix("git-commit-id="));
        commit.map_or_else(|| "of an unknown version".to_owned(), |commit| format!("of commit {commit}"))
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// The path without symbolic links: ONNX Runtime looks for its execution providers beside the file.
fn located(library: &Path) -> PathBuf {
    if library.components().nth(1).is_none() && !library.is_absolute() {
        return library.to_path_buf();
    }
    let resolved = library.canonicalize().or_else(|_| std::path::absolute(library));
    resolved.unwrap_or_else(|_| library.to_path_buf())
}
