use std::path::Path;

use crate::Error;

/// How a file begins that `git clone` leaves in the place of one in Git LFS.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Reads a file of a model folder, which must not be a pointer to one.
///
/// # Errors
///
/// [`Error::Io`] if it cannot be read, [`Error::LfsPointer`] if it is a Git LFS pointer.
///
/// # Examples
///
/// ```
/// let error = model_folder::read_file("missing.onnx", "the network").unwrap_err();
/// assert_eq!(error.to_string(), "cannot read missing.onnx, expected the network");
/// ```
pub fn read_file(path: impl AsRef<Path>, expected: &'static str) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    let bytes =
        std::fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), expected, source })?;
    if bytes.starts_with(LFS_POINTER) {
        return Err(Error::LfsPointer { path: path.to_path_buf() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_lfs_pointer_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        std::fs::write(&path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n").unwrap();
        let error = read_file(&path, "the network").unwrap_err().to_string();
        assert!(error.ends_with("model.onnx is a Git LFS pointer, run `git lfs pull`"), "{error}");
    }
}
