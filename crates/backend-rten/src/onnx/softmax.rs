use rten_onnx::onnx::NodeProto;

use super::graph::{NodeExt, Scope, int, node};

/// `Softmax` and `LogSoftmax` before opset 13 normalise over all axes from `axis` on, which is 1 by default; `rten`
/// takes it for the one axis of later versions.
pub(crate) fn flatten(mut softmax: NodeProto, opset: i64, scope: &Scope<'_>) -> Vec<NodeProto> {
    let axis = NodeExt::int(&softmax, "axis").unwrap_or(1);
    if opset >= 13 || axis == -1 {
        return vec![softmax];
    }
    let (Some(input), Some(output)) =
        (softmax.given_input(0).map(str::to_owned), softmax.given_output(0).map(str::to_owned))
    else {
        return vec![softmax];
    };
    let [shape, rows, scores] =
        ["shape", "rows", "scores"].map(|part| scope.fresh(&format!("{output}/{part}")));
    softmax.set(int("axis", 1));
    softmax.input = vec![rows.clone()];
    softmax.output = vec![scores.clone()];
    vec![
        node("Shape", &[&input], &shape, vec![]),
        node("Flatten", &[&input], &rows, vec![int("axis", axis)]),
        softmax,
        node("Reshape", &[&scores, &shape], &output, vec![]),
    ]
}
