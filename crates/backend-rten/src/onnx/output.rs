use inference::choose_output;
use rten_onnx::onnx::GraphProto;

use crate::Error;

/// Reduces the graph's outputs to one: the one named `wanted`; if that is not given, the only one, or the one named
/// `logits`.
pub(crate) fn choose(
    name: &str,
    graph: &mut GraphProto,
    wanted: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let names: Vec<_> = graph.output.iter().map(|output| output.name.clone().unwrap_or_default()).collect();
    let (chosen, note) = choose_output(name, &names, wanted)?;
    notes.extend(note);
    graph.output.retain(|output| output.name.as_deref().unwrap_or_default() == chosen);
    graph.output.truncate(1);
    Ok(())
}

/// The operator that computes the values of the graph's output. Operators that only move, cast or rename values do not
/// count.
pub(crate) fn last_operator(graph: &GraphProto) -> Option<String> {
    inference::last_operator(graph, graph.output.first()?.name.as_deref()?)
}
