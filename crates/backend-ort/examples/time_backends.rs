//! Times ONNX Runtime, `rten` and the ConvNeXt in pure Rust on the same images, turn by turn.
//!
//! ```sh
//! scripts/onnxruntime.sh
//! cargo run --release -p backend-ort --example time_backends -- .venv/libonnxruntime.so models/eurosat-convnext 64 100
//! ```
//!
//! The arguments are ONNX Runtime's library, a folder with `model.onnx` and the weights of a ConvNeXt, the images' side in
//! pixels and the number of rounds. Each round scores 16 images on each backend and each number of threads. Writes the
//! least and the median milliseconds per image.

#![expect(clippy::print_stdout, reason = "this is a program")]

use std::hint::black_box;
use std::time::Instant;

use backend_ort::{OrtModel, OrtOptions, Runtime};
use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use ndarray::Array3;
use protocols::{BoxError, Model};

const IMAGES: usize = 16;

fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, side, rounds] = arguments.as_slice() else {
        return Err("expected a library, a model's folder, a side and a number of rounds".into());
    };
    let (side, rounds): (usize, usize) = (side.parse()?, rounds.parse()?);
    let runtime = Runtime::load(library)?;
    let folder = ModelFolder::open(folder)?;
    let mut models: Vec<(String, Box<dyn Model>)> = Vec::new();
    for threads in [1, 2] {
        let ort = OrtOptions::new().threads(threads);
        let whole = ort.clone().batch_size(IMAGES / threads);
        let rten = RtenOptions::new().threads(threads);
        let native = ConvNextOptions::new().threads(threads);
        models.extend([
            (format!("ort, {threads}"), Box::new(OrtModel::load(&runtime, &folder, &ort)?) as Box<dyn Model>),
            (format!("ort, {threads}, batches"), Box::new(OrtModel::load(&runtime, &folder, &whole)?)),
            (format!("rten, {threads}"), Box::new(RtenModel::load(&folder, &rten)?)),
            (format!("native, {threads}"), Box::new(ConvNextModel::load(&folder, &native)?)),
        ]);
    }
    let images: Vec<_> = (0..IMAGES)
        .map(|i| Array3::from_shape_fn((side, side, 3), |(y, x, k)| (y * (i + 3) + x * 5 + k * 40) as u8))
        .collect();
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    let mut times = vec![Vec::new(); models.len()];
    for _ in 0..=rounds {
        for ((_, model), times) in models.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(model.predict(&views)?);
            times.push(start.elapsed().as_secs_f64() * 1e3 / IMAGES as f64);
        }
    }
    for ((name, _), times) in models.iter().zip(&mut times) {
        // The first round makes sessions and buffers.
        times.remove(0);
        times.sort_by(f64::total_cmp);
        println!("{name}: least {:.3}, median {:.3}", times[0], times[times.len() / 2]);
    }
    Ok(())
}
