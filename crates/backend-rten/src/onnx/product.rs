use rten_onnx::onnx::NodeProto;

use super::graph::{NodeExt, Scope, node};

/// `rten` multiplies a stack of matrices by a vector wrongly, but rightly by a matrix of one column.
pub(crate) fn by_vector(mut product: NodeProto, scope: &mut Scope<'_>) -> Vec<NodeProto> {
    let (Some(left), Some(right), Some(output)) = (
        product.given_input(0).map(str::to_owned),
        product.given_input(1).map(str::to_owned),
        product.given_output(0).map(str::to_owned),
    ) else {
        return vec![product];
    };
    if scope.rank(&right) != Some(1) || scope.rank(&left).is_some_and(|rank| rank < 3) {
        return vec![product];
    }
    let last = scope.list(&format!("{output}/last"), &[-1]);
    let (column, result) =
        (scope.fresh(&format!("{output}/column")), scope.fresh(&format!("{output}/result")));
    product.input[1].clone_from(&column);
    product.output[0].clone_from(&result);
    vec![
        node("Unsqueeze", &[&right, &last], &column, vec![]),
        product,
        node("Squeeze", &[&result, &last], &output, vec![]),
    ]
}
