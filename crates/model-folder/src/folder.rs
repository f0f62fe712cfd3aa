use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::labels::read_labels;
use crate::{Check, Error, ImageProcessor, read_file};

/// Where an ONNX network is looked for, in this order: as this project's export writes it, and as the Hub and
/// `transformers.js` lay it out.
const ONNX: [&str; 4] =
    ["model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"];
const TORCHSCRIPT: &str = "model.pt";

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
    onnx: Option<PathBuf>,
    torchscript: Option<PathBuf>,
    named: bool,
    check: Option<Check>,
    files: Vec<PathBuf>,
    notes: Vec<String>,
    onnx_note: Option<String>,
}

impl ModelFolder {
    /// Reads a folder's JSON files and looks for its weights.
    ///
    /// `path` may also be that of an `.onnx` or `.pt` file, in the folder itself or in its folder `onnx`. Without one,
    /// the network is `model.onnx`, `onnx/model.onnx`, `model_quantized.onnx`, `onnx/model_quantized.onnx`, the first
    /// that is there, or else the only `.onnx` file in the folder or in its folder `onnx`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::File`] and [`Error::LfsPointer`] name the file.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let given = path.into();
        let weights = given.is_file().then(|| given.clone());
        let path = if weights.is_some() { folder_of(&given) } else { given };
        let mut files = vec![path.join("config.json")];
        let config = text(&files[0], "the class names")?;
        let labels = read_labels(&config).map_err(|source| in_file(&files[0], source))?;
        let (processor, file) = processor(&path, &config)?;
        if !files.contains(&file) {
            files.push(file);
        }
        let (mut onnx, mut torchscript, mut onnx_note) = (None, None, None);
        let named = weights.is_some();
        match weights {
            Some(weights) if has_extension(&weights, "onnx") => onnx = Some(weights),
            Some(weights) if has_extension(&weights, "pt") => torchscript = Some(weights),
            Some(weights) => return Err(Error::Weights { path: weights }),
            None => {
                onnx = find_onnx(&path);
                torchscript = Some(path.join(TORCHSCRIPT)).filter(|path| path.is_file());
                if let Some(found) = onnx.as_deref().and_then(|found| found.strip_prefix(&path).ok())
                    && found != Path::new(ONNX[0])
                {
                    onnx_note = Some(format!("the network is {}", found.display()));
                }
            }
        }
        let check = Check::read(&path)?;
        let (labels, notes) = (labels.names, labels.notes);
        Ok(Self { path, labels, processor, onnx, torchscript, named, check, files, notes, onnx_note })
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name; of a folder in the cache of the Hugging Face Hub the repository's, such as `owner/name`.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(name) = hub_name(&self.path) {
            return name;
        }
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The class names, in the order of the network's outputs.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How images are prepared.
    #[must_use]
    pub fn processor(&self) -> &ImageProcessor {
        &self.processor
    }

    /// The ONNX network, if there is one.
    #[must_use]
    pub fn onnx(&self) -> Option<&Path> {
        self.onnx.as_deref()
    }

    /// The TorchScript network, `model.pt`, if there is one.
    #[must_use]
    pub fn torchscript(&self) -> Option<&Path> {
        self.torchscript.as_deref()
    }

    /// Whether the folder was opened by the path of a network in it.
    #[must_use]
    pub fn names_a_network(&self) -> bool {
        self.named
    }

    /// An image and what the network returned for it when it was exported, if the folder holds them.
    #[must_use]
    pub fn check(&self) -> Option<&Check> {
        self.check.as_ref()
    }

    /// The JSON files that were read.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What was chosen or changed where the folder leaves it open, to be shown to the user. Each is a sentence.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Which file the ONNX network is, to be shown to the user if it is run: none if it is `model.onnx`, or was named.
    #[must_use]
    pub fn onnx_note(&self) -> Option<&str> {
        self.onnx_note.as_deref()
    }
}

/// The repository that a folder `models--OWNER--NAME/snapshots/COMMIT` is of.
fn hub_name(folder: &Path) -> Option<String> {
    let snapshots =
        folder.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "snapshots"))?;
    let repository = snapshots.parent()?.file_name()?.to_str()?.strip_prefix("models--")?;
    Some(repository.replace("--", "/"))
}

