//! What the rewriting needs of an ONNX graph: attributes, constants, new nodes.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

/// The version of ONNX's own operators that a model uses.
pub(crate) fn opset(model: &ModelProto) -> i64 {
    let own = model.opset_import.iter().find(|set| is_onnx_domain(set.domain.as_deref()));
    // ONNX has version 1 where a file says nothing.
    own.and_then(|set| set.version).unwrap_or(1)
}

fn is_onnx_domain(domain: Option<&str>) -> bool {
    matches!(domain, None | Some("" | "ai.onnx"))
}

/// Reading a node.
pub(crate) trait NodeExt {
    /// The operator's name, of ONNX's own domain; empty for other domains.
    fn operator(&self) -> &str;
    fn attribute(&self, name: &str) -> Option<&AttributeProto>;
    fn int(&self, name: &str) -> Option<i64>;
    fn ints(&self, name: &str) -> Option<&[i64]>;
    fn text(&self, name: &str) -> Option<&str>;
    fn set(&mut self, attribute: AttributeProto);
    fn remove(&mut self, name: &str);
    /// The name of the i-th input, unless it is left out.
    fn given_input(&self, i: usize) -> Option<&str>;
    /// The name of the i-th output, unless it is left out.
    fn given_output(&self, i: usize) -> Option<&str>;
}

impl NodeExt for NodeProto {
    fn operator(&self) -> &str {
        if is_onnx_domain(self.domain.as_deref()) { self.op_type.as_deref().unwrap_or_default() } else { "" }
    }

    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    fn int(&self, name: &str) -> Option<i64> {
        NodeExt::attribute(self, name).map(|attribute| attribute.i.unwrap_or_default())
    }

    fn ints(&self, name: &str) -> Option<&[i64]> {
        NodeExt::attribute(self, name).map(|attribute| attribute.ints.as_slice())
    }

    fn text(&self, name: &str) -> Option<&str> {
        NodeExt::attribute(self, name).map(|attribute| attribute.s.as_deref().unwrap_or_default())
    }

    fn set(&mut self, attribute: AttributeProto) {
        if let Some(name) = attribute.name.clone() {
            self.remove(&name);
        }
        self.attribute.push(attribute);
    }

    fn remove(&mut self, name: &str) {
        self.attribute.retain(|attribute| attribute.name.as_deref() != Some(name));
    }

    fn given_input(&self, i: usize) -> Option<&str> {
        self.input.get(i).map(String::as_str).filter(|name| !name.is_empty())
    }

    fn given_output(&self, i: usize) -> Option<&str> {
        self.output.get(i).map(String::as_str).filter(|name| !name.is_empty())
    }
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(AttributeType::INT),
        ..AttributeProto::default()
    }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    }
}

pub(crate) fn node(
    operator: &str,
    inputs: &[&str],
    output: &str,
    attributes: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        name: Some(format!("{output}/{operator}")),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        op_type: Some(operator.to_owned()),
        attribute: attributes,
        ..NodeProto::default()
    }
}

/// The names and the constants of a graph and of those around it, and the nodes and tensors that are added to it.
pub(crate) struct Scope<'a> {
    outer: Option<&'a Scope<'a>>,
    names: RefCell<HashSet<String>>,
    tensors: HashMap<String, TensorProto>,
    ranks: HashMap<String, usize>,
    used: HashSet<String>,
    pub(crate) added: Vec<TensorProto>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(graph: &GraphProto, outer: Option<&'a Scope<'a>>) -> Self {
        let mut names = HashSet::new();
        let mut tensors = HashMap::new();
        let mut used = HashSet::new();
        for tensor in &graph.initializer {
            let Some(name) = &tensor.name else { continue };
            names.insert(name.clone());
            tensors.insert(name.clone(), described(tensor));
        }
        for node in &graph.node {
            names.extend(node.input.iter().chain(&node.output).cloned());
            used.extend(node.input.iter().cloned());
            if let ("Constant", Some(output), Some(tensor)) = (
                node.operator(),
                node.given_output(0),
                NodeExt::attribute(node, "value").and_then(|value| value.t.as_ref()),
            ) {
                tensors.insert(output.to_owned(), described(tensor));
            }
        }
        let values = || graph.input.iter().chain(&graph.output).chain(&graph.value_info);
        names.extend(values().filter_map(|value| value.name.clone()));
        used.extend(graph.output.iter().filter_map(|value| value.name.clone()));
        let ranks = values().filter_map(|value| Some((value.name.clone()?, rank(value)?))).collect();
        Self { outer, names: RefCell::new(names), tensors, ranks, used, added: Vec::new() }
    }

    /// A name that no value of the graph has.
    pub(crate) fn fresh(&self, base: &str) -> String {
        let mut number = 0;
        let mut name = format!("{base}/{number}");
        while self.is_known(&name) {
            number += 1;
            name = format!("{base}/{number}");
        }
        self.names.borrow_mut().insert(name.clone());
        name
    }

    fn is_known(&self, name: &str) -> bool {
        self.names.borrow().contains(name) || self.outer.is_some_and(|outer| outer.is_known(name))
    }

    /// The constant of this name. Of large ones there are the dimensions and the type alone.
    pub(crate) fn constant(&self, name: &str) -> Option<&TensorProto> {
        self.tensors.get(name).or_else(|| self.outer?.constant(name))
    }

    /// A value's number of dimensions, where the file says it.
    pub(crate) fn rank(&self, name: &str) -> Option<usize> {
        let constant = self.constant(name).map(|tensor| tensor.dims.len());
        constant.or_else(|| self.ranks.get(name).copied()).or_else(|| self.outer?.rank(name))
    }

    /// Whether a node or the graph's outputs read this value.
    pub(crate) fn is_used(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// Adds a float as a constant without dimensions, and returns its name.
    pub(crate) fn scalar(&mut self, base: &str, value: f32) -> String {
        let name = self.fresh(base);
        self.added.push(TensorProto {
            data_type: Some(DataType::FLOAT),
            float_data: vec![value],
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    /// Adds a list of whole numbers as a constant, and returns its name.
    pub(crate) fn list(&mut self, base: &str, values: &[i64]) -> String {
        let name = self.fresh(base);
        self.added.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: Some(DataType::INT64),
            int64_data: values.to_vec(),
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }
}

/// How many bytes of a constant are kept to be looked at.
const SMALL: usize = 1024;

/// A tensor without its values, unless they are few.
fn described(tensor: &TensorProto) -> TensorProto {
    let small = tensor.raw_data.as_ref().is_none_or(|data| data.borrow().len() <= SMALL)
        && tensor.float_data.len() + tensor.int32_data.len() + tensor.int64_data.len() <= SMALL;
    if small {
        return tensor.clone();
    }
    TensorProto {
        dims: tensor.dims.clone(),
        data_type: tensor.data_type,
        name: tensor.name.clone(),
        ..TensorProto::default()
    }
}

/// The number of dimensions that a value is declared with.
fn rank(value: &ValueInfoProto) -> Option<usize> {
    Some(value.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim.len())
}
