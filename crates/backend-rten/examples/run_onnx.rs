//! Runs ONNX files on `rten`, as they are and rewritten, for `tests/backends/onnx_operators.py`.
//!
//! Reads JSON lines from standard input, `{"onnx": PATH, "inputs": [TENSOR]}` each, where a tensor is
//! `{"type": "f32" | "i32" | "i8" | "u8", "shape": [..], "data": [..]}`. Writes one line for each:
//! `{"as_it_is": OUTCOME, "rewritten": OUTCOME}`, where an outcome is `{"outputs": [TENSOR]}` or `{"error": TEXT}`.

use std::error::Error;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rten::{Value, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use serde_json::json;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    // A panic is an outcome, not a message.
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case: serde_json::Value = serde_json::from_str(&line?)?;
        let onnx = std::fs::read(case["onnx"].as_str().ok_or("no path")?)?;
        let inputs = case["inputs"].as_array().ok_or("no inputs")?;
        let as_it_is = outcome(|| run(onnx.clone(), inputs));
        let rewritten = outcome(|| run(backend_rten::rewrite_onnx(&onnx)?, inputs));
        writeln!(out, "{}", json!({"as_it_is": as_it_is, "rewritten": rewritten}))?;
    }
    Ok(())
}

fn outcome(run: impl FnOnce() -> Result<Vec<serde_json::Value>, Failure>) -> serde_json::Value {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(outputs)) => json!({"outputs": outputs}),
        Ok(Err(error)) => json!({"error": error.to_string()}),
        Err(_) => json!({"error": "rten panicked"}),
    }
}

fn run(onnx: Vec<u8>, inputs: &[serde_json::Value]) -> Result<Vec<serde_json::Value>, Failure> {
    let network = rten::ModelOptions::with_all_ops().load(onnx)?;
    let values = inputs.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let given = network.input_ids().iter().copied().zip(values.iter().map(ValueOrView::from)).collect();
    network.run(given, network.output_ids(), None)?.iter().map(write).collect()
}

fn read(tensor: &serde_json::Value) -> Result<Value, Failure> {
    let shape: Vec<usize> = serde_json::from_value(tensor["shape"].clone())?;
    let numbers: Vec<f64> = tensor["data"]
        .as_array()
        .ok_or("no data")?
        .iter()
        .map(|number| match number.as_str() {
            Some("inf") => Ok(f64::INFINITY),
            Some("-inf") => Ok(f64::NEG_INFINITY),
            Some("nan") => Ok(f64::NAN),
            _ => number.as_f64().ok_or("not a number"),
        })
        .collect::<Result<_, _>>()?;
    let cast = |number: &f64| *number;
    Ok(match tensor["type"].as_str() {
        Some("f32") => {
            Tensor::from_data(&shape, numbers.iter().map(|x| cast(x) as f32).collect::<Vec<_>>()).into()
        }
        Some("i32") => {
            Tensor::from_data(&shape, numbers.iter().map(|x| cast(x) as i32).collect::<Vec<_>>()).into()
        }
        Some("i8") => {
            Tensor::from_data(&shape, numbers.iter().map(|x| cast(x) as i8).collect::<Vec<_>>()).into()
        }
        Some("u8") => {
            Tensor::from_data(&shape, numbers.iter().map(|x| cast(x) as u8).collect::<Vec<_>>()).into()
        }
        other => return Err(format!("the type {other:?}").into()),
    })
}

fn write(value: &Value) -> Result<serde_json::Value, Failure> {
    let number = |x: f64| if x.is_finite() { json!(x) } else { json!(x.to_string().to_lowercase()) };
    let data: Vec<serde_json::Value> = match value {
        Value::FloatTensor(tensor) => tensor.iter().map(|&x| number(x.into())).collect(),
        Value::Int32Tensor(tensor) => tensor.iter().map(|&x| number(x.into())).collect(),
        Value::Int8Tensor(tensor) => tensor.iter().map(|&x| number(x.into())).collect(),
        Value::UInt8Tensor(tensor) => tensor.iter().map(|&x| number(x.into())).collect(),
        _ => return Err("an output that is no tensor".into()),
    };
    Ok(json!({"shape": value.shape().to_vec(), "data": data}))
}