/// The folder that a weights file belongs to: its own, or the one above if that one has the `config.json`.
fn folder_of(weights: &Path) -> PathBuf {
    let own = match weights.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match own.parent() {
        Some(above) if !own.join("config.json").is_file() && above.join("config.json").is_file() => {
            above.to_path_buf()
        }
        _ => own.to_path_buf(),
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn find_onnx(folder: &Path) -> Option<PathBuf> {
    let known = ONNX.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    known.or_else(|| {
        let mut found = [folder.to_path_buf(), folder.join("onnx")]
            .into_iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| has_extension(path, "onnx") && path.is_file());
        // Of several, none is more the network than another.
        found.next().filter(|_| found.next().is_none())
    })
}

/// The processor, and the file that it was read from.
fn processor(folder: &Path, config: &str) -> Result<(ImageProcessor, PathBuf), Error> {
    let (settings, file) = processor_settings(folder, config)?;
    match ImageProcessor::from_configs(settings.as_deref(), config) {
        Ok(processor) => Ok((processor, file)),
        Err(source) => Err(in_file(&file, source)),
    }
}

/// The image processor's settings, unless they are in `config.json`, and the file that they are in.
fn processor_settings(folder: &Path, config: &str) -> Result<(Option<String>, PathBuf), Error> {
    // `transformers` saves a model's image processor and its tokenizer in one file.
    let nested = folder.join("processor_config.json");
    if nested.is_file() {
        let whole: Value = serde_json::from_str(&text(&nested, "the image processor")?).map_err(|e| {
            in_file(&nested, Error::Json { expected: "a processor_config.json", problem: e.to_string() })
        })?;
        if let Some(part) = whole.get("image_processor") {
            return Ok((Some(part.to_string()), nested));
        }
    }
    let file = folder.join("preprocessor_config.json");
    match text(&file, "the image processor") {
        Ok(settings) => Ok((Some(settings), file)),
        // timm's models have them in config.json.
        Err(Error::Io { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound && config.contains("pretrained_cfg") =>
        {
            Ok((None, folder.join("config.json")))
        }
        Err(error) => Err(error),
    }
}

fn text(path: &Path, expected: &'static str) -> Result<String, Error> {
    String::from_utf8(read_file(path, expected)?)
        .map_err(|e| in_file(path, Error::Json { expected, problem: e.to_string() }))
}

fn in_file(path: &Path, source: Error) -> Error {
    Error::File { path: path.to_path_buf(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{"id2label": {"0": "a", "1": "b"}, "model_type": "vit"}"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("onnx")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_says_what_it_holds_and_what_it_lacks() {
        let folder = folder(&[]);
        let error = ModelFolder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("config.json, expected the class names"), "{error}");
        std::fs::write(folder.path().join("config.json"), CONFIG).unwrap();
        let error = ModelFolder::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("preprocessor_config.json, expected the image processor"), "{error}");
        std::fs::write(folder.path().join("preprocessor_config.json"), r#"{"size": 20}"#).unwrap();
        std::fs::write(folder.path().join("model.pt"), "").unwrap();
        let opened = ModelFolder::open(folder.path()).unwrap();
        assert_eq!((opened.labels().len(), opened.onnx(), opened.torchscript().is_some()), (2, None, true));
        assert_eq!(opened.processor().name(), "ViTImageProcessor");
        assert!(opened.notes().is_empty());
    }

    #[test]
    fn a_snapshot_of_the_hub_has_its_repositorys_name() {
        assert_eq!(hub_name(Path::new("/c/models--a--b.c/snapshots/0123")).as_deref(), Some("a/b.c"));
        for other in ["/c/models--a--b/blobs/0123", "/c/a--b/snapshots/0123", "models--a--b", "snapshots/x"] {
            assert_eq!(hub_name(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn an_onnx_network_is_found_in_each_of_its_places() {
        let base = [("config.json", CONFIG), ("preprocessor_config.json", "{}")];
        for (names, expected) in [
            (&["model.onnx", "onnx/model.onnx"][..], Some("model.onnx")),
            (&["onnx/model.onnx", "model_quantized.onnx"], Some("onnx/model.onnx")),
            (&["model_quantized.onnx"], Some("model_quantized.onnx")),
            (&["onnx/model_quantized.onnx", "onnx/model_fp16.onnx"], Some("onnx/model_quantized.onnx")),
            (&["onnx/resnet.onnx"], Some("onnx/resnet.onnx")),
            (&["Mine.ONNX"], Some("Mine.ONNX")),
            (&["a.onnx", "b.onnx"], None),
            (&["a.onnx", "b.ONNX"], None),
        ] {
            let files: Vec<_> = base.into_iter().chain(names.iter().map(|&name| (name, ""))).collect();
            let folder = folder(&files);
            let opened = ModelFolder::open(folder.path()).unwrap();
            assert_eq!(opened.onnx(), expected.map(|name| folder.path().join(name)).as_deref());
            assert_eq!(
                opened.onnx_note().is_none(),
                matches!(expected, None | Some("model.onnx")),
                "{names:?}"
            );
        }
    }

    #[test]
    fn a_weights_file_stands_for_its_folder() {
        let files = [
            ("config.json", CONFIG),
            ("preprocessor_config.json", "{}"),
            ("onnx/mine.onnx", ""),
            ("x.txt", ""),
        ];
        let folder = folder(&files);
        let opened = ModelFolder::open(folder.path().join("onnx/mine.onnx")).unwrap();
        assert_eq!(opened.onnx(), Some(&*folder.path().join("onnx/mine.onnx")));
        assert_eq!(opened.name(), folder.path().file_name().unwrap().to_string_lossy());
        assert!(matches!(ModelFolder::open(folder.path().join("x.txt")), Err(Error::Weights { .. })));
    }

    #[test]
    fn the_processor_may_be_nested_or_timms() {
        let nested = r#"{"image_processor": {"image_processor_type": "BitImageProcessor"}}"#;
        let opened =
            ModelFolder::open(folder(&[("config.json", CONFIG), ("processor_config.json", nested)]).path());
        assert_eq!(opened.unwrap().processor().name(), "BitImageProcessor");
        let timm = r#"{"num_classes": 3, "pretrained_cfg": {"input_size": [3, 32, 32]}}"#;
        let folder = folder(&[("config.json", timm)]);
        let opened = ModelFolder::open(folder.path()).unwrap();
        assert_eq!(opened.processor().name(), "TimmWrapperImageProcessor");
        assert_eq!(opened.files(), [folder.path().join("config.json")]);
        assert!(opened.notes()[0].contains("LABEL_0 to LABEL_2"));
    }
}
