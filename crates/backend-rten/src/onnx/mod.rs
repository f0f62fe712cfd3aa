//! ONNX networks rewritten so that `rten` computes them correctly.
//!
//! `rten` 0.27 computes some operators differently from the ONNX standard, and refuses some ordinary networks. A file
//! is therefore read and rewritten to operators that `rten` computes correctly; what cannot be rewritten is refused by
//! the operator's name. The comparison with ONNX Runtime in `docs/onnx-operators.md` shows what needs it.

mod convolution;
mod external_data;
mod graph;
mod input;
mod integer;
mod output;
mod product;
mod pruning;
mod rewriting;
mod signs;
mod softmax;
mod unsupported;
mod wire;

use std::path::{Path, PathBuf};

use rten_onnx::onnx::ModelProto;

use crate::Error;
use graph::opset;
pub(crate) use input::Pixels;

/// A network as `rten` takes it, and what was found out about it.
pub(crate) struct Network {
    /// The rewritten file. Its one input is float32 `(batch, 3, height, width)`, its one output the scores.
    pub(crate) onnx: Vec<u8>,
    pub(crate) pixels: Pixels,
    /// The operator that the output comes from, such as `Softmax`.
    pub(crate) last_operator: Option<String>,
    pub(crate) notes: Vec<String>,
    /// The files of external data that were read.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads an ONNX file's bytes; external data lies in `folder`.
pub(crate) fn read(
    name: &str,
    onnx: &[u8],
    folder: Option<&Path>,
    output: Option<&str>,
) -> Result<Network, Error> {
    let mut model = parse(name, onnx)?;
    let opset = opset(&model);
    let mut notes = Vec::new();
    let graph = model.graph.get_or_insert_default();
    let files = external_data::embed(name, graph, folder)?;
    output::choose(name, graph, output, &mut notes)?;
    pruning::prune(graph);
    rewriting::rewrite(name, graph, opset, &mut notes)?;
    let pixels = input::adapt(name, graph, &mut notes)?;
    let last_operator = output::last_operator(graph);
    Ok(Network { onnx: write(name, &model)?, pixels, last_operator, notes, files })
}

/// Rewrites an ONNX file's bytes to operators that `rten` computes as the standard says, whatever its inputs and
/// outputs are.
///
/// [`RtenModel`](crate::RtenModel) does this by itself. It is for programs that run other networks than image
/// classifiers on `rten`.
///
/// # Errors
///
/// [`Error::Load`] if the bytes are not an ONNX model or have external data, [`Error::Operator`] if the network uses an
/// operator that `rten` computes wrongly and that cannot be rewritten.
///
/// # Examples
///
/// ```
/// # let onnx = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.onnx"))?;
/// let rewritten = backend_rten::rewrite_onnx(&onnx)?;
/// assert!(!rewritten.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rewrite_onnx(onnx: &[u8]) -> Result<Vec<u8>, Error> {
    let name = "the network";
    let mut model = parse(name, onnx)?;
    let opset = opset(&model);
    let graph = model.graph.get_or_insert_default();
    external_data::embed(name, graph, None)?;
    rewriting::rewrite(name, graph, opset, &mut Vec::new())?;
    write(name, &model)
}

/// The files beside an ONNX file that hold weights of it, such as `model.onnx.data`, sorted and without repetitions.
///
/// # Errors
///
/// [`Error::Folder`] if the ONNX file cannot be read, [`Error::Load`] if it is not an ONNX model or a location is not
/// within its folder.
///
/// # Examples
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/variants/external.onnx");
/// let files = backend_rten::external_data(path)?;
/// assert!(files[0].ends_with("external.onnx.data"));
/// # Ok::<(), backend_rten::Error>(())
/// ```
pub fn external_data(onnx: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    let path = onnx.as_ref();
    let name = path.display().to_string();
    let bytes = model_folder::read_file(path, "an ONNX network")?;
    let mut model = parse(&name, &bytes)?;
    external_data::list(&name, model.graph.get_or_insert_default(), path.parent())
}

fn parse(name: &str, onnx: &[u8]) -> Result<ModelProto, Error> {
    wire::check(onnx).map_err(|problem| Error::load(name, problem))?;
    let model = ModelProto::parse_buf(onnx).map_err(|e| Error::load(name, e.to_string()))?;
    match model.graph {
        Some(ref graph) if !graph.node.is_empty() => Ok(model),
        _ => Err(Error::load(name, "it has no operators".to_owned())),
    }
}

fn write(name: &str, model: &ModelProto) -> Result<Vec<u8>, Error> {
    model.write_buf().map_err(|e| Error::load(name, e.to_string()))
}
