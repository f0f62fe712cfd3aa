use std::mem;

use rten_onnx::onnx::{DataType, GraphProto, NodeProto};

use super::convolution::AutoPad;
use super::graph::{NodeExt, Scope, int, node};
use super::{convolution, integer, product, signs, softmax, unsupported};
use crate::Error;

const TRAINING: &str = "the network was exported in training mode and is computed in inference mode: \
    dropout is off, and batch normalisation takes the stored statistics";

/// Rewrites a graph and those within it to operators that `rten` computes as the standard says.
pub(crate) fn rewrite(
    name: &str,
    graph: &mut GraphProto,
    opset: i64,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    rewrite_in(name, graph, opset, notes, None)
}

fn rewrite_in(
    name: &str,
    graph: &mut GraphProto,
    opset: i64,
    notes: &mut Vec<String>,
    outer: Option<&Scope<'_>>,
) -> Result<(), Error> {
    let mut scope = Scope::new(graph, outer);
    let mut nodes = Vec::with_capacity(graph.node.len());
    for mut node in mem::take(&mut graph.node) {
        for attribute in &mut node.attribute {
            if let Some(graph) = &mut attribute.g {
                rewrite_in(name, graph, opset, notes, Some(&scope))?;
            }
        }
        let (operator, node_name) = (node.op_type.clone().unwrap_or_default(), node.name.clone());
        let refuse = |reason: String| Error::Operator {
            name: name.to_owned(),
            operator: operator.clone(),
            node: node_name.clone().unwrap_or_default(),
            reason,
        };
        if let Some(reason) = unsupported::reason(&node) {
            return Err(refuse(reason.to_owned()));
        }
        nodes.extend(rewritten(node, opset, &mut scope, notes).map_err(refuse)?);
    }
    graph.node = nodes;
    graph.initializer.append(&mut scope.added);
    Ok(())
}

/// The nodes that a node becomes.
fn rewritten(
    mut node: NodeProto,
    opset: i64,
    scope: &mut Scope<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<NodeProto>, String> {
    match node.operator() {
        "Softmax" | "LogSoftmax" => Ok(softmax::flatten(node, opset, scope)),
        "Dropout" => dropout(&node, scope, notes),
        "BatchNormalization" => {
            if NodeExt::int(&node, "training_mode") == Some(1) {
                node.set(int("training_mode", 0));
                note_training(notes);
            }
            // In inference mode there is one output.
            node.output.truncate(1);
            Ok(vec![node])
        }
        "Conv" | "ConvTranspose" => {
            convolution::explicit(&mut node, scope)?;
            padded(node, scope)
        }
        "MaxPool" | "AveragePool" => {
            convolution::explicit_strides(&mut node);
            padded(node, scope)
        }
        "ConvInteger" | "MatMulInteger" => {
            let mut nodes = Vec::new();
            for node in integer::as_floats(node, scope)? {
                match node.operator() {
                    "Conv" => nodes.extend(padded(node, scope)?),
                    _ => nodes.push(node),
                }
            }
            Ok(nodes)
        }
        "MatMul" => Ok(product::by_vector(node, scope)),
        "Sign" => Ok(signs::sign(node, scope)),
        "Cast" if NodeExt::int(&node, "to") == Some(i64::from(DataType::BOOL.0)) => {
            Ok(signs::to_bool(node, scope))
        }
        _ => Ok(vec![node]),
    }
}

/// A convolution or pooling with the padding that `rten` makes of `auto_pad`.
fn padded(mut node: NodeProto, scope: &mut Scope<'_>) -> Result<Vec<NodeProto>, String> {
    Ok(match convolution::auto_pad(&node)? {
        AutoPad::Right => vec![node],
        AutoPad::Nothing => {
            convolution::set_upper(&mut node);
            vec![node]
        }
        AutoPad::Before => {
            let axes = convolution::axes(&node);
            convolution::mirrored(node, axes, scope)
        }
    })
}

/// In inference mode dropout passes its input on.
fn dropout(
    dropout: &NodeProto,
    scope: &Scope<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<NodeProto>, String> {
    if dropout.given_output(1).is_some_and(|mask| scope.is_used(mask)) {
        return Err("has a mask that is used".to_owned());
    }
    let trains =
        dropout.given_input(2).and_then(|training| scope.constant(training)).is_some_and(|training| {
            training.int32_data.iter().any(|&value| value != 0)
                || training.raw_data.as_ref().is_some_and(|data| data.borrow().iter().any(|&byte| byte != 0))
        });
    if trains {
        note_training(notes);
    }
    match (dropout.given_input(0), dropout.given_output(0)) {
        (Some(input), Some(output)) => Ok(vec![node("Identity", &[input], output, vec![])]),
        _ => Err("lacks its input or its output".to_owned()),
    }
}

fn note_training(notes: &mut Vec<String>) {
    if !notes.iter().any(|note| note == TRAINING) {
        notes.push(TRAINING.to_owned());
    }
}
