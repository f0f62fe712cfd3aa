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
    let axes = axes(convolution);
    for name in ["strides", "dilations"] {
        if convolution.ints(name).is_none() {
            convolution.set(ints(name, &vec![1; axes]));
        }
    }
    Ok(axes)
}

/// Writes out the strides that pooling has by default.
pub(crate) fn explicit_strides(pooling: &mut NodeProto) {
    if pooling.ints("strides").is_none() {
        let axes = axes(pooling);
        pooling.set(ints("strides", &vec![1; axes]));
    }
}

/// The number of spatial axes, by `kernel_shape`.
pub(crate) fn axes(operator: &NodeProto) -> usize {
    operator.ints("kernel_shape").map_or(0, <[i64]>::len)
}

/// How `auto_pad` is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AutoPad {
    /// As it stands.
    Right,
    /// Nothing is padded, so that it does not matter on which side.
    Nothing,
    /// The odd pixel comes first.
    Before,
}

/// Reads `auto_pad` of an operator with explicit kernel shape and strides.
///
/// Where a kernel is smaller than its stride, the padding may be negative, which `rten` and ONNX Runtime take
/// differently.
pub(crate) fn auto_pad(operator: &NodeProto) -> Result<AutoPad, String> {
    let mode = operator.text("auto_pad");
    let (lower, upper) = (mode == Some("SAME_LOWER"), mode == Some("SAME_UPPER"));
    if !lower && !upper {
        return Ok(AutoPad::Right);
    }
    let list = |name: &str| operator.ints(name).unwrap_or_default();
    let dilations = list("dilations");
    let sizes: Vec<(i64, i64)> = list("kernel_shape")
        .iter()
        .zip(list("strides"))
        .enumerate()
        .map(|(axis, (&kernel, &stride))| {
            ((kernel - 1) * dilations.get(axis).copied().unwrap_or(1) + 1, stride)
        })
        .collect();
    let covers = sizes.iter().all(|&(kernel, stride)| kernel >= stride);
    match operator.operator() {
        "Conv" if upper => Ok(AutoPad::Right),
        "Conv" if sizes.iter().all(|&(kernel, _)| kernel == 1) => Ok(AutoPad::Nothing),
        _ if !covers => {
            Err(format!("has auto_pad {} and a kernel smaller than its stride", mode.unwrap_or_default()))
        }
        _ if lower => Ok(AutoPad::Before),
        _ => Ok(AutoPad::Right),
    }
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
    set_upper(&mut operator);
    let mut nodes = Vec::new();
    let image = scope.fresh(&format!("{output}/image"));
    nodes.push(mirror(&input, &image));
    operator.input[0] = image;
    if let ("Conv" | "ConvTranspose", Some(weights)) =
        (operator.operator(), operator.given_input(1).map(str::to_owned))
    {
        let mirrored = scope.fresh(&format!("{output}/weights"));
        nodes.push(mirror(&weights, &mirrored));
        operator.input[1] = mirrored;
    }
    let result = scope.fresh(&format!("{output}/result"));
    operator.output[0].clone_from(&result);
    nodes.push(operator);
    nodes.push(mirror(&result, &output));
    nodes
}

pub(crate) fn set_upper(operator: &mut NodeProto) {
    for attribute in &mut operator.attribute {
        if attribute.name.as_deref() == Some("auto_pad") {
            attribute.s = Some("SAME_UPPER".to_owned());
        }
    }
}
