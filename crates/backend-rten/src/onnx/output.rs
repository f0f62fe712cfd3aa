use rten_onnx::onnx::GraphProto;

use super::graph::NodeExt;
use crate::Error;

/// The output that is taken where there are several.
const LOGITS: &str = "logits";

/// Leaves the graph one output: the one of this name, or else the only one, or else `logits`.
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
            None => format!("a single one, or one named {LOGITS}, or the option `output`"),
        };
        return Err(Error::Outputs { name: name.to_owned(), found: names, expected });
    };
    if names.len() > 1 {
        let others = names.iter().enumerate().filter(|&(i, _)| i != position);
        let others: Vec<_> = others.map(|(_, name)| name.as_str()).collect();
        notes.push(format!(
            "of the network's outputs, {} is taken, not {}",
            names[position],
            others.join(", ")
        ));
    }
    graph.output = vec![graph.output.swap_remove(position)];
    Ok(())
}

/// The operator that makes the values of the graph's output, beside those that move or rename them.
pub(crate) fn last_operator(graph: &GraphProto) -> Option<String> {
    let mut name = graph.output.first()?.name.as_deref()?;
    // A graph has no circles, but a file may.
    for _ in 0..graph.node.len() {
        let maker = graph.node.iter().find(|node| node.output.iter().any(|output| output == name))?;
        match maker.operator() {
            "Cast" | "Flatten" | "Identity" | "Reshape" | "Squeeze" | "Transpose" | "Unsqueeze" => {
                name = maker.given_input(0)?;
            }
            operator => return Some(operator.to_owned()),
        }
    }
    None
}
