//! Times ONNX Runtime, `rten` and the ConvNeXt in pure Rust on the same images, turn by turn.
//!
//! ```sh
//! scripts/onnxruntime.sh
//! cargo run --release -p backend-ort --example time_backends -- .venv/libonnxruntime.so models/eurosat-convnext 64 100
//! ```
//!
//! The arguments are ONNX Runtime's library, a folder with `model.onnx` and the weights of a ConvNeXt, the images' side in
//! pixels and the number of rounds. Each round scores 32 images on each backend, with a thread per processor: `taskset`
//! leaves fewer. Writes the milliseconds per image, round by round, as JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::hint::black_box;

use backend_ort::{OrtModel, OrtOptions, Runtime};
use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use ndarray::Array3;
use protocols::Model;
use support::Failure;
use support::clock::{Part, alternate};

const IMAGES: usize = 32;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, side, rounds] = arguments.as_slice() else {
        return Err("expected a library, a model's folder, a side and a number of rounds".into());
    };
    let (side, rounds): (usize, usize) = (side.parse()?, rounds.parse()?);
    let runtime = Runtime::load(library)?;
    let folder = ModelFolder::open(folder)?;
    let threads = std::thread::available_parallelism()?.get();
    let ort = OrtOptions::new();
    let models: [(&str, Box<dyn Model>); 4] = [
        ("ort, one image per pass", Box::new(OrtModel::load(&runtime, &folder, &ort)?)),
        ("ort", Box::new(OrtModel::load(&runtime, &folder, &ort.clone().batch_size(IMAGES / threads))?)),
        ("rten", Box::new(RtenModel::load(&folder, &RtenOptions::new())?)),
        ("native", Box::new(ConvNextModel::load(&folder, &ConvNextOptions::new())?)),
    ];
    let images: Vec<_> = (0..IMAGES)
        .map(|i| Array3::from_shape_fn((side, side, 3), |(y, x, k)| (y * (i + 3) + x * 5 + k * 40) as u8))
        .collect();
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    let mut parts: Vec<Box<dyn FnMut() -> Result<(), Failure>>> = models
        .iter()
        .map(|(_, model)| -> Box<dyn FnMut() -> Result<(), Failure>> {
            Box::new(|| {
                black_box(model.predict(&views)?);
                Ok(())
            })
        })
        .collect();
    let mut parts: Vec<Part<'_>> = parts.iter_mut().map(|part| &mut **part as Part<'_>).collect();
    let seconds = alternate(rounds, &mut parts)?;
    let timed: BTreeMap<&str, Vec<f64>> = models
        .iter()
        .zip(seconds)
        .map(|((name, _), seconds)| (*name, seconds.iter().map(|s| s * 1e3 / IMAGES as f64).collect()))
        .collect();
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
