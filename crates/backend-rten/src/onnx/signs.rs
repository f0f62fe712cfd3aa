use rten_onnx::onnx::NodeProto;

use super::graph::{NodeExt, Scope, node};

/// `rten` gives 0 the sign 1. The difference of two comparisons with 0 is the sign that the standard says.
pub(crate) fn sign(sign: NodeProto, scope: &mut Scope<'_>) -> Vec<NodeProto> {
    let (Some(input), Some(output)) = (sign.given_input(0), sign.given_output(0)) else { return vec![sign] };
    let zero = scope.scalar(&format!("{output}/zero"), 0.0);
    let [like, above, below, plus, minus] =
        ["like", "above", "below", "plus", "minus"].map(|part| scope.fresh(&format!("{output}/{part}")));
    vec![
        node("CastLike", &[&zero, input], &like, vec![]),
        node("Greater", &[input, &like], &above, vec![]),
        node("Less", &[input, &like], &below, vec![]),
        node("CastLike", &[&above, input], &plus, vec![]),
        node("CastLike", &[&below, input], &minus, vec![]),
        node("Sub", &[&plus, &minus], output, vec![]),
    ]
}

/// `rten` truncates before it casts to bool, so that 0.5 becomes false. Whether a value differs from 0 is what the
/// standard says.
pub(crate) fn to_bool(cast: NodeProto, scope: &mut Scope<'_>) -> Vec<NodeProto> {
    let (Some(input), Some(output)) = (cast.given_input(0), cast.given_output(0)) else { return vec![cast] };
    let zero = scope.scalar(&format!("{output}/zero"), 0.0);
    let [like, equal] = ["like", "equal"].map(|part| scope.fresh(&format!("{output}/{part}")));
    vec![
        node("CastLike", &[&zero, input], &like, vec![]),
        node("Equal", &[input, &like], &equal, vec![]),
        node("Not", &[&equal], output, vec![]),
    ]
}
