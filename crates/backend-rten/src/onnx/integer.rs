//! `ConvInteger` and `MatMulInteger` as operators on floats.
//!
//! `rten` pads a `ConvInteger` with 0 instead of the zero point, and on processors without VNNI instructions its 16-bit
//! sums of bytes saturate. Bytes less their zero points are whole numbers up to 255, whose products and sums are exact
//! in float32 up to 2^24, so the operators of floats give the same numbers on every processor.

use rten_onnx::onnx::{DataType, NodeProto};

use super::convolution;
use super::graph::{NodeExt, Scope, int, node};

/// The operator on floats, between casts.
pub(crate) fn as_floats(mut operator: NodeProto, scope: &mut Scope<'_>) -> Result<Vec<NodeProto>, String> {
    let (Some(left), Some(right), Some(output)) = (
        operator.given_input(0).map(str::to_owned),
        operator.given_input(1).map(str::to_owned),
        operator.given_output(0).map(str::to_owned),
    ) else {
        return Err("lacks an input or its output".to_owned());
    };
    let (left_zero, right_zero) =
        (operator.given_input(2).map(str::to_owned), operator.given_input(3).map(str::to_owned));
    let convolves = operator.operator() == "ConvInteger";
    if convolves {
        // The attributes come from the weights, whose name changes.
        convolution::explicit(&mut operator, scope)?;
    }
    let mut nodes = Vec::new();
    let mut centre = |value: &str, zero: Option<&str>, part: &str, axis: Axis| {
        let float = scope.fresh(&format!("{output}/{part}"));
        nodes.push(node("Cast", &[value], &float, vec![to(DataType::FLOAT)]));
        let Some(zero) = zero else { return Ok(float) };
        let mut zero_point = scope.fresh(&format!("{output}/{part}_zero"));
        nodes.push(node("Cast", &[zero], &zero_point, vec![to(DataType::FLOAT)]));
        let many = scope.constant(zero).is_some_and(|tensor| tensor.dims.iter().product::<i64>() != 1);
        if many {
            let shape = match axis {
                Axis::First => scope.list(&format!("{output}/{part}_shape"), &[-1, 1, 1, 1]),
                Axis::Rows => scope.list(&format!("{output}/{part}_shape"), &[-1, 1]),
                Axis::Last => return Ok(subtract(&mut nodes, scope, &float, &zero_point, &output, part)),
                Axis::None => return Err(format!("has several zero points of its {part}")),
            };
            let column = scope.fresh(&format!("{output}/{part}_zeros"));
            nodes.push(node("Reshape", &[&zero_point, &shape], &column, vec![]));
            zero_point = column;
        }
        Ok(subtract(&mut nodes, scope, &float, &zero_point, &output, part))
    };
    let (left_axis, right_axis) =
        if convolves { (Axis::None, Axis::First) } else { (Axis::Rows, Axis::Last) };
    let left = centre(&left, left_zero.as_deref(), "input", left_axis)?;
    let right = centre(&right, right_zero.as_deref(), "weights", right_axis)?;
    let product = scope.fresh(&format!("{output}/product"));
    operator.op_type = Some(if convolves { "Conv" } else { "MatMul" }.to_owned());
    operator.input = vec![left, right];
    operator.output = vec![product.clone()];
    nodes.push(operator);
    nodes.push(node("Cast", &[&product], &output, vec![to(DataType::INT32)]));
    Ok(nodes)
}

/// Where several zero points lie.
#[derive(Clone, Copy)]
enum Axis {
    None,
    First,
    Rows,
    Last,
}

fn to(kind: DataType) -> rten_onnx::onnx::AttributeProto {
    int("to", i64::from(kind.0))
}

fn subtract(
    nodes: &mut Vec<NodeProto>,
    scope: &Scope<'_>,
    value: &str,
    zero: &str,
    output: &str,
    part: &str,
) -> String {
    let centred = scope.fresh(&format!("{output}/{part}_centred"));
    nodes.push(node("Sub", &[value, zero], &centred, vec![]));
    centred
}
