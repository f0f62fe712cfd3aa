//! Convolutions and pooling: attributes that `rten` does not derive from the weights, and padding below first.

use rten_onnx::onnx::NodeProto;

use super::graph::{NodeExt, Scope, ints, node};

/// Writes the attributes out that a convolution leaves to its weights, and returns the number of spatial axes.
pub(crate) fn explicit(convolution: &mut NodeProto, scope: &Scope<'_>) -> Result<usize, String> {
    let weights = convolution.given_input(1).unwrap_or_default();
    if convolution.ints("kernel_shape").is_none() {
        let dims = scope.constant(weights).map(|tensor| tensor.dims.clone());
        match dims {
            Some(dims) if dims.len() > 2 => convolution.set(ints("kernel_shape", &dims[2..])),
            _ => return Err("has no kernel_shape, and weights that are no constant".to_owned()),
        }
    }
    let axes = convolution.ints("kernel_shape").map_or(0, <[i64]>::len);
    for name in ["strides", "dilations"] {
        if convolution.ints(name).is_none() {
            convolution.set(ints(name, &vec![1; axes]));
        }
    }
    Ok(axes)
}

/// `auto_pad=SAME_LOWER` puts the odd pixel of padding before the image, `SAME_UPPER` behind it, and `rten` always
/// behind. Of a mirrored image, and of mirrored weights, it is the same, so that is what is computed.
pub(crate) fn mirrored(mut operator: NodeProto, axes: usize, scope: &mut Scope<'_>) -> Vec<NodeProto> {
    let (Some(input), Some(output)) =
        (operator.given_input(0).map(str::to_owned), operator.given_output(0).map(str::to_owned))
    else {
        return vec![operator];
    };
    let spatial: Vec<i64> = (2..2 + axes as i64).collect();
    let starts = scope.list(&format!("{output}/starts"), &vec![-1; axes]);
    let ends = scope.list(&format!("{output}/ends"), &vec![i64::from(i32::MIN); axes]);
    let along = scope.list(&format!("{output}/axes"), &spatial);
    let steps = scope.list(&format!("{output}/steps"), &vec![-1; axes]);
    let mirror = |from: &str, to: &str| node("Slice", &[from, &starts, &ends, &along, &steps], to, vec![]);
    let mut nodes = Vec::new();
    let image = scope.fresh(&format!("{output}/image"));
    nodes.push(mirror(&input, &image));
    operator.input[0] = image;
    if let ("Conv", Some(weights)) = (operator.operator(), operator.given_input(1).map(str::to_owned)) {
        let mirrored = scope.fresh(&format!("{output}/weights"));
        nodes.push(mirror(&weights, &mirrored));
        operator.input[1] = mirrored;
    }
    for attribute in &mut operator.attribute {
        if attribute.name.as_deref() == Some("auto_pad") {
            attribute.s = Some("SAME_UPPER".to_owned());
        }
    }
    let result = scope.fresh(&format!("{output}/result"));
    operator.output[0].clone_from(&result);
    nodes.push(operator);
    nodes.push(mirror(&result, &output));
    nodes
}
