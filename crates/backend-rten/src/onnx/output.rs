use rten_onnx::onnx::GraphProto;

use super::graph::NodeExt;
use crate::Error;

/// The output that is taken where there are several.
const LOGITS: &str = "logits";

/// Reduces the graph's outputs to one: the one named `wanted`; if that is not given, the only one, or the one named
/// `logits`.
pub(crate) fn choose(
    name: &str,
    graph: &mut GraphProto,
    wanted: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let names: Vec<_> = graph.output.iter().map(|output| output.name.clone().unwrap_or_default()).collect();
    let position = match wanted {
        Some(wanted) => names.iter().position(|output| output == wanted),
        None if names.len() == 1 => Some(0),
        None => names.iter().position(|output| output == LOGITS),
    };
    let Some(position) = position else {
        let expected = match wanted {
            Some(wanted) => format!("one named {wanted}"),
            None => format!("a single one or one named {LOGITS}: say which to take by the option `output`"),
        };
        return Err(Error::Outputs { name: name.to_owned(), found: names, expected });
    };
    if names.len() > 1 {
        let others = names.iter().enumerate().filter(|&(i, _)| i != position);
        let others: Vec<_> = others.map(|(_, name)| name.as_str()).collect();
        let (taken, others) = (&names[position], others.join(", "));
        notes.push(format!("the network has several outputs: {taken} is taken, {others} ignored"));
    }
    graph.output = vec![graph.output.swap_remove(position)];
    Ok(())
}

/// The operator that computes the values of the graph's output. Operators that only move, cast or rename values do not
/// count.
pub(crate) fn last_operator(graph: &GraphProto) -> Option<String> {
    let mut name = graph.output.first()?.name.as_deref()?;
    // A damaged file may have a cycle.
    for _ in 0..graph.node.len() {
        let producer = graph.node.iter().find(|node| node.output.iter().any(|output| output == name))?;
        match producer.operator() {
            "Cast" | "Flatten" | "Identity" | "Reshape" | "Squeeze" | "Transpose" | "Unsqueeze" => {
                name = producer.given_input(0)?;
            }
            operator => return Some(operator.to_owned()),
        }
    }
    None
}
