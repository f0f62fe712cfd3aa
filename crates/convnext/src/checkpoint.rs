//! Weights by name, and the files that hold them: safetensors or `torch.save`'s, one or several with an index.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use model_folder::read_file;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::{Error, torch_file};

/// The formats of weights in the order of preference: a single file's name, and that of an index of several.
const FORMATS: [(Format, &str, &str); 2] = [
    (Format::Safetensors, "model.safetensors", "model.safetensors.index.json"),
    (Format::Torch, "pytorch_model.bin", "pytorch_model.bin.index.json"),
];

/// How a file holds tensors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Safetensors,
    Torch,
}

/// A model's tensors by name, each of which is taken once.
pub(crate) struct Checkpoint {
    tensors: BTreeMap<String, Tensor>,
}

/// A tensor's values, the last axis' next to each other.
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// Where each tensor of a sharded model is.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Where a folder's weights are.
pub(crate) struct WeightFiles {
    pub(crate) index: Option<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
    format: Format,
    /// The tensors that the index promises.
    names: Vec<String>,
}

impl WeightFiles {
    pub(crate) fn find(folder: &Path) -> Result<Self, Error> {
        for (format, file, index) in FORMATS {
            let (file, index) = (folder.join(file), folder.join(index));
            if file.is_file() {
                return Ok(Self { index: None, files: vec![file], format, names: Vec::new() });
            }
            if index.is_file() {
                return Self::indexed(folder, index, format);
            }
        }
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        Err(Error::Missing { name })
    }

    fn indexed(folder: &Path, index: PathBuf, format: Format) -> Result<Self, Error> {
        let wrong = |problem| Error::Format { path: index.clone(), expected: "an index of weights", problem };
        let bytes = read_file(&index, "an index of weights")?;
        let Index { weight_map } = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
        let mut files = Vec::new();
        for shard in weight_map.values().collect::<BTreeSet<_>>() {
            // A name, not a way out of the folder.
            if Path::new(shard).file_name() != Some(shard.as_ref()) {
                return Err(wrong(format!("`{shard}` is not the name of a file")));
            }
            files.push(folder.join(shard));
        }
        let names = weight_map.into_keys().collect();
        Ok(Self { index: Some(index), files, format, names })
    }
}

impl Checkpoint {
    /// Reads a folder's weights.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let mut tensors = BTreeMap::new();
        let WeightFiles { index: _, files, format, names } = WeightFiles::find(folder)?;
        for file in files {
            match format {
                Format::Torch => torch_file::read(&file, &mut tensors)?,
                Format::Safetensors => {
                    parse_safetensors(&read_file(&file, "a safetensors file")?, &file, &mut tensors)?;
                }
            }
        }
        if let Some(name) = names.into_iter().find(|name| !tensors.contains_key(name)) {
            return Err(Error::MissingTensor { name });
        }
        Ok(Self { tensors })
    }

    /// The tensors of a safetensors file that is in memory; errors name it by `path`.
    pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let mut tensors = BTreeMap::new();
        parse_safetensors(bytes, path, &mut tensors)?;
        Ok(Self { tensors })
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensor's shape, which stays.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    pub(crate) fn take(&mut self, name: &str) -> Result<Tensor, Error> {
        let tensor =
            self.tensors.remove(name).ok_or_else(|| Error::MissingTensor { name: name.to_owned() })?;
        match tensor.values.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(Error::Weight { name: name.to_owned(), value }),
            None => Ok(tensor),
        }
    }

    /// Refuses tensors that nobody took.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let mut names: Vec<String> = self.tensors.into_keys().collect();
        let count = names.len();
        if count == 0 {
            return Ok(());
        }
        names.truncate(3);
        let mut names = names.join(", ");
        if count > 3 {
            names = format!("{names} and {} more", count - 3);
        }
        Err(Error::Unexpected { names })
    }
}

fn parse_safetensors(bytes: &[u8], path: &Path, tensors: &mut BTreeMap<String, Tensor>) -> Result<(), Error> {
    let format =
        |problem| Error::Format { path: path.to_path_buf(), expected: "a safetensors file", problem };
    let file = SafeTensors::deserialize(bytes).map_err(|e| format(e.to_string()))?;
    for (name, view) in file.iter() {
        let Some(kind) = Kind::of_safetensors(view.dtype()) else {
            return Err(Error::Type { name: name.to_owned(), found: view.dtype().to_string() });
        };
        let values = kind.numbers(view.data());
        tensors.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), values });
    }
    Ok(())
}

/// A type of numbers that weights may have.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    F64,
    F32,
    F16,
    Bf16,
}

impl Kind {
    fn of_safetensors(kind: Dtype) -> Option<Self> {
        match kind {
            Dtype::F64 => Some(Self::F64),
            Dtype::F32 => Some(Self::F32),
            Dtype::F16 => Some(Self::F16),
            Dtype::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    /// By the class of PyTorch's storage.
    pub(crate) fn of_storage(class: &str) -> Option<Self> {
        match class {
            "DoubleStorage" => Some(Self::F64),
            "FloatStorage" => Some(Self::F32),
            "HalfStorage" => Some(Self::F16),
            "BFloat16Storage" => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Bytes of a number.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    pub(crate) fn numbers(self, data: &[u8]) -> Vec<f32> {
        match self {
            Self::F64 => numbers(data, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::F32 => numbers(data, f32::from_le_bytes),
            Self::F16 => numbers(data, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Self::Bf16 => numbers(data, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        }
    }
}

fn numbers<const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    data.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)).collect()
}
