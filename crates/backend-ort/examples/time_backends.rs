//! Times ONNX Runtime, `rten` and the ConvNeXt in pure Rust on the same images, turn by turn.
//!
//! ```sh
//! scripts/onnxruntime.sh
//! cargo run --release -p backend-ort --example time_backends -- .venv/libonnxruntime.so models/eurosat-convnext 64 100
//! cargo run --release -p backend-ort --example time_backends -- .venv/libonnxruntime.so models/eurosat-convnext 64 10 cuda
//! ```
//!
//! The arguments are ONNX Runtime's library, a folder with `model.onnx` and the weights of a ConvNeXt, the images' side in
//! pixels and the number of rounds. Each round scores 32 images on each backend, with a thread per processor: `taskset`
//! leaves fewer. With a device, each round scores 4096 images on it with ONNX Runtime alone, in passes of several sizes.
//! Writes the milliseconds per image, round by round, as JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::hint::black_box;

use backend_ort::{Device, OrtModel, OrtOptions, Runtime};
use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use ndarray::Array3;
use protocols::Model;
use support::Failure;
use support::clock::{Part, alternate};

const IMAGES: usize = 32;
const IMAGES_ON_A_DEVICE: usize = 4096;

/// Models by name.
type Named = Vec<(String, Box<dyn Model>)>;

fn all_backends(runtime: &Runtime, folder: &ModelFolder) -> Result<Named, Failure> {
    let threads = std::thread::available_parallelism()?.get();
    let ort = OrtOptions::new();
    Ok(vec![
        ("ort, one image per pass".to_owned(), Box::new(OrtModel::load(runtime, folder, &ort)?)),
        (
            "ort".to_owned(),
            Box::new(OrtModel::load(runtime, folder, &ort.clone().batch_size(IMAGES / threads))?),
        ),
        ("rten".to_owned(), Box::new(RtenModel::load(folder, &RtenOptions::new())?)),
        ("native".to_owned(), Box::new(ConvNextModel::load(folder, &ConvNextOptions::new())?)),
    ])
}

fn passes_on(device: Device, runtime: &Runtime, folder: &ModelFolder) -> Result<Named, Failure> {
    let passes = [32, 64, 128, 256, 512, 1024].into_iter().map(|batch_size| {
        let options = OrtOptions::new().device(device).batch_size(batch_size);
        let model = OrtModel::load(runtime, folder, &options)?;
        Ok((format!("ort on {device}, passes of {batch_size}"), Box::new(model) as Box<dyn Model>))
    });
    passes.collect()
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, side, rounds, device @ ..] = arguments.as_slice() else {
        return Err(
            "expected a library, a model's folder, a side, a number of rounds and perhaps a device".into()
        );
    };
    let (side, rounds): (usize, usize) = (side.parse()?, rounds.parse()?);
    let runtime = Runtime::load(library)?;
    let folder = ModelFolder::open(folder)?;
    let (count, models) = match device.first() {
        None => (IMAGES, all_backends(&runtime, &folder)?),
        Some(device) => (IMAGES_ON_A_DEVICE, passes_on(device.parse()?, &runtime, &folder)?),
    };
    let images: Vec<_> = (0..count)
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
        .map(|((name, _), seconds)| (name.as_str(), seconds.iter().map(|s| s * 1e3 / count as f64).collect()))
        .collect();
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
