use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{GraphProto, NodeProto};

/// Removes the nodes that the graph's outputs do not depend on, so that none of them is a reason to refuse it.
pub(crate) fn prune(graph: &mut GraphProto) {
    let makers: HashMap<&str, usize> = graph
        .node
        .iter()
        .enumerate()
        .flat_map(|(i, node)| node.output.iter().map(move |output| (output.as_str(), i)))
        .collect();
    let mut needed = HashSet::new();
    let mut names: Vec<String> = graph.output.iter().filter_map(|output| output.name.clone()).collect();
    while let Some(name) = names.pop() {
        if let Some(&i) = makers.get(name.as_str())
            && needed.insert(i)
        {
            read_by(&graph.node[i], &mut names);
        }
    }
    let mut position = 0;
    graph.node.retain(|_| {
        position += 1;
        needed.contains(&(position - 1))
    });
}

/// The values that a node reads, those of its subgraphs among them.
fn read_by(node: &NodeProto, names: &mut Vec<String>) {
    names.extend(node.input.iter().cloned());
    for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
        names.extend(graph.output.iter().filter_map(|output| output.name.clone()));
        for node in &graph.node {
            read_by(node, names);
        }
    }
}
