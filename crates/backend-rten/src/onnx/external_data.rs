use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use rten_onnx::onnx::{DataLocation, GraphProto, TensorProto};

use crate::Error;

/// The files beside the network, such as `model.onnx.data`, that hold tensors of the graph.
pub(crate) fn list(name: &str, graph: &mut GraphProto, folder: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
    let mut files = BTreeSet::new();
    for_each_external(graph, &mut |tensor| {
        files.insert(Part::of(tensor, name, folder)?.file);
        Ok(())
    })?;
    Ok(files.into_iter().collect())
}

/// Moves the tensors in those files into the graph, and returns the files.
pub(crate) fn embed(
    name: &str,
    graph: &mut GraphProto,
    folder: Option<&Path>,
) -> Result<Vec<PathBuf>, Error> {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for_each_external(graph, &mut |tensor| {
        let Part { file, offset, length } = Part::of(tensor, name, folder)?;
        let bytes = match files.entry(file) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => {
                let bytes = model_folder::read_file(unread.key(), "the network's external data")?;
                unread.insert(bytes)
            }
        };
        let end = length.map_or(Some(bytes.len()), |length| offset.checked_add(length));
        let data = end.and_then(|end| bytes.get(offset..end)).ok_or_else(|| {
            refused(name, tensor, &format!("lies beyond the end of its file of {} bytes", bytes.len()))
        })?;
        tensor.raw_data = Some(RefCell::new(data.to_vec()));
        tensor.data_location = None;
        tensor.external_data.clear();
        Ok(())
    })?;
    Ok(files.into_keys().collect())
}

/// Visits the tensors of a graph, and of those within it, whose values are in other files.
fn for_each_external(
    graph: &mut GraphProto,
    visit: &mut dyn FnMut(&mut TensorProto) -> Result<(), Error>,
) -> Result<(), Error> {
    let attributes = graph.node.iter_mut().flat_map(|node| &mut node.attribute);
    let (mut tensors, mut graphs) = (graph.initializer.iter_mut().collect::<Vec<_>>(), Vec::new());
    for attribute in attributes {
        tensors.extend(&mut attribute.t);
        graphs.extend(&mut attribute.g);
    }
    let external = |tensor: &&mut TensorProto| tensor.data_location == Some(DataLocation::EXTERNAL);
    tensors.into_iter().filter(external).try_for_each(&mut *visit)?;
    graphs.into_iter().try_for_each(|graph| for_each_external(graph, visit))
}

/// The part of a file that holds a tensor's values.
struct Part {
    file: PathBuf,
    offset: usize,
    /// Up to the end of the file if it is not given.
    length: Option<usize>,
}

impl Part {
    fn of(tensor: &TensorProto, name: &str, folder: Option<&Path>) -> Result<Self, Error> {
        let entry = |key: &str| {
            let entry = tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key));
            entry.and_then(|entry| entry.value.as_deref())
        };
        let number = |key: &str| {
            let text = entry(key);
            let refused =
                |_| refused(name, tensor, &format!("has the external {key} `{}`", text.unwrap_or_default()));
            text.map(str::parse::<usize>).transpose().map_err(refused)
        };
        let location = entry("location").ok_or_else(|| refused(name, tensor, "has no location"))?;
        let Some(folder) = folder else {
            let problem = format!("lies in {location}: load the network from its file");
            return Err(refused(name, tensor, &problem));
        };
        // A model must not read files outside of its folder.
        let mut parts = Path::new(location).components();
        if !parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            let problem = format!("lies in {location}, expected a file in the model's folder");
            return Err(refused(name, tensor, &problem));
        }
        let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
        Ok(Self { file: folder.join(location), offset, length })
    }
}

fn refused(name: &str, tensor: &TensorProto, problem: &str) -> Error {
    Error::load(name, format!("the tensor {} {problem}", tensor.name.as_deref().unwrap_or_default()))
}
