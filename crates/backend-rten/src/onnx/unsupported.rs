use rten_onnx::onnx::{DataType, NodeProto};

use super::graph::NodeExt;

/// Why `rten` computes an operator wrongly, if it does and it is not rewritten.
pub(crate) fn reason(node: &NodeProto) -> Option<&'static str> {
    match node.operator() {
        "ArgMax" | "ArgMin" => Some("takes any of several equal values in rten, not the first"),
        "BitCast" if matches!(NodeExt::int(node, "to"), Some(to) if is_wide(to)) => {
            Some("is to 64 bits, of which rten has 32")
        }
        "NonMaxSuppression" => Some("gives other boxes in rten, or in another order"),
        "Resize" if node.text("mode") == Some("cubic") => {
            Some("has the mode cubic, which rten computes as linear")
        }
        _ => None,
    }
}

fn is_wide(kind: i64) -> bool {
    [DataType::INT64, DataType::UINT64, DataType::DOUBLE].iter().any(|wide| i64::from(wide.0) == kind)
}
