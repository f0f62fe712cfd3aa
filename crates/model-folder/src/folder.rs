use std::path::{Path, PathBuf};

use crate::{Error, ImageProcessor, labels_from_json};

/// A model's folder: weights, `config.json` and `preprocessor_config.json`.
///
/// ```no_run
/// let folder = model_folder::ModelFolder::open("my-convnext")?;
/// println!("{} classes, ONNX at {:?}", folder.labels().len(), folder.onnx());
/// # Ok::<(), model_folder::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelFolder {
    path: PathBuf,
    labels: Vec<String>,
    processor: ImageProcessor,
}

impl ModelFolder {
    /// Reads the two json files.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] and [`Error::File`] name the file.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let labels = parse(&path.join("config.json"), "the class names", labels_from_json)?;
        let file = path.join("preprocessor_config.json");
        let processor = parse(&file, "the image processor", ImageProcessor::from_json)?;
        Ok(Self { path, labels, processor })
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The classes' names, in the order of the network's outputs.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How pictures are prepared.
    #[must_use]
    pub fn processor(&self) -> &ImageProcessor {
        &self.processor
    }

    /// `model.onnx`, if it is there.
    #[must_use]
    pub fn onnx(&self) -> Option<PathBuf> {
        Some(self.path.join("model.onnx")).filter(|path| path.is_file())
    }

    /// `model.pt`, if it is there.
    #[must_use]
    pub fn torchscript(&self) -> Option<PathBuf> {
        Some(self.path.join("model.pt")).filter(|path| path.is_file())
    }
}

fn parse<T>(
    path: &Path,
    expected: &'static str,
    read: impl Fn(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.to_path_buf(),
        expected,
        source,
    })?;
    read(&text).map_err(|source| Error::File { path: path.to_path_buf(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_what_it_holds_and_what_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let error = ModelFolder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("config.json, expected the class names"), "{error}");
        std::fs::write(folder.path().join("config.json"), r#"{"id2label": {"0": "a", "1": "b"}}"#).unwrap();
        let error = ModelFolder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("preprocessor_config.json, expected the image processor"), "{error}");
        std::fs::write(folder.path().join("preprocessor_config.json"), r#"{"do_resize": false}"#).unwrap();
        std::fs::write(folder.path().join("model.pt"), "").unwrap();
        let opened = ModelFolder::open(folder.path()).unwrap();
        assert_eq!((opened.labels().len(), opened.onnx(), opened.torchscript().is_some()), (2, None, true));
    }
}
