use rten_onnx::onnx::{DataType, Dimension, GraphProto, TensorShapeProto, ValueInfoProto};

use super::graph::{Scope, int, ints, node};
use crate::Error;

/// What the network takes for an image's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pixels {
    /// What the image processor makes of them.
    Prepared,
    /// The bytes themselves, resized and cropped only.
    Bytes,
}

const CHANNELS: i64 = 3;

/// Makes the graph's input float32 `(batch, 3, height, width)`, by a cast and a transposition where it was integers or
/// `(batch, height, width, 3)`, as TensorFlow's and Keras' networks have it.
pub(crate) fn adapt(name: &str, graph: &mut GraphProto, notes: &mut Vec<String>) -> Result<Pixels, Error> {
    // Until ONNX's version 4 constants were listed as inputs, too.
    let is_constant =
        |input: &ValueInfoProto| graph.initializer.iter().any(|tensor| tensor.name == input.name);
    let images: Vec<usize> = (0..graph.input.len()).filter(|&i| !is_constant(&graph.input[i])).collect();
    let [image] = images[..] else {
        let found = images.iter().map(|&i| graph.input[i].name.clone().unwrap_or_default()).collect();
        return Err(Error::Inputs { name: name.to_owned(), found });
    };
    let scope = Scope::new(graph, None);
    let input = &mut graph.input[image];
    let Some(tensor) = input.r#type.as_mut().and_then(|kind| kind.tensor_type.as_mut()) else {
        return Ok(Pixels::Prepared);
    };
    let mut value = input.name.clone().unwrap_or_default();
    let original = value.clone();
    let mut added = Vec::new();
    let pixels = match tensor.elem_type {
        Some(DataType::UINT8 | DataType::INT32 | DataType::INT64) => Pixels::Bytes,
        _ => Pixels::Prepared,
    };
    if pixels == Pixels::Bytes {
        let to = tensor.elem_type.map_or(1, |kind| i64::from(kind.0));
        let float = scope.fresh(&value);
        added.push(node("Cast", &[&float], &value, vec![int("to", to)]));
        tensor.elem_type = Some(DataType::FLOAT);
        notes.push(format!(
            "the network's input {original} is bytes: images are resized and cropped, not normalised"
        ));
        value = float;
    }
    let dims: Option<Vec<Option<i64>>> =
        tensor.shape.as_ref().map(|shape| shape.dim.iter().map(|dim| dim.dim_value).collect());
    match dims.as_deref() {
        Some(&[_, channels, height, width]) if channels != Some(CHANNELS) && width == Some(CHANNELS) => {
            let transposed = scope.fresh(&value);
            added.push(node("Transpose", &[&transposed], &value, vec![ints("perm", &[0, 2, 3, 1])]));
            value = transposed;
            let batch =
                tensor.shape.as_ref().and_then(|shape| shape.dim.first().cloned()).unwrap_or_default();
            let side = |dim: Option<i64>| Dimension { dim_value: dim, dim_param: None };
            // What were channels and height by their places are height and width.
            let dim = vec![batch, side(Some(CHANNELS)), side(channels), side(height)];
            tensor.shape = Some(TensorShapeProto { dim });
            notes.push(format!("the network's input {original} has its channels last"));
        }
        Some([_, Some(channels), _, _]) if *channels != CHANNELS && *channels > 0 => {
            let found = format!("{channels} channels");
            return Err(Error::InputShape { name: name.to_owned(), input: original, found });
        }
        Some(dims) if dims.len() != 4 => {
            let found = format!("{} dimensions", dims.len());
            return Err(Error::InputShape { name: name.to_owned(), input: original, found });
        }
        _ => {}
    }
    input.name = Some(value);
    // The new nodes come first, the one next to the input foremost.
    added.reverse();
    graph.node.splice(0..0, added);
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use rten_onnx::onnx::{NodeProto, TypeProto, TypeProtoTensor};

    use super::*;

    fn graph(kind: DataType, dims: &[i64]) -> GraphProto {
        let dim = dims
            .iter()
            .map(|&dim| Dimension { dim_value: Some(dim).filter(|&dim| dim > 0), dim_param: None });
        let tensor =
            TypeProtoTensor { elem_type: Some(kind), shape: Some(TensorShapeProto { dim: dim.collect() }) };
        let input = ValueInfoProto {
            name: Some("x".to_owned()),
            r#type: Some(TypeProto { tensor_type: Some(tensor), ..TypeProto::default() }),
        };
        GraphProto {
            input: vec![input],
            node: vec![node("Relu", &["x"], "y", vec![])],
            ..GraphProto::default()
        }
    }

    fn adapted(kind: DataType, dims: &[i64]) -> (Result<Pixels, Error>, Vec<String>) {
        let mut graph = graph(kind, dims);
        let pixels = adapt("m", &mut graph, &mut Vec::new());
        (pixels, graph.node.iter().filter_map(|node: &NodeProto| node.op_type.clone()).collect())
    }

    #[test]
    fn planes_of_floats_are_taken_as_they_are() {
        for dims in [[0, 3, 0, 0], [1, 3, 32, 32], [0, 0, 0, 0], [1, 3, 3, 3]] {
            assert_eq!(adapted(DataType::FLOAT, &dims).1, ["Relu"]);
        }
    }

    #[test]
    fn channels_last_and_bytes_are_adapted() {
        assert_eq!(adapted(DataType::FLOAT, &[0, 32, 32, 3]).1, ["Transpose", "Relu"]);
        let (pixels, nodes) = adapted(DataType::UINT8, &[1, 32, 32, 3]);
        assert_eq!(
            (pixels.unwrap(), nodes),
            (Pixels::Bytes, ["Transpose", "Cast", "Relu"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn other_inputs_are_refused_by_name() {
        for (dims, part) in [(&[1, 1, 28, 28][..], "1 channels"), (&[1, 784], "2 dimensions")] {
            let error = adapted(DataType::FLOAT, dims).0.unwrap_err().to_string();
            assert!(error.contains("input x") && error.contains(part), "{error}");
        }
    }
}
