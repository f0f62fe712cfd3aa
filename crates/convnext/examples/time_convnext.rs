//! Times RISE, and an evaluation if a dataset is given, against the same number of forward passes alone; and forward
//! passes on one thread against a large matrix product, whose speed stands for what the processor can do.
//!
//! ```sh
//! cargo run --release -p convnext --example time_convnext -- models/eurosat-convnext 64 200 5 [DATASET [COUNT]]
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels (they are not resized), the number of masks
//! and of rounds. Of the passes alone and the product, each one's best round counts, since other programs can only slow
//! a round down. Writes JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::{ImageProcessor, ModelFolder};
use protocols::{AlignedModel, Dataset, Model, Subset};
use serde_json::{Value, json};
use support::{Failure, time_model};

/// Side of the large product's matrices.
const LARGE: usize = 512;

/// Images per round on one thread.
const IMAGES: usize = 32;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, side, masks, rounds, data @ ..] = arguments.as_slice() else {
        return Err("expected a model's folder, a side, a number of masks and of rounds".into());
    };
    let (side, masks, rounds) = (side.parse()?, masks.parse()?, rounds.parse()?);
    let (path, folder) = (Path::new(path), ModelFolder::open(path)?);
    let load = |options: &ConvNextOptions| -> Result<ConvNextModel, Failure> {
        let unresized = ImageProcessor::from_json(
            r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#,
        )?;
        let (config, weights) =
            (fs::read(path.join("config.json"))?, fs::read(path.join("model.safetensors"))?);
        let labels = folder.labels().to_vec();
        Ok(ConvNextModel::from_bytes(&folder.name(), &config, &weights, labels, unresized, options)?)
    };

    let model = load(&ConvNextOptions::new())?;
    let alone = |images| {
        forward(&model, side, images)?;
        Ok(images)
    };
    let mut timed = json!({ "rise": time_model::rise(&model, &alone, (side, masks, rounds))? });
    if let [dataset, count @ ..] = data {
        let dataset = datasets::open(dataset)?.dataset;
        let count = count.first().map_or(Ok(dataset.len()), |count| count.parse())?;
        let dataset = Subset::take(dataset, 0, count)?;
        let model = AlignedModel::new(
            ConvNextModel::load(&folder, &ConvNextOptions::new())?,
            &dataset.metadata().labels,
        )?;
        timed["evaluate"] = time_model::evaluation(&model, &dataset, &alone, rounds)?;
    }

    let single = load(&ConvNextOptions::new().threads(1))?;
    let product = LargeProduct::new()?;
    let (mut native, mut large) = (f64::MAX, f64::MAX);
    for _ in 0..4 * rounds {
        native = native.min(forward(&single, side, IMAGES)?);
        for _ in 0..8 {
            large = large.min(product.seconds()?);
        }
    }
    let operations = 2.0 * multiply_adds(path, side)?;
    timed["one thread"] = json!({
        "milliseconds per image": native * 1e3,
        "multiply-adds per image, in millions": operations / 2e6,
        "GFLOP/s": operations / native / 1e9,
        "GFLOP/s of a large matrix product": 2.0 * (LARGE * LARGE * LARGE) as f64 / large / 1e9,
    });
    serde_json::to_writer_pretty(std::io::stdout(), &timed)?;
    Ok(())
}

/// Seconds per image of forward passes over images of one color.
fn forward(model: &dyn Model, side: usize, images: usize) -> Result<f64, Failure> {
    let start = Instant::now();
    let draw = |i: usize, mut image: ndarray::ArrayViewMut3<'_, u8>| image.fill(i as u8);
    black_box(model.predict_drawn((side, side, 3), images, &draw)?);
    Ok(start.elapsed().as_secs_f64() / images as f64)
}

/// What the stages' blocks, the stem, the downsampling layers and the head multiply and add for one image.
fn multiply_adds(folder: &Path, side: usize) -> Result<f64, Failure> {
    let config: Value = serde_json::from_str(&fs::read_to_string(folder.join("config.json"))?)?;
    let list = |name: &str, default: [u64; 4]| -> Vec<usize> {
        let values = config[name].as_array().map(|values| values.iter().filter_map(Value::as_u64).collect());
        let values: Vec<u64> = values.unwrap_or_else(|| default.to_vec());
        values.into_iter().map(|value| value as usize).collect()
    };
    let (depths, widths) = (list("depths", [3, 3, 9, 3]), list("hidden_sizes", [96, 192, 384, 768]));
    let patch = config["patch_size"].as_u64().unwrap_or(4) as usize;
    let mut side = side / patch;
    let mut channels = widths.first().copied().unwrap_or(0);
    let mut count = side * side * patch * patch * 3 * channels;
    for (stage, (&depth, &width)) in depths.iter().zip(&widths).enumerate() {
        // timm's rule for its stem of stride 2.
        if stage > 0 || patch == 2 {
            side /= 2;
            count += side * side * 4 * channels * width;
        }
        channels = width;
        count += depth * side * side * (8 * channels * channels + 49 * channels);
    }
    let classes = config["id2label"].as_object().map_or(0, serde_json::Map::len);
    Ok((count + channels * classes) as f64)
}

/// A product of two square matrices on one thread.
struct LargeProduct {
    pool: rayon::ThreadPool,
    left: Vec<f32>,
    right: rten_gemm::PackedBMatrix<f32>,
    kernel: rten_gemm::GemmExecutor,
}

impl LargeProduct {
    fn new() -> Result<Self, Failure> {
        let values: Vec<f32> = (0..LARGE * LARGE).map(|i| (i % 101) as f32 / 50.0 - 1.0).collect();
        let kernel = rten_gemm::GemmExecutor::new();
        let right = kernel.prepack_b(rten_tensor::NdTensorView::from_data([LARGE, LARGE], values.as_slice()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        Ok(Self { pool, left: values, right, kernel })
    }

    fn seconds(&self) -> Result<f64, Failure> {
        let mut out = vec![0.0; LARGE * LARGE];
        let left = rten_tensor::NdTensorView::from_data([LARGE, LARGE], self.left.as_slice());
        let start = Instant::now();
        self.pool.install(|| {
            let (a, b) = (rten_gemm::GemmInputA::Unpacked(left), rten_gemm::GemmInputB::Packed(&self.right));
            self.kernel.gemm(&mut out, a, b, rten_gemm::GemmOptions::default())
        })?;
        black_box(out);
        Ok(start.elapsed().as_secs_f64())
    }
}
