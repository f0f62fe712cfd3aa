use rten_onnx::onnx::NodeProto;

use super::graph::{NodeExt, Scope};

/// Why `rten` computes an operator wrongly, if it does and it is not rewritten.
pub(crate) fn reason(node: &NodeProto, _opset: i64, _scope: &Scope<'_>) -> Option<String> {
    let reason = match node.operator() {
        "Resize" if node.text("mode") == Some("cubic") => "mode is cubic, which rten computes as linear",
        _ => return None,
    };
    Some(reason.to_owned())
}
