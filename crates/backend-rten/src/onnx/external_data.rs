use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use rten_onnx::onnx::{DataLocation, GraphProto, TensorProto};

use crate::Error;

/// Moves tensors that lie in other files, such as `model.onnx.data`, into the graph, and returns those files.
pub(crate) fn embed(
    name: &str,
    graph: &mut GraphProto,
    folder: Option<&Path>,
) -> Result<Vec<PathBuf>, Error> {
    let mut files = Files { name, folder, read: BTreeMap::new() };
    files.embed(graph)?;
    Ok(files.read.into_keys().collect())
}

struct Files<'a> {
    name: &'a str,
    folder: Option<&'a Path>,
    read: BTreeMap<PathBuf, Vec<u8>>,
}

impl Files<'_> {
    fn embed(&mut self, graph: &mut GraphProto) -> Result<(), Error> {
        for tensor in &mut graph.initializer {
            self.embed_tensor(tensor)?;
        }
        for attribute in graph.node.iter_mut().flat_map(|node| &mut node.attribute) {
            if let Some(tensor) = &mut attribute.t {
                self.embed_tensor(tensor)?;
            }
            if let Some(graph) = &mut attribute.g {
                self.embed(graph)?;
            }
        }
        Ok(())
    }

    fn embed_tensor(&mut self, tensor: &mut TensorProto) -> Result<(), Error> {
        if tensor.data_location != Some(DataLocation::EXTERNAL) {
            return Ok(());
        }
        let named = tensor.name.clone().unwrap_or_default();
        let refuse = |problem: String| Error::load(self.name, format!("the tensor {named} {problem}"));
        let entry = |key: &str| {
            let entry = tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key));
            entry.and_then(|entry| entry.value.as_deref())
        };
        let number = |key: &str| {
            let number = entry(key).map(str::parse::<usize>).transpose();
            number.map_err(|_| refuse(format!("has the external {key} `{}`", entry(key).unwrap_or_default())))
        };
        let location = entry("location").ok_or_else(|| refuse("has no location".to_owned()))?;
        let Some(folder) = self.folder else {
            return Err(refuse(format!("lies in {location}: load the network from its file")));
        };
        // A model must not read files outside of its folder.
        if !Path::new(location)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(refuse(format!("lies in {location}, expected a file in the model's folder")));
        }
        let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
        let path = folder.join(location);
        if !self.read.contains_key(&path) {
            let bytes =
                model_folder::read_file(&path, "the network's external data").map_err(Error::Folder)?;
            self.read.insert(path.clone(), bytes);
        }
        let bytes = self.read.get(&path).map(Vec::as_slice).unwrap_or_default();
        let end = length.map_or(Some(bytes.len()), |length| offset.checked_add(length));
        let data = end.and_then(|end| bytes.get(offset..end)).ok_or_else(|| {
            refuse(format!("lies beyond the end of {location}, which has {} bytes", bytes.len()))
        })?;
        tensor.raw_data = Some(RefCell::new(data.to_vec()));
        tensor.data_location = None;
        tensor.external_data.clear();
        Ok(())
    }
}
